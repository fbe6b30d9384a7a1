"""Series over time as charts want them: which buckets there are and are shown, and the sum over queues. Pure. Source: spec 5 §4.8, §5.8."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST_BUCKETS = 50_000
"""More in one answer are refused."""

_LAST_S = 253_402_300_800
"""The end of the year 9999; later moments count as this one."""


@dataclass(frozen=True)
class Range:
    """first_s, last_s, interval_s: whole seconds; shown_from_ms, shown_before_ms: buckets outside are left out of answers."""

    first_s: int
    last_s: int
    interval_s: int
    shown_from_ms: float
    shown_before_ms: float

    @property
    def interval_ms(self) -> int:
        return self.interval_s * 1000

    def count(self) -> int:
        """How many buckets there are from end to end, empty ones too."""
        return self.last_s // self.interval_s - self.first_s // self.interval_s + 1

    def buckets(self) -> list[int]:
        """The shown buckets from end to end, empty ones too, in milliseconds."""
        first, last = self.first_s // self.interval_s, self.last_s // self.interval_s
        every = (number * self.interval_ms for number in range(first, last + 1))
        return [bucket for bucket in every if self.shown(bucket)]

    def shown(self, bucket: int) -> bool:
        return self.shown_from_ms <= bucket < self.shown_before_ms


def complete(from_s: float, to_s: float, interval_s: int, *, least_interval_s: int = 1, with_edge: bool = False) -> Range:
    """A chart without its last bucket when that holds less than a tenth of its time. with_edge: exactly a tenth is enough."""
    interval_s = min(max(interval_s, least_interval_s), _LAST_S)
    first, last = int(min(from_s, _LAST_S)), int(min(to_s, _LAST_S))
    before_ms = (min(to_s, _LAST_S) - 0.9 * interval_s) * 1000
    return Range(first, last, interval_s, float("-inf"), math.nextafter(before_ms, math.inf) if with_edge else before_ms)


def with_history(from_s: float, to_s: float, interval_s: int, *, before_s: int) -> Range:
    """A chart that knows so many seconds before its start, which it does not show."""
    interval_s = min(interval_s, _LAST_S)
    first, last = int(min(from_s, _LAST_S) - before_s), int(min(to_s, _LAST_S))
    return Range(first, last, interval_s, (min(from_s, _LAST_S) - interval_s) * 1000, float("inf"))


@dataclass(frozen=True)
class Sample:
    """A queue at a moment. waiting_s: the mean of its entries."""

    waiting_s: float
    length: int


def mean_waiting_s(waits_s: Iterable[float]) -> float:
    """The mean, 0 of nothing."""
    found = list(waits_s)
    return sum(found) / len(found) if found else 0.0


def total(samples: Mapping[int, Mapping[str, Sample]]) -> dict[int, Sample]:
    """The sum over queues for each bucket. samples: {bucket: {queue: sample}}.

    A queue that a bucket knows nothing of is as it was in its latest bucket before.
    """
    known: dict[str, Sample] = {}
    result: dict[int, Sample] = {}
    for bucket in sorted(samples):
        known.update(samples[bucket])
        length = sum(sample.length for sample in known.values())
        waiting = sum(sample.waiting_s * sample.length for sample in known.values())
        result[bucket] = Sample(waiting / length if length else 0.0, length)
    return result


def filled(values: Mapping[int, float], buckets: Sequence[int]) -> list[float]:
    """One value for each bucket, 0 where there is none."""
    return [float(values.get(bucket) or 0) for bucket in buckets]
