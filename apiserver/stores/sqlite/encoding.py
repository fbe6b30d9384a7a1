"""Documents as JSON, and values as SQLite compares them.

JSON: dates are `{"$d": milliseconds}`, NaN and the infinities `{"$n": name}`; a key that begins with `$` gets another `$`, so the two
never meet. Columns: see `to_column`.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Any

import orjson

from apiserver.stores.checks import DEEPEST, LARGEST_DOCUMENT_BYTES
from apiserver.stores.errors import InvalidValue
from apiserver.stores.ordering import (
    BOOL,
    DATE,
    LIST,
    NULL,
    NUMBER,
    OBJECT,
    TEXT,
    date_bytes,
    kind,
    milliseconds,
    moment,
    nearest_double,
    order_key,
)

_AS_ZERO, _DIGITS_19, _INTEGER_19 = bytes.maketrans(b"123456789", b"0" * 9), b"0" * 19, re.compile(rb"[:,\[]-?[0-9]{19}")
_NAMES = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode(document: dict[str, Any]) -> str:
    """The document as JSON text. Raises: InvalidValue."""
    try:
        data = _quick(document) or orjson.dumps(_plain(document, 0), option=orjson.OPT_PASSTHROUGH_DATETIME)
    except (orjson.JSONEncodeError, UnicodeEncodeError) as error:
        raise InvalidValue(f"cannot be stored: {error}") from error
    if len(data) > LARGEST_DOCUMENT_BYTES - 1024:
        raise InvalidValue(f"the document is too large: {len(data)} bytes (at most {LARGEST_DOCUMENT_BYTES - 1024})")
    return data.decode()


def _quick(document: dict[str, Any]) -> bytes | None:
    """The JSON as orjson writes it, or None when it shows a trace of what has to be looked at one by one.

    PERF: a third of the time of the walk in Python, for nearly every document. The traces: a null (NaN?), a `$` at the beginning of a
    text that is no date's mark, an integer of 19 digits, a NUL (in a key?).
    """
    dates = 0

    def default(value: Any) -> Any:
        nonlocal dates
        dates += 1
        if not isinstance(value, datetime):
            raise TypeError(f"a value of type {type(value).__name__}")
        return {"$d": milliseconds(value)}

    data = orjson.dumps(document, default=default, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS)
    if (
        b"null" in data
        or b"\\u0000" in data
        or data.count(b'"$') != dates
        or (_DIGITS_19 in data.translate(_AS_ZERO) and _INTEGER_19.search(data))
    ):
        return None
    return data


def encode_value(value: Any) -> str:
    """A value inside a document as JSON text."""
    return orjson.dumps(_plain(value, 0), option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def encode_key(key: str) -> str:
    """A key as it is stored."""
    return "$" + key if key.startswith("$") else key


def decode_key(key: str) -> str:
    """A stored key as it was given."""
    return key[1:] if key.startswith("$") else key


def _plain(value: Any, depth: int) -> Any:
    if type(value) is str or value is None or value is True or value is False:
        return value
    rank = kind(value)
    if rank == NUMBER:
        if isinstance(value, int):
            if not -(2**63) <= value < 2**63:
                raise InvalidValue(f"an integer beyond 64 bits: {value}")
            return int(value)
        return value if math.isfinite(value) else {"$n": repr(float(value))}
    if rank == DATE:
        return {"$d": milliseconds(value)}
    if depth > DEEPEST:
        raise InvalidValue("nested too deep")
    if rank == OBJECT:
        return {_checked_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if rank == LIST:
        return [_plain(item, depth + 1) for item in value]
    return value


def _checked_key(key: Any) -> str:
    if not isinstance(key, str) or "\0" in key:
        raise InvalidValue(f"a key that is not a text without NUL: {key!r}")
    return "$" + key if key[:1] == "$" else key


def decode(text: str) -> Any:
    """What `encode` was given."""
    value = orjson.loads(text)
    marks = text.count('"$')
    if not marks:
        return value
    # PERF: walking costs more than parsing; nearly always all marks are dates at the top.
    if type(value) is dict and len(value) > 1:
        for key, item in value.items():
            if type(item) is dict and len(item) == 1 and "$d" in item:
                value[key] = moment(item["$d"])
                marks -= 1
    return _restored(value) if marks else value


def _restored(value: Any) -> Any:
    if type(value) is dict:
        if len(value) == 1:
            key = next(iter(value))
            if key == "$d":
                return moment(value[key])
            if key == "$n":
                return _NAMES[value[key]]
        renamed = False
        for key, item in value.items():
            if type(item) is dict or type(item) is list:
                value[key] = _restored(item)
            if key[:1] == "$":
                renamed = True
        return {decode_key(key): item for key, item in value.items()} if renamed else value
    if type(value) is list:
        for place, item in enumerate(value):
            if type(item) is dict or type(item) is list:
                value[place] = _restored(item)
    return value


# Columns

_LOWEST = -1.7976931348623157e308
MINUS_INFINITY = -math.inf


def to_column(value: Any) -> Any:
    """A value that SQLite compares with others as MongoDB does: NULL, numbers, texts, then blobs (objects, booleans, dates).

    NOTE: SQLite has no NaN. NaN takes the place of -Infinity, which takes that of the lowest double.
    """
    if value is None or type(value) is str:
        return value
    rank = kind(value)
    if rank == NUMBER:
        if isinstance(value, int):
            return value if -(2**63) <= value < 2**63 else nearest_double(value)
        if value != value:
            return MINUS_INFINITY
        return _LOWEST if value == MINUS_INFINITY else value
    if rank == DATE:
        return b"\x09" + date_bytes(value)
    if rank in (TEXT, NULL):
        return value
    if rank == BOOL:
        return b"\x08\x01" if value else b"\x08\x00"
    return order_key(value)


def from_column(value: Any) -> Any:
    """The value behind a column's; not for objects."""
    if isinstance(value, bytes):
        if value[0] == BOOL:
            return value[1] == 1
        if value[0] == DATE:
            return moment(int.from_bytes(value[1:], "big") - (1 << 63))
        raise InvalidValue("an object cannot be read from its column")
    if isinstance(value, float) and value <= _LOWEST:
        return math.nan if value == MINUS_INFINITY else MINUS_INFINITY
    return value


def to_list_column(value: Any) -> str | None:
    """A list as JSON text; a lone text as a JSON text; NULL for null; anything else as `true`, which no native condition meets."""
    if value is None:
        return None
    return encode_value(value) if isinstance(value, list | tuple | str) else "true"


def truncated(value: datetime) -> datetime:
    """The datetime as it will be read back."""
    return value - timedelta(microseconds=value.microsecond % 1000)
