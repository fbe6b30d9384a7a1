"""The order and equality of stored values, as MongoDB has them, written as sortable byte strings.

Null, numbers, texts, objects, lists, booleans, dates; an integer and a float of one value are equal; an object's key order counts.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apiserver.stores.errors import InvalidValue

EMPTY_LIST, NULL, NUMBER, TEXT, OBJECT, LIST, BOOL, DATE = 0, 1, 2, 3, 4, 5, 8, 9
"""First byte of a key. EMPTY_LIST: what an empty list counts as in a sort, below null."""

Fold = Callable[[str], str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_double = struct.Struct(">d")
_tail = struct.Struct(">H")
_long = struct.Struct(">Q")


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, truncated. Raises: InvalidValue for a datetime without a zone."""
    if moment.tzinfo is None:
        raise InvalidValue(f"a datetime without a time zone: {moment!r}")
    return (moment - _EPOCH) // _MS


def moment(ms: int) -> datetime:
    """The aware UTC datetime."""
    return _EPOCH + timedelta(milliseconds=ms)


def kind(value: Any) -> int:
    """The first byte of the value's key. Raises: InvalidValue for a type that is never stored."""
    found = _KINDS.get(type(value))
    if found is None:
        found = next((number for base, number in _BASES if isinstance(value, base)), None)
    if found is None:
        raise InvalidValue(f"a value of type {type(value).__name__} cannot be stored")
    return found


_BASES: tuple[tuple[type, int], ...] = (
    (bool, BOOL), (int, NUMBER), (float, NUMBER), (str, TEXT), (datetime, DATE), (dict, OBJECT), (list, LIST), (tuple, LIST),
)  # fmt: skip
_KINDS: dict[type, int] = dict(_BASES) | {type(None): NULL}


def order_key(value: Any, fold: Fold | None = None) -> bytes:
    """The value as bytes: keys are equal or in order exactly as the values are. fold: a collation's key for texts."""
    rank = kind(value)
    return bytes((rank,)) + _payload(rank, value, fold)


def _payload(rank: int, value: Any, fold: Fold | None) -> bytes:
    if rank == TEXT:
        return _text(fold(value) if fold else value)
    if rank == NUMBER:
        return number_bytes(value)
    if rank == DATE:
        return date_bytes(value)
    if rank == BOOL:
        return b"\x01" if value else b"\x00"
    if rank == OBJECT:
        return b"".join(bytes((kind(item),)) + _text(key) + _payload(kind(item), item, fold) for key, item in value.items()) + b"\x00"
    if rank == LIST:
        return b"".join(order_key(item, fold) for item in value) + b"\x00"
    return b""


def number_bytes(value: int | float) -> bytes:
    """Ten bytes (one for NaN, below all): the nearest double, then what an integer has beyond it."""
    if value != value:
        return b"\x00"
    near = nearest_double(value)
    bits = _long.unpack(_double.pack(near + 0.0))[0]
    bits = bits ^ 0xFFFFFFFFFFFFFFFF if bits >> 63 else bits | 1 << 63
    beyond = 0 if isinstance(value, float) or abs(near) > 2.0**63 else value - int(near)
    return b"\x01" + _long.pack(bits) + _tail.pack(beyond + 0x8000)


def nearest_double(value: int | float) -> float:
    """The value as a double; an integer too large for one: infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def date_bytes(value: datetime) -> bytes:
    """Eight bytes."""
    return _long.pack(milliseconds(value) + (1 << 63))


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass").replace(b"\0", b"\0\xff") + b"\0"
