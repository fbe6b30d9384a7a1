"""From a stored document to an event that every engine takes: what old servers let in is mended, what nobody can read is bad. Pure.

Source: spec 4 §4.2.3, §4.11; spec 6 §4.5. Docs: docs/upgrading.md, "Bad documents".
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic.client import dumped
from apiserver.stores.errors import InvalidValue
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, VECTOR, Event

LONGEST_TERM = 32766
"""Bytes of an indexed text."""
MOST_ITER = 2**63
UNKNOWN_WORKER = "<unknown>"
_ARRIVED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_WHOLE = re.compile(r"\s*[+-]?\d{1,30}\s*", re.ASCII)
_EPOCH = "1970-01-01T00:00:00.000Z"
_USUAL = frozenset({"type", "task", "iter", "metric", "variant", "value", "timestamp", "@timestamp", "worker", "model_event"})


class Bad(Exception):
    """A document that cannot be an event; the text says why."""


def event_of(source: Any, kind: str) -> Event:
    """The event of a document in an index of this type of events. Raises: Bad.

    `model_event` is false when it was written before there was one.
    """
    if not isinstance(source, Mapping):
        raise Bad("the index keeps no _source of it" if source is None else "its _source is no object")
    event = dict(source)
    if d.ODD in event or "plot_data" in event:
        try:
            event = d.event_of(event)
        except Exception as error:  # whatever is in there
            raise Bad(f"what is packed in it cannot be read: {error}") from error
    event.setdefault("model_event", False)
    if _is_usual(event, kind):
        return event
    event["type"] = _kind(event.get("type"), kind)
    event["task"] = _task(event.get("task"))
    for name in ("metric", "variant"):
        event[name] = _name(name, event.get(name))
    if event.get("iter") is not None:
        event["iter"] = _iteration(event["iter"])
    event["timestamp"] = _timestamp(event)
    event["@timestamp"] = _arrived(event)
    event.setdefault("worker", UNKNOWN_WORKER)
    if not isinstance(event["model_event"], bool):
        event["model_event"] = event["model_event"] in (1, "true")
    _OF_KIND[kind](event)
    _check_texts(event)
    try:
        dumped(event)
    except InvalidValue as error:  # half a surrogate pair, or NaN beside a number beyond 64 bits, somewhere inside
        raise Bad(f"it is {error}") from error
    return event


def _is_usual(event: Mapping[str, Any], kind: str) -> bool:
    """PERF: most of all documents are scalars with nothing odd about them."""
    return (
        kind == SCALAR
        and event.keys() <= _USUAL
        and event.get("type") == kind
        and type(event.get("iter")) is int
        and -MOST_ITER <= event["iter"] < MOST_ITER
        and type(event.get("value")) in (int, float)
        and -3e38 < event["value"] < 3e38
        and type(event.get("timestamp")) is int
        and 9999 < event["timestamp"] < 2**53
        and type(event.get("task")) is str
        and 0 < len(event["task"]) < 1000
        and all(type(event.get(name)) is str and len(event[name]) < 1000 and event[name].isprintable() for name in _SHORT)
        and _ARRIVED.fullmatch(str(event.get("@timestamp"))) is not None
        and type(event.get("model_event")) is bool
    )


_SHORT = ("metric", "variant", "worker")


def _kind(value: Any, kind: str) -> str:
    if value in (None, "") or (isinstance(value, str) and value.replace(" ", "_") == kind):
        return kind
    raise Bad(f"it says type {_shown(value)} in an index of {kind}")


def _task(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Bad("it has no task" if value in (None, "") else f"its task is {_shown(value)}")
    return value


def _name(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return str(value)
    raise Bad(f"its {name} is {_shown(value)}")


def _iteration(value: Any) -> int:
    found: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    elif (isinstance(value, float) and math.isfinite(value)) or (isinstance(value, str) and _WHOLE.fullmatch(value)):
        found = int(value)
    if found is None or not -MOST_ITER <= found < MOST_ITER:
        raise Bad(f"its iter is {_shown(value)}")
    return found


def _timestamp(event: Mapping[str, Any]) -> int | float | None:
    """Milliseconds; when there is none, when the event arrived."""
    value = event.get("timestamp")
    if "timestamp" in event and value is None:
        return None
    if value is None:
        value = event.get("@timestamp")
        if value is None:
            return None
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) and abs(int(value)) < MOST_ITER else _moment_ms("timestamp", value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) >= MOST_ITER:
        raise Bad(f"its timestamp is {_shown(value)}")
    return value


def _arrived(event: Mapping[str, Any]) -> str:
    """The form that servers write; when there is none, the time of the event itself."""
    value = event.get("@timestamp")
    if isinstance(value, str) and _ARRIVED.fullmatch(value):
        return value
    if value is None:
        value = event["timestamp"]
        if value is None:
            return _EPOCH
    ms = _moment_ms("@timestamp", value) if isinstance(value, str) and not _WHOLE.fullmatch(value) else _whole_ms(value)
    return d.iso(min(max(ms, d.FIRST_ISO_MS), d.LAST_ISO_MS))


def _whole_ms(value: Any) -> int:
    try:
        return int(float(value)) if not isinstance(value, bool) else 0
    except (TypeError, ValueError, OverflowError) as error:
        raise Bad(f"its @timestamp is {_shown(value)}") from error


def _moment_ms(name: str, text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Bad(f"its {name} is {_shown(text)}") from error
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


# What a type of event has of its own


def _scalar(event: Event) -> None:
    value = event.get("value")
    if value is None:
        return
    if isinstance(value, str):
        value = event["value"] = _number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_single(value):
        raise Bad(f"its value is {_shown(value)}, which is no number of 4 bytes")


def _number(text: str) -> Any:
    try:
        found = float(text)
    except ValueError:
        return text
    return int(text) if _WHOLE.fullmatch(text) else found


def _is_single(value: int | float) -> bool:
    try:
        return math.isfinite(value) and math.isfinite(struct.unpack("f", struct.pack("f", value))[0])
    except (OverflowError, struct.error):
        return False


def _vector(event: Event) -> None:
    if "values" in event and "value" not in event:
        event["value"] = event.pop("values")
    value = event.get("value")
    if value is not None and not isinstance(value, list):
        value = event["value"] = [value]
    if value and not all(isinstance(one, (int, float)) and math.isfinite(one) for one in _flat(value)):
        raise Bad("its value is no list of numbers")


def _flat(value: list[Any]) -> list[Any]:
    found: list[Any] = []
    level: list[Any] = list(value)
    for _ in range(d.DEEPEST):
        found += [one for one in level if not isinstance(one, list)]
        level = [one for nested in level if isinstance(nested, list) for one in nested]
        if not level:
            return found
    return [None]


def _plot(event: Event) -> None:
    text = event.get("plot_str")
    if text is not None and not isinstance(text, str):
        raise Bad(f"its plot_str is {_shown(text)}")


def _image(event: Event) -> None:
    for name in ("url", "key"):
        value = event.get(name)
        if value is not None and not isinstance(value, str):
            raise Bad(f"its {name} is {_shown(value)}")


def _log(event: Event) -> None:
    message = event.get("msg")
    if message is not None and not isinstance(message, str):
        event["msg"] = str(message)


_OF_KIND = {SCALAR: _scalar, VECTOR: _vector, PLOT: _plot, IMAGE: _image, LOG: _log}


def _check_texts(event: Mapping[str, Any]) -> None:
    """What is indexed whole has to fit into a term, and be text that can be written at all."""
    names = ("task", "metric", "variant", "worker", "url", "key", "level")
    for name in names:
        value = event.get(name)
        if not isinstance(value, str):
            continue
        try:
            size = len(value.encode())
        except UnicodeEncodeError as error:
            raise Bad(f"its {name} is no Unicode text") from error
        if size > LONGEST_TERM:
            raise Bad(f"its {name} has {size} bytes, more than the {LONGEST_TERM} that can be indexed")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
