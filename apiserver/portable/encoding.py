"""Records as JSON, and their checksums. The form of the file is docs/backup.md's; it has no part that depends on an engine.

JSON has no dates, no NaN and no infinities: in documents they are `{"$d": milliseconds}` and `{"$n": name}`, and a key that begins with `$`
gets another `$`, so that the two never meet.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from apiserver.stores.documents import Document
from apiserver.stores.errors import InvalidValue
from apiserver.stores.events import Event

Record = dict[str, Any]
SUM_MODULUS = 2**128
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NAMES = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_LONG_NUMBER = re.compile(rb"\d{19}")


def dumped(value: Any, *, ordered: bool = False) -> bytes:
    """JSON of plain values, on one line. ordered: keys sorted, for checksums. Raises: InvalidValue."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if ordered else None)
    except (TypeError, orjson.JSONEncodeError):
        pass
    try:  # NOTE: numbers beyond 64 bits, and keys that are no texts
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=ordered, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValue(f"what is no JSON: {error}") from error


def loaded(text: bytes) -> Any:
    """NOTE: orjson reads a whole number beyond 64 bits as a float."""
    return json.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)


# Documents


def plain(value: Any) -> Any:
    """A document, or a value in one, as JSON knows it. Raises: InvalidValue for a kind that no store of ours writes."""
    if value is None or type(value) in (str, bool, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$n": repr(float(value))}
    if isinstance(value, datetime):
        return {"$d": (value - _EPOCH) // _MILLISECOND}
    if isinstance(value, dict):
        return {("$" + key if key[:1] == "$" else key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    raise InvalidValue(f"a value of the type {type(value).__name__}, which no server of ours writes: {value!r}")


def restored(value: Any) -> Any:
    """What `plain` was given."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((key, item),) = value.items()
            if key == "$d":
                return _EPOCH + item * _MILLISECOND
            if key == "$n":
                return _NAMES[item]
        return {(key[1:] if key[:1] == "$" else key): restored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [restored(item) for item in value]
    return value


def document_record(document: Document) -> Record:
    """Raises: InvalidValue, naming the document."""
    try:
        record: Record = plain(document)
    except InvalidValue as error:
        raise InvalidValue(f"the document {document.get('id')!r} cannot be carried: {error}") from error
    return record


# Events


def completed(event: Event) -> Event:
    """The event with all that `stores/events.py` promises. NOTE: other servers wrote some without a time of arrival, or in other forms."""
    for name, default in (("metric", ""), ("variant", ""), ("timestamp", None), ("worker", None)):
        if name not in event:
            event[name] = default
    arrived = event.get("@timestamp")
    if not (isinstance(arrived, str) and len(arrived) == 24 and arrived[-1] == "Z"):
        event["@timestamp"] = _text_of(_arrived(arrived, event["timestamp"]))
    return event


def _arrived(value: Any, timestamp: Any) -> datetime:
    for one in (value, timestamp):
        try:
            if isinstance(one, str):
                found = datetime.fromisoformat(one)
                return found if found.tzinfo else found.replace(tzinfo=UTC)
            if isinstance(one, int | float):
                return _EPOCH + timedelta(milliseconds=one)
        except (ValueError, OverflowError):
            continue
    return _EPOCH


def _text_of(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


# Checksums


def checksum(record: Record) -> int:
    """Of one record, whatever the order of its keys. Those of many are added up (modulo 2^128), whatever the order of the records."""
    return int.from_bytes(hashlib.blake2b(dumped(record, ordered=True), digest_size=16).digest(), "big")
