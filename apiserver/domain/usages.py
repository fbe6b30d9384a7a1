"""Running times of tasks cut into days, and summed up by whatever they belong to. Pure. Source: spec 2 §9.6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any

DAY = timedelta(days=1)
DAY_MS = 86_400_000
DURATION, CPU, GPU = "duration", "cpu_usage", "gpu_usage"
ARTIFICIAL = {CPU: "cpu_artificial_weights", GPU: "gpu_artificial_weights"}
"""{usage: the flag that says that it was estimated}"""
Key = str | None


@dataclass(frozen=True)
class Days:
    """Whole days of one zone. start: the first midnight, aware; count: how many days."""

    start: datetime
    count: int

    @property
    def end(self) -> datetime:
        """The last midnight, which is not in it."""
        return self.start + self.count * DAY

    def dates(self) -> list[float]:
        """The beginnings of the days, in seconds since 1970."""
        first = self.start.timestamp()
        return [first + number * DAY.total_seconds() for number in range(self.count)]

    def seconds(self, began_ms: int, ended_ms: int) -> dict[int, int]:
        """{number of the day: whole seconds} of a run, as far as it is in these days. Times are in milliseconds since 1970."""
        first = self._start_ms
        began, ended = max(began_ms - first, 0), min(ended_ms - first, self.count * DAY_MS)
        if ended < began:
            return {}
        number = began // DAY_MS
        if ended <= (number + 1) * DAY_MS:
            return {number: (ended - began) // 1000} if number < self.count else {}
        found = {number: ((number + 1) * DAY_MS - began) // 1000}
        last = -(-ended // DAY_MS) - 1
        found.update(dict.fromkeys(range(number + 1, last), DAY_MS // 1000))
        found[last] = (ended - last * DAY_MS) // 1000
        return found

    @cached_property
    def _start_ms(self) -> int:
        return round(self.start.timestamp() * 1000)


def days(from_text: str, to_text: str) -> Days:
    """From the day of the first time to that of the second, in the zone of the first (UTC without one).

    QUIRK: spec 2 §9.6: a trailing Z says nothing. Raises: ValueError for texts that are no times, or the wrong way round.
    """
    try:
        first, last = _time(from_text), _time(to_text)
        zone: tzinfo = first.tzinfo or UTC
        last_day = (last.astimezone(zone) if last.tzinfo else last).date()
        count = (last_day - first.date()).days + 1
        found = Days(datetime(first.year, first.month, first.day, tzinfo=zone), count)
        found.end.astimezone(UTC)  # both ends have to be times that there are
        found.start.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time beyond the calendar") from error
    if count < 1:
        raise ValueError("from_date must not be after to_date")
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.strip().removesuffix("Z"))


@dataclass(frozen=True)
class Run:
    """What a task used. seconds: {number of the day: seconds}; weights: {usage: its weight}; estimated: usages whose weight is a guess."""

    seconds: Mapping[int, int]
    weights: Mapping[str, float]
    estimated: frozenset[str] = frozenset()


@dataclass
class Use:
    """The use of one project, user or queue."""

    by_day: dict[str, dict[int, float]] = field(default_factory=dict)
    estimated: set[str] = field(default_factory=set)

    def add(self, run: Run, usages: Sequence[str]) -> None:
        for usage in usages:
            by_day, weight = self.by_day.setdefault(usage, {}), run.weights.get(usage, 1)
            for number, seconds in run.seconds.items():
                by_day[number] = by_day.get(number, 0) + seconds * weight
        self.estimated |= run.estimated.intersection(usages)

    def total(self) -> dict[str, Any]:
        """{usage: its sum}, and flags."""
        return {**{usage: _number(usage, sum(values.values())) for usage, values in self.by_day.items()}, **self._flags()}

    def series(self, count: int) -> dict[str, Any]:
        """{usage: one number a day}, and flags."""
        lines = {usage: [_number(usage, values.get(number, 0)) for number in range(count)] for usage, values in self.by_day.items()}
        return {**lines, **self._flags()}

    def _flags(self) -> dict[str, bool]:
        return {ARTIFICIAL[usage]: True for usage in sorted(self.estimated)}


def _number(usage: str, value: float) -> float:
    return int(value) if usage == DURATION else float(value)
