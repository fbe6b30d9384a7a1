"""Reported events as they are checked and stored: rules about one event, without knowing its task. Pure. Source: spec 4 §4.2.3, §4.3."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apiserver.domain import plots

Event = dict[str, Any]

SCALAR, VECTOR, PLOT, LOG = "training_stats_scalar", "training_stats_vector", "plot", "log"
KINDS = frozenset({SCALAR, VECTOR, "training_debug_image", PLOT, LOG})
MOST_FLOAT = 3.4028235677973366e38
"""From here on a number is no 4-byte float any more."""
MOST_KEYWORD = 32766
"""Bytes of a name or url."""
INTEGERS = (-(2**63), 2**63 - 1)
OUT_OF_RANGE = f"Iteration number should not exceed {INTEGERS[1]}"


class Refused(ValueError):
    """An event that makes the whole batch wrong: nothing of it may be stored."""


class Unstorable(ValueError):
    """An event that cannot be stored; the others of its batch can."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a call adds to its events. arrived: ISO text."""

    arrived: str
    timestamp: int
    worker: str
    validate_plots: bool = False


_ORDINARY = frozenset({"type", "task", "iter", "metric", "variant", "value", "timestamp", "model_event"})
_SHORT = MOST_KEYWORD // 4


def ordinary(event: Event) -> bool:
    """Whether an event is a scalar as SDKs report it, which breaks no rule of this module and needs nothing but `complete`.

    PERF: 0.5 us instead of 4 for all the rules; nearly all events are such.
    """
    if len(event) != len(_ORDINARY) and not (len(event) == len(_ORDINARY) + 1 and type(event.get("worker")) is str):
        return False
    try:
        metric, variant, value, iteration, timestamp = event["metric"], event["variant"], event["value"], event["iter"], event["timestamp"]
        return (
            event["type"] == SCALAR
            and event["model_event"] is False
            and type(event["task"]) is str
            and type(metric) is str
            and 0 < len(metric) < _SHORT
            and type(variant) is str
            and 0 < len(variant) < _SHORT
            and (type(value) is float or type(value) is int)
            and -MOST_FLOAT < value < MOST_FLOAT
            and type(iteration) is int
            and INTEGERS[0] <= iteration <= INTEGERS[1]
            and type(timestamp) is int
            and -(2**63) < timestamp < 2**63
        )
    except KeyError:
        return False


_LINE = frozenset({"type", "task", "timestamp", "msg", "level", "worker", "model_event"})


def ordinary_line(event: Event) -> bool:
    """The same for lines of the log, with or without metric and variant."""
    if len(event) != len(_LINE) + ("metric" in event) + ("variant" in event):
        return False
    try:
        metric, variant, timestamp = event.get("metric", ""), event.get("variant", ""), event["timestamp"]
        return (
            event["type"] == LOG
            and event["model_event"] is False
            and type(event["task"]) is str
            and type(event["msg"]) is str
            and type(event["level"]) is str
            and type(event["worker"]) is str
            and type(metric) is str
            and len(metric) < _SHORT
            and type(variant) is str
            and len(variant) < _SHORT
            and type(timestamp) is int
            and -(2**63) < timestamp < 2**63
        )
    except KeyError:
        return False


def complete(event: Event, defaults: Defaults) -> None:
    """Add what a call adds to an ordinary event."""
    if "metric" not in event:
        event["metric"] = ""
    if "variant" not in event:
        event["variant"] = ""
    event["@timestamp"] = defaults.arrived
    if "worker" not in event:
        event["worker"] = defaults.worker


def kind_of(event: Event) -> str:
    """The event's type, blanks as `_`; empty if there is none. Raises: Refused."""
    kind = event.get("type")
    if kind and not isinstance(kind, str):
        raise Refused("type is no text")
    return kind.replace(" ", "_") if kind else ""


def normalise(event: Event, kind: str, defaults: Defaults) -> bool:
    """Bring the event into its stored form, in place; whether its iteration is in range. Raises: Refused.

    PERF: 2 µs for an ordinary scalar; runs for each event of a batch.
    """
    event["type"] = kind
    for name in ("metric", "variant"):
        text = event.get(name)
        if not text:
            event[name] = ""
        elif type(text) is not str:
            event[name] = _text(name, text)
    event["@timestamp"] = defaults.arrived
    if "ts" in event:
        event["timestamp"] = event.pop("ts")
    if "timestamp" not in event:
        event["timestamp"] = defaults.timestamp
    elif type(event["timestamp"]) not in (int, float) and event["timestamp"] is not None:
        raise Refused("timestamp is no number of milliseconds")
    if "worker" not in event:
        event["worker"] = defaults.worker
    _special(event, kind, defaults)
    for name, value in event.items():
        if type(value) is datetime:
            # QUIRK: spec 1 §1.4: texts in JSON lines that look like dates arrive as dates; they are stored as texts.
            event[name] = value.isoformat()
    return _iteration(event)


def _text(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise Refused(f"{name} is no text")


def _special(event: Event, kind: str, defaults: Defaults) -> None:
    if kind == SCALAR:
        value = event.get("value")
        if value is not None and type(value) not in (int, float, bool):
            raise Refused("the value of a scalar is no number")
    elif kind == VECTOR:
        if "values" in event:
            event["value"] = event.pop("values")
    elif kind == PLOT:
        try:
            plots.complete(event, validate=defaults.validate_plots)
        except plots.NotText as error:
            raise Refused("plot_str is no text") from error


def _iteration(event: Event) -> bool:
    iteration = event.get("iter")
    if iteration is None:
        return True
    if type(iteration) is not int:
        try:
            iteration = event["iter"] = int(iteration)
        except (TypeError, ValueError, OverflowError) as error:
            raise Refused("iter is no whole number") from error
    return INTEGERS[0] <= iteration <= INTEGERS[1]


def check_storable(event: Event) -> None:
    """Raises: Unstorable, for what the search engine of the reference refuses (spec 4 §4.3.4), so that all engines refuse the same."""
    value = event.get("value")
    if isinstance(value, bool):
        if event["type"] == SCALAR:
            raise Unstorable("a value that is no number")
    elif isinstance(value, (int, float)) and not abs(value) < MOST_FLOAT:
        raise Unstorable("a value that is no finite 4-byte number")
    timestamp = event["timestamp"]
    if timestamp is not None and not abs(timestamp) < 2**63:
        raise Unstorable("a timestamp out of range")
    for name in ("metric", "variant", "url", "key"):
        text = event.get(name)
        if type(text) is str and len(text) > MOST_KEYWORD // 4 and len(text.encode()) > MOST_KEYWORD:
            raise Unstorable(f"{name} is too long")
    if event.keys() - _USUAL:
        for name in event.keys() - _USUAL:
            if not _finite(event[name]):
                raise Unstorable(f"{name} holds a number that is no JSON")
    if type(value) in (list, dict) and not _finite(value):
        raise Unstorable("a value that is no JSON")


_USUAL = frozenset(
    {"type", "task", "iter", "metric", "variant", "value", "timestamp", "@timestamp", "worker", "model_event", "msg", "level"}
)


def _finite(value: Any) -> bool:
    """Whether no NaN or infinity is inside. NOTE: not recursive, since clients choose the depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if type(one) is float:
            if not math.isfinite(one):
                return False
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend(one.values())
    return True
