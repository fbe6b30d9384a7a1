"""The tables of `events.db`, and how an event becomes a row and comes back. Docs: docs/events.md.

Nothing here asks a question; `events_writing.py` and `events.py` do.
"""

from __future__ import annotations

import json
import re
import zlib
from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import apsw
import orjson
from attrs import frozen

from apiserver.stores.errors import InvalidValue
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, TYPES, VECTOR, Event

VERSION = 2
"""1: without `blocks`."""
KINDS = {kind: number for number, kind in enumerate(TYPES)}
"""Event type to its number in the file. NOTE: never renumber."""
NO_TIME = 2**63 - 1
"""`time` of a line of the log whose timestamp is null: it sorts last."""
HAS_ITER, NO_ITER, NULL_ITER = 0, 1, 2
"""Column `missing`: whether the event has an iteration; else `iter` is 0."""
PACKED_FROM = 400
"""Bytes from which the body of an item is compressed."""

SCHEMA = """
CREATE TABLE owners (id INTEGER PRIMARY KEY, company TEXT NOT NULL, entity TEXT NOT NULL, lines INTEGER NOT NULL DEFAULT 0,
  UNIQUE (entity, company));
CREATE TABLE workers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE series (id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL, kind INTEGER NOT NULL,
  metric TEXT NOT NULL, variant TEXT NOT NULL);
CREATE INDEX series_names ON series (owner, kind, metric || '-' || variant);
CREATE TABLE scalars (series INTEGER NOT NULL, missing INTEGER NOT NULL, iter INTEGER NOT NULL, key TEXT NOT NULL,
  value, short REAL, timestamp, arrived INTEGER NOT NULL, worker INTEGER, odd BLOB,
  PRIMARY KEY (series, missing, iter, key)) WITHOUT ROWID;
CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT, series INTEGER NOT NULL, missing INTEGER NOT NULL, iter INTEGER NOT NULL,
  key TEXT NOT NULL, timestamp, url TEXT, invalid INTEGER, body BLOB NOT NULL);
CREATE UNIQUE INDEX items_place ON items (series, missing, iter, key);
CREATE TABLE logs (owner INTEGER NOT NULL, time NOT NULL, seq INTEGER NOT NULL, series INTEGER NOT NULL, missing INTEGER NOT NULL,
  iter INTEGER NOT NULL, arrived INTEGER NOT NULL, worker INTEGER, msg, level, odd BLOB,
  PRIMARY KEY (owner, time, seq)) WITHOUT ROWID;
"""

# NOTE: the blobs are in the order in which questions need them: what comes later in a row is not read for what comes before.
SCHEMA_2 = """
CREATE TABLE blocks (id INTEGER PRIMARY KEY, series INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
  since INTEGER NOT NULL, until INTEGER NOT NULL, total REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, newest INTEGER NOT NULL,
  iters, shorts BLOB NOT NULL, times, exact BLOB, whole BLOB, arrived, workers);
CREATE INDEX blocks_range ON blocks (series, first, last, count, since, until, total);
"""


def prepare(connection: apsw.Connection, found: int) -> None:
    """Make the tables of a new file, and those that an old one lacks: its points stay rows, which are packed by and by."""
    if found < 1:
        connection.execute(SCHEMA)
    if found < 2:
        connection.execute(SCHEMA_2)


@frozen
class Table:
    """How one table is asked. times: the column of `timestamp`; without_time: the condition that there is none; tie: what orders equals."""

    name: str
    columns: str
    times: str
    without_time: str
    tie: tuple[str, ...]


SCALARS = Table(
    "scalars",
    "series, missing, iter, key, value, timestamp, arrived, worker, odd",
    "timestamp",
    "timestamp IS NULL",
    ("series", "missing", "iter", "key"),
)
ITEMS = Table("items", "series, missing, iter, key, id, timestamp, body", "timestamp", "timestamp IS NULL", ("id",))
LOGS = Table(
    "logs", "series, missing, iter, owner, seq, time, arrived, worker, msg, level, odd", "time", f"time = {NO_TIME}", ("owner", "seq")
)
TABLE_OF = {SCALAR: SCALARS, VECTOR: ITEMS, IMAGE: ITEMS, PLOT: ITEMS, LOG: LOGS}
ALL_TABLES = (SCALARS, ITEMS, LOGS)


