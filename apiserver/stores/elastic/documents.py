"""Events as documents of Elasticsearch and back; nothing here asks or stores. Source: spec 4 §4.2.3-4.2.5.

A document is the event as it was sent. What Elasticsearch would refuse, misread or die of is left out of it and kept as JSON text in the
field `ODD`, from which reading puts it back.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apiserver.stores.elastic.client import dumped, loaded
from apiserver.stores.errors import InvalidValue
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, VECTOR, Event

ODD = "trackyard_odd"
PACKED_FROM = 100_000
"""Characters of a plot from which it is stored compressed, as the reference does."""
LONGEST_TERM = 32766 // 4
"""Characters that fit into an indexed text whatever they are."""
DEEPEST = 20
"""NOTE: Elasticsearch 7 ends, as a process, on a document that is nested some thousands deep."""
_USUAL = frozenset({"type", "task", "iter", "metric", "variant", "value", "timestamp", "@timestamp", "worker", "model_event"})
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_ISO_MS, LAST_ISO_MS = -62_135_596_800_000, 253_402_300_799_999
"""Years 1 to 9999."""


# Identity


def identity(event: Event) -> str:
    """The id of an event that is no line of the log. Source: spec 4 §4.2.4."""
    parts = [event["task"]]
    if "iter" in event:
        parts.append(str(event["iter"]))
    parts += (event["metric"], event["variant"])
    if "key" in event:
        parts.append(str(event["key"]))
    return hashlib.md5("-".join(parts).encode(), usedforsecurity=False).hexdigest()


def batch_digest(events: Sequence[Event]) -> bytes:
    """What tells one batch from another, but not from the same one sent again: everything but the time of arrival."""
    digest = hashlib.md5(usedforsecurity=False)
    for event in events:
        digest.update(dumped({name: value for name, value in event.items() if name != "@timestamp"}))
    return digest.digest()


def line_identity(digest: bytes, place: int) -> str:
    """The id of a line of the log: by its batch and its place in it, in the form of the reference's random ids."""
    return hashlib.md5(digest + str(place).encode(), usedforsecurity=False).hexdigest()


def placed_identity(task: str, place: int) -> str:
    """The id of a line that was carried here from another store: by its place in the log of its task."""
    return hashlib.md5(f"carried-{task}-{place}".encode(), usedforsecurity=False).hexdigest()


# Writing


def document(event: Event) -> Event:
    """What to store of an event. PERF: an ordinary scalar is its own document."""
    timestamp = event["timestamp"]
    if (
        event["type"] == SCALAR
        and type(timestamp) is int
        and timestamp > 9999
        and event.keys() <= _USUAL
        and type(event["worker"]) is str
        and len(event["worker"]) <= LONGEST_TERM
        and type(event["model_event"]) is bool
    ):
        return event
    return _written(event, strict=False)


def strict_document(event: Event) -> Event:
    """As above, of an event that an index refused: with nothing but fields whose kind is known, all else in `ODD`."""
    return _written(event, strict=True)


def _written(event: Event, *, strict: bool) -> Event:
    kind = event["type"]
    found: Event = {}
    odd: Event = {}
    for name, value in event.items():
        if name == "timestamp":
            found[name] = stored_time(value)
            if type(found[name]) is not type(value) or found[name] != value:
                odd[name] = value
        elif _fits(kind, name, value, strict=strict):
            found[name] = value
        else:
            odd[name] = value
    urls = odd.get("source_urls")
    if isinstance(urls, list):
        found["source_urls"] = [url for url in urls if isinstance(url, str)]
    text = found.get("plot_str")
    if kind == PLOT and isinstance(text, str) and len(text) >= PACKED_FROM:
        del found["plot_str"]
        found["plot_data"] = base64.encodebytes(zlib.compress(text.encode(), 1)).decode("ascii")
    if odd:
        found[ODD] = dumped(odd).decode()
    return found


def _fits(kind: str, name: str, value: Any, *, strict: bool) -> bool:
    """Whether Elasticsearch takes the value in this field, and reads it as we mean it."""
    if name in ("type", "task", "metric", "variant", "iter", "@timestamp"):
        return True
    if name == "value":
        if kind == VECTOR:
            return not strict and _shallow(value)
        return value is None or (type(value) in (int, float) and abs(value) < math.inf and _is_single(value))
    if name in ("worker", "level", "company_id"):
        return value is None or (isinstance(value, str) and len(value) <= LONGEST_TERM)
    if name in ("model_event", "valid_plot"):
        return value is None or isinstance(value, bool)
    if name in ("url", "key") and kind == IMAGE:
        return value is None or (isinstance(value, str) and (len(value) <= LONGEST_TERM or len(value.encode()) <= 4 * LONGEST_TERM))
    if (name == "msg" and kind == LOG) or (name == "plot_str" and kind == PLOT):
        return value is None or isinstance(value, str)
    if name == "source_urls" and kind == PLOT:
        return isinstance(value, list) and all(isinstance(url, str) for url in value)
    if name in ("plot_data", ODD):
        return False
    if name == "plot_len":
        return value is None or (type(value) is int and abs(value) < 2**62)
    return not strict and _PLAIN_NAME.fullmatch(name) is not None and _shallow(value)


def _is_single(value: Any) -> bool:
    """Whether a number is within 4 bytes' range."""
    try:
        struct.pack("f", value)
    except (OverflowError, struct.error):
        return False
    return True


def _shallow(value: Any) -> bool:
    """Whether a value may be given to a server to parse: not deep, and without numbers of hundreds of digits."""
    level = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for one in level:
            if isinstance(one, list):
                below += one
            elif isinstance(one, dict):
                below += one.values()
            elif type(one) is int and not -(10**300) < one < 10**300:
                return False
        if not below:
            return True
        level = below
    return False


def stored_time(value: Any) -> Any:
    """A time in a form that every server reads as milliseconds since 1970.

    QUIRK: a date of the mapping is `strict_date_optional_time||epoch_millis`: 1000 to 9999 are years there, 7.17 refuses small negative
    numbers, and nothing with an exponent is read.
    """
    if value is None:
        return None
    if (type(value) is int and 0 <= value < 2**63 and not 1000 <= value <= 9999) or (type(value) is float and 9999 < value < 1e15):
        return value
    return when(value)


def when(value: int | float) -> Any:
    """As above, cut to milliseconds; also for questions."""
    cut = math.floor(min(max(value, FIRST_ISO_MS), 2**63 - 1))
    if cut > LAST_ISO_MS:
        return cut
    return iso(cut)


def iso(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def ms_of(text: str) -> int:
    """`@timestamp` as milliseconds."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


# Reading


def event_of(source: Mapping[str, Any]) -> Event:
    """The event of a document, whoever wrote it. NOTE: before its release 1.8 the reference wrote no `model_event`."""
    found = dict(source)
    odd = found.pop(ODD, None)
    if found.get("type") == PLOT and (packed := found.pop("plot_data", None)) is not None and "plot_str" not in found:
        found["plot_str"] = unpacked(packed)
    found.setdefault("model_event", False)
    if odd is not None:
        found.update(loaded(odd.encode()))
    return found


def unpacked(text: str) -> str:
    """Raises: InvalidValue, for what nobody can have written."""
    try:
        return zlib.decompress(base64.b64decode(text)).decode()
    except (ValueError, zlib.error) as error:
        raise InvalidValue(f"a plot that cannot be unpacked: {error}") from error


def single(value: float) -> float:
    """Rounded to 4 bytes."""
    found: float = struct.unpack("f", struct.pack("f", value))[0]
    return found
