"""What a batch of reports makes of the summary of its task or model: keys of metrics, and one folded value for each variant. Pure.

Source: spec 4 §4.4.2, 3 §2.3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Number = int | float


@lru_cache(maxsize=8192)
def key(name: str) -> str:
    """The key of a metric or variant in `last_metrics` and `metric_stats`."""
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


class Mixed(ValueError):
    """Events of one series, or of one metric, of which some have a number and some null where they are compared."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is null in some events of a metric and a number in others")


@dataclass(slots=True)
class Folded:
    """The values of one variant in one batch. minimum, maximum, first: (value, iteration)."""

    metric: str
    variant: str
    value: Number
    iteration: int | None
    timestamp: Number | None
    label: Any
    minimum: tuple[Number, int | None]
    maximum: tuple[Number, int | None]
    first: tuple[Number, int | None]
    total: Number
    count: int = 1

    def take(self, value: Number, iteration: int | None, timestamp: Number | None, label: Any) -> None:
        """Fold in one more report. Raises: Mixed."""
        self.count += 1
        self.total += value
        if (iteration is None) != (self.iteration is None):
            raise Mixed("iter")
        if iteration is None or iteration == self.iteration:
            newer = _not_before(timestamp, self.timestamp)
        else:
            newer = self.iteration is None or iteration > self.iteration
        if newer:
            self.value, self.iteration, self.timestamp = value, iteration, timestamp
            if label is not None:
                self.label = label
        if value < self.minimum[0]:
            self.minimum = (value, iteration)
        if value > self.maximum[0]:
            self.maximum = (value, iteration)
        if iteration is not None and self.first[1] is not None and iteration < self.first[1]:
            self.first = (value, iteration)

    def join(self, later: Folded) -> None:
        """Fold in what was reported after these, with iterations and without labels. Raises: Mixed."""
        if self.iteration is None or later.iteration is None:
            raise Mixed("iter")
        self.count += later.count
        self.total += later.total
        if later.iteration > self.iteration or (later.iteration == self.iteration and _not_before(later.timestamp, self.timestamp)):
            self.value, self.iteration, self.timestamp = later.value, later.iteration, later.timestamp
        if later.minimum[0] < self.minimum[0]:
            self.minimum = later.minimum
        if later.maximum[0] > self.maximum[0]:
            self.maximum = later.maximum
        if self.first[1] is not None and later.first[1] is not None and later.first[1] < self.first[1]:
            self.first = later.first


def _not_before(timestamp: Number | None, known: Number | None) -> bool:
    if timestamp is None or known is None:
        if timestamp is not known:
            raise Mixed("timestamp")
        return True
    return timestamp >= known


@dataclass(slots=True)
class Summary:
    """What one batch says about one task or model.

    last_iteration: highest of the batch, never below 0; None if no event has one. newest: {metric: {type: timestamp}} of every event.
    """

    ignored: Collection[str] = ()
    last_iteration: int | None = None
    series: dict[tuple[str, str], Folded] = field(default_factory=dict)
    newest: dict[str, dict[str, Number | None]] = field(default_factory=dict)

    def see(self, event: dict[str, Any]) -> None:
        """Take in an event of any type. Raises: Mixed."""
        metric, kind, timestamp = event["metric"], event["type"], event["timestamp"]
        iteration = event.get("iter")
        if iteration is not None and metric not in self.ignored:
            self.last_iteration = max(self.last_iteration or 0, iteration)
        kinds = self.newest.get(metric)
        if kinds is None:
            kinds = self.newest[metric] = {}
        if kind not in kinds:
            kinds[kind] = timestamp
            return
        known = kinds[kind]
        if (known is None) != (timestamp is None):
            raise Mixed("timestamp")
        if timestamp is not None and known is not None and timestamp > known:
            kinds[kind] = timestamp

    def fold(self, event: dict[str, Any], label: Any) -> None:
        """Take in the value of a scalar event that has one; without `iter` it counts as iteration 0. Raises: Mixed."""
        value, iteration = event["value"], event.get("iter", 0)
        name = (event["metric"], event["variant"])
        known = self.series.get(name)
        if known is not None:
            known.take(value, iteration, event["timestamp"], label)
            return
        place = (value, iteration)
        self.series[name] = Folded(*name, value, iteration, event["timestamp"], label, place, place, place, value)


Report = tuple[int, Number, Number]
"""iteration, timestamp, value."""


def fold_all(summary: Summary, metric: str, variant: str, kind: str, reports: Sequence[Report]) -> None:
    """As `see` and `fold` of each of them in order, without labels. PERF: a tenth of the time. Raises: Mixed."""
    iterations, times, values = zip(*reports, strict=True)
    if metric not in summary.ignored:
        summary.last_iteration = max(summary.last_iteration or 0, *iterations)
    kinds = summary.newest.setdefault(metric, {})
    newest = max(times)
    if _not_before(newest, kinds.setdefault(kind, newest)):
        kinds[kind] = newest
    places = list(zip(iterations, times, strict=True))
    last = len(places) - 1 - places[::-1].index(max(places))
    minimum, maximum, first = min(values), max(values), min(iterations)
    at_first = iterations.index(first)
    one = Folded(
        metric, variant, values[last], iterations[last], times[last], None, (minimum, iterations[values.index(minimum)]),
        (maximum, iterations[values.index(maximum)]), (values[at_first], first), sum(values), len(values),
    )  # fmt: skip
    known = summary.series.setdefault((metric, variant), one)
    if known is not one:
        known.join(one)


def within(series: Iterable[Folded], known: Collection[str], most: int) -> list[Folded]:
    """Those that are in the list of known metrics (`metric/variant`) already, and as many new ones as it has room for (0: all)."""
    if not most:
        return list(series)
    room = most - len(known)
    kept: list[Folded] = []
    for one in series:
        if name(one) in known:
            kept.append(one)
        elif room > 0:
            room -= 1
            kept.append(one)
    return kept


def name(one: Folded) -> str:
    """How `unique_metrics` lists it."""
    return f"{one.metric}/{one.variant}"