# Rows

SCALAR_KEYS = {"type", "task", "iter", "metric", "variant", "value", "timestamp", "@timestamp", "worker", "model_event"}
LOG_KEYS = {"type", "task", "metric", "variant", "msg", "level", "timestamp", "@timestamp", "worker", "model_event"}
_LONG_NUMBER = re.compile(rb"\d{19}")
BASE = {"type", "task", "metric", "variant", "@timestamp"}
"""What a row always gives back; all else may be absent or odd."""
Place = tuple[int, int, str]
"""missing, iter, key: where an event is in its series."""


def place(event: Event) -> Place:
    """QUIRK: spec 4 §4.2.4: an absent key is no part of the identity, an empty or null one is."""
    key = f"-{event['key']}" if "key" in event else ""
    iteration = event.get("iter")
    if iteration is not None:
        return HAS_ITER, iteration, key
    return (NULL_ITER if "iter" in event else NO_ITER), 0, key


def odd(event: Event, columns: Mapping[str, Any]) -> bytes | None:
    """What the columns do not give back: {"+": fields to set, "-": fields to take away}. None: nothing."""
    more = {name: value for name, value in event.items() if name not in BASE and (name not in columns or _differs(columns[name], value))}
    less = [name for name in columns if name not in event]
    return dumped({"+": more, "-": less} if less else {"+": more}) if more or less else None


def _differs(mine: Any, value: Any) -> bool:
    return mine is not value and (type(mine) is not type(value) or mine != value)


def body(event: Event) -> bytes:
    """An item without what its series says, compressed when that saves something."""
    text = dumped({name: value for name, value in event.items() if name not in ("type", "task", "metric", "variant")})
    if len(text) < PACKED_FROM:
        return text
    # PERF: level 1: 1 ms for a plot of 100 kB, a third of its size; higher levels save a tenth more for three times the time.
    return zlib.compress(text, 1)


def unpacked(stored: bytes) -> Event:
    """NOTE: JSON begins with a brace, what zlib makes with 0x78."""
    found: Event = loaded(zlib.decompress(stored) if stored[:1] != b"{" else stored)
    return found


def dumped(value: Any) -> bytes:
    """JSON. Raises: InvalidValue for what is none. PERF: Python's own writer only for numbers beyond 64 bits."""
    try:
        return orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        pass
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValue(f"an event that is no JSON: {error}") from error


def loaded(text: bytes) -> Any:
    """NOTE: orjson reads a whole number beyond 64 bits as a float, so texts with long numbers go to Python's own reader."""
    return json.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)


def short(values: Sequence[Any]) -> list[float | None]:
    """The values rounded to 4 bytes where that makes a difference, else None. PERF: one pass in C over the batch."""
    rounded = array("f", [0.0 if value is None else value for value in values])
    return [None if value is None or mine == value else mine for mine, value in zip(rounded, values, strict=True)]


def stored_number(value: Any) -> Any:
    """A number as SQLite takes it: whole numbers beyond 64 bits as floats."""
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=64)
def arrived_ms(text: str) -> int:
    """`@timestamp` as milliseconds."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=4096)
def arrived_text(ms: int) -> str:
    """Milliseconds as `@timestamp`."""
    return (_EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


# Events


def add_iter(event: Event, missing: int, iteration: int) -> None:
    if missing == HAS_ITER:
        event["iter"] = iteration
    elif missing == NULL_ITER:
        event["iter"] = None


def mend(event: Event, stored: bytes | None) -> None:
    """Undo `odd`."""
    if stored is not None:
        changes = loaded(stored)
        event.update(changes["+"])
        for name in changes.get("-", ()):
            del event[name]
