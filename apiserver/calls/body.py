"""The data of a request: body, query string and form fields put together. Source: spec 1 §1.3, §1.4."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson

from apiserver.generated import errors

Pairs = Iterable[tuple[str, str]]
Data = dict[str, Any]

JSON_LINES = "application/json-lines"
_ALL_DIGITS_0 = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_ANY_DATE = b'"0000-00-00'
_MARK = secrets.token_hex(16)
_BETWEEN = b',"' + _MARK.encode() + b'",'
_LIKE_A_DATE = re.compile(rb'"\d{4}-\d\d-\d\d[T ]')
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?")
_MOST_DEPTH = 900
_MOST_DIGITS = 1000
"""Longer runs of digits in a query stay text: making numbers of them takes time that grows with the square of their length."""


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
    # PERF: what is rare is looked for once, in the text with all digits alike: long numbers, and dates.
    alike = body.translate(_ALL_DIGITS_0)
    plain, dateless = _LONG_NUMBER not in alike, _ANY_DATE not in alike or _LIKE_A_DATE.search(body) is None
    items = (_together(rows) if plain else None) or [_line(number, row, plain=plain) for number, row in enumerate(rows, 1)]
    return items if dateless else [{name: _dated(value) for name, value in item.items()} for item in items]


def _together(rows: list[bytes]) -> list[Data] | None:
    """All lines read at once, half as long as one by one; None when one of them is no object, so that the slow way says which.

    NOTE: between the lines stands a text that no client knows, so that two broken lines cannot be taken for two whole ones.
    """
    try:
        found = orjson.loads(b"[" + _BETWEEN.join(rows) + b"]")
    except orjson.JSONDecodeError:
        return None
    items = found[::2]
    whole = len(items) == len(rows) and found[1::2] == [_MARK] * (len(rows) - 1) and all(type(item) is dict for item in items)
    return items if whole else None


def _line(number: int, row: bytes, *, plain: bool) -> Data:
    """plain: the line holds no number that the fast parser would spoil."""
    value: Any = None
    if plain:
        with suppress(orjson.JSONDecodeError):
            value = orjson.loads(row)
    if value is None:
        if not row.strip():
            raise errors.BadRequest(f"line {number} is empty")
        value, _ = _json(row, beyond_floats=False)
    if not isinstance(value, dict):
        raise errors.BadRequest(message=f"json lines must contain objects, found: {type(value).__name__}")
    return value


def _json(text: bytes, *, beyond_floats: bool = True) -> tuple[Any, bool]:
    """The value, and whether the exact parser was needed. beyond_floats: a number too large for a float is infinite; else it is refused.

    PERF: orjson first; Python's own, four times slower, for what orjson has no place for: NaN, infinities, whole numbers beyond 64 bits,
    UTF-16 and UTF-32.
    """
    if not _has_long_number(text):
        try:
            return orjson.loads(text), False
        except orjson.JSONDecodeError:
            pass
    try:
        # QUIRK: spec 1 §1.3, §1.4: bodies of one object know 1e400, JSON lines do not; the words NaN and Infinity pass in both.
        value = json.loads(text) if beyond_floats else json.loads(text, parse_float=_finite)
        # NOTE: half a surrogate pair passes the parser, but no store can keep it.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise errors.BadRequest("the JSON is nested too deeply") from error
    except (ValueError, UnicodeError) as error:
        raise errors.BadRequest(f"the body is not JSON: {str(error)[:200]}") from error
    return value, True


def _has_long_number(text: bytes) -> bool:
    """Whether there may be an integer beyond 64 bits. PERF: twelve times as fast as looking for 19 digits with a pattern."""
    return _LONG_NUMBER in text.translate(_ALL_DIGITS_0)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large")
    return value


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
        # QUIRK: spec 1 §1.3: all brackets at the end go, whatever they are; only `[]` makes a list.
        name = key.rstrip("[]")
        if key.endswith("[]"):
            listed.add(name)
        collected.setdefault(name, []).append(_value(text))
    result: Data = {}
    for name, values in collected.items():
        _put(result, name, values if len(values) > 1 or name in listed else values[0])
    return result


def _value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _MOST_DIGITS and text.isascii() and _NUMBER.fullmatch(text):
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
