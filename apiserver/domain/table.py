"""Rows of answers as a table in CSV: columns as a request names them, and cells that no spreadsheet takes for formulas. Pure.

Source: spec 2 §9.4, §9.5.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apiserver.domain import keys

BOM = "\ufeff"
"""Spreadsheets take a file for UTF-8 when it begins so."""
_FREE_KEYS = ("metadata.", "hyperparams.", "configuration.")
"""Below these, the parts of a path are keys that users chose, escaped."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ABSENT = ""


class Repeated(ValueError):
    """Two columns of one heading, or two replacements of one value."""


@dataclass(frozen=True)
class Column:
    """heading, where the cell is in a row, and what is written in place of some values (by their `_identity`)."""

    heading: str
    path: tuple[str, ...]
    replaced: Mapping[str, Any]


def columns(mappings: Sequence[Mapping[str, Any]], aliases: Iterable[tuple[str, str]] = ()) -> list[Column]:
    """mappings: [{field, name, values: [{key, value}]}] of a request, checked. aliases: (old, new) parts of paths. Raises: Repeated."""
    aliases = tuple(aliases)
    found = [_column(mapping, aliases) for mapping in mappings]
    headings = [column.heading for column in found]
    if repeated := [heading for heading in headings if headings.count(heading) > 1]:
        raise Repeated(f"Field_name appears more than once in field_mappings: {repeated[0][:100]}")
    return found


def _column(mapping: Mapping[str, Any], aliases: Sequence[tuple[str, str]]) -> Column:
    path = given = str(mapping["field"])
    for old, new in aliases:
        path = path.replace(old, new)
    parts = tuple(keys.unescape(part) for part in path.split(".")) if path.startswith(_FREE_KEYS) else tuple(path.split("."))
    # QUIRK: spec 2 §9.4: a name of null is an empty heading, no name at all is the field's.
    heading = mapping.get("name", given)
    replaced: dict[str, Any] = {}
    for item in mapping.get("values") or ():
        key = _identity(item["key"])
        if key in replaced:
            raise Repeated(f"a value appears more than once in values of {given[:100]}")
        replaced[key] = item["value"]
    return Column("" if heading is None else heading, parts, replaced)


def header(shown: Sequence[Column], *, rows: bool) -> str:
    """The first line. QUIRK: spec 2 §9.5: without any rows it has neither mark nor needless quotes."""
    headings = [_safe(column.heading) for column in shown]
    return BOM + _lines([headings]) if rows else _lines([headings], quoting=csv.QUOTE_MINIMAL)


def lines(shown: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> str:
    """One line for each row."""
    return _lines([cell(column, row) for column in shown] for row in rows)


def _lines(rows: Iterable[Sequence[str]], *, quoting: Any = csv.QUOTE_ALL) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def cell(column: Column, row: Mapping[str, Any]) -> str:
    """The text of a cell: an object gives its id, a list its Python form, nothing an empty text."""
    value = _plain(_at(row, column.path))
    if column.replaced:
        value = column.replaced.get(_identity(value), value)
    if isinstance(value, (int, float)):
        return str(value)  # NOTE: -1 is a number, and as safe as any
    return _safe(_ABSENT if value is None else str(value))


def _at(value: Any, path: Sequence[str]) -> Any:
    """What is at the path; through a list: of each of its elements."""
    for place, part in enumerate(path):
        if isinstance(value, list):
            return [found for item in value if (found := _at(item, path[place:])) is not None]
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _plain(value: Any) -> Any:
    """A number, a text, or nothing."""
    if isinstance(value, dict):
        value = value.get("id")
    if isinstance(value, list):
        return str(_dates_as_text(value))
    return value.isoformat() if isinstance(value, datetime) else value


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    if isinstance(value, dict):
        return {name: _dates_as_text(item) for name, item in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value


def _identity(value: Any) -> str:
    """Equal for equal values: 1 and 1.0 are, 1 and true and "1" are not; nothing is the empty text."""
    if value is None:
        value = _ABSENT
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)


def _safe(text: str) -> str:
    """The text with a `'` before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
