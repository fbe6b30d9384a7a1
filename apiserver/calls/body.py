"""The data of a request: body, query string and form fields put together. Source: spec 1 §1.3, §1.4."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from apiserver.generated import errors

Pairs = Iterable[tuple[str, str]]
Data = dict[str, Any]

JSON_LINES = "application/json-lines"
_LONG_NUMBER = re.compile(rb"\d{19}")
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?")
_MOST_DEPTH = 900


class Parsed(dict[str, Any]):
    """The data. exact: it holds numbers that only the slower writer can repeat (NaN, infinities, beyond 64 bits)."""

    exact = False


def data(body: bytes, query: Pairs = (), form: Pairs = ()) -> Parsed:
    """One object: the body's members, over them the query string's, over them the form's. Raises: BadRequest."""
    value, exact = _json(body) if body.strip() else ({}, False)
    if not value:
        value = {}
    if not isinstance(value, dict):
        raise errors.BadRequest(f"the body is {_kind(value)}, an object is expected")
    result = Parsed(value)
    result.exact = exact
    for pairs in (query, form):
        result.update(converted(pairs))
    return result


def lines(body: bytes) -> list[Data]:
    """The objects of a body of JSON lines; none for an empty one. Raises: BadRequest."""
    if not body:
        return []
    rows = body.removesuffix(b"\n").removesuffix(b"\r").split(b"\n")
    items: list[Data] = []
    for number, row in enumerate(rows, 1):
        if not row.strip():
            raise errors.BadRequest(f"line {number} is empty")
        value, _ = _json(row)
        if not isinstance(value, dict):
            raise errors.BadRequest(message=f"json lines must contain objects, found: {type(value).__name__}")
        items.append({name: _dated(item) for name, item in value.items()})
    return items


def _json(text: bytes) -> tuple[Any, bool]:
    """The value, and whether the exact parser was needed.

    PERF: orjson first; Python's own, four times slower, for what orjson has no place for: NaN, infinities, whole numbers beyond 64 bits,
    UTF-16 and UTF-32.
    """
    if _LONG_NUMBER.search(text) is None:
        try:
            return orjson.loads(text), False
        except orjson.JSONDecodeError:
            pass
    try:
        value = json.loads(text)
        # NOTE: half a surrogate pair passes the parser, but no store can keep it.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise errors.BadRequest("the JSON is nested too deeply") from error
    except (ValueError, UnicodeError) as error:
        raise errors.BadRequest(f"the body is not JSON: {str(error)[:200]}") from error
    return value, True


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", bool: "a boolean"}.get(type(value), "a number")


def _dated(value: Any) -> Any:
    """QUIRK: spec 1 §1.4: only in JSON lines texts that look like dates become dates."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def converted(pairs: Pairs) -> Data:
    """Query or form fields as values: numbers, booleans, lists of repeated keys, nested objects of dotted ones. Raises: BadRequest."""
    collected: dict[str, list[Any]] = {}
    listed: set[str] = set()
    for key, text in pairs:
        name = key.rstrip("[]") if key.endswith("[]") else key
        if name != key:
            listed.add(name)
        collected.setdefault(name, []).append(_value(text))
    result: Data = {}
    for name, values in collected.items():
        _put(result, name, values if len(values) > 1 or name in listed else values[0])
    return result


def _value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text.isascii() and _NUMBER.fullmatch(text) and len(text) <= 18:
        return float(text) if "." in text else int(text)
    return text


def _put(result: Data, name: str, value: Any) -> None:
    *above, last = name.split(".")
    at = result
    if len(above) > _MOST_DEPTH:
        raise errors.BadRequest("a name has too many parts")
    for part in above:
        at = at.setdefault(part, {})
        if not isinstance(at, dict):
            raise errors.BadRequest(f"{name[:100]} goes through a value")
    at[last] = value
