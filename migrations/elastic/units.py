"""A migration cut into units: parts of an index by the time of arrival, small enough to be done again when a run is killed within one.

A unit is a range of `@timestamp` (statistics, and events without one: of `timestamp`); one more holds what has neither. The last range is
open, so that all units of an index together hold every document, also those that come while the units are made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from apiserver.stores.elastic.documents import when

from .source import Index, Source

UNIT = 50_000
"""Documents of a unit, about."""
INTERVALS = 1000
"""Intervals of one question: a server of version 7 answers no more than 10,000."""


@frozen
class Unit:
    """Documents of an index whose `time` is in [low, high); None: no bound. lacking: times that the documents do not have."""

    index: str
    time: str | None
    low: int | None
    high: int | None
    lacking: tuple[str, ...] = ()
    documents: int = 0

    def query(self, mapped: Mapping[str, str]) -> dict[str, Any]:
        """mapped: the types of the times, see `Index.times`."""
        filters: list[dict[str, Any]] = []
        if self.time is not None:
            bounds = {word: ms for word, ms in (("gte", self.low), ("lt", self.high)) if ms is not None}
            if mapped[self.time].startswith("date"):
                # NOTE: as texts, since a number of four digits would be read as a year.
                filters.append({"range": {self.time: {word: when(ms) for word, ms in bounds.items()}}} if bounds else _has(self.time))
            else:
                filters.append({"range": {self.time: bounds}} if bounds else _has(self.time))
        return _whole(filters, [_has(name) for name in self.lacking])


def units_of(source: Source, index: Index, *, size: int = UNIT, since: Mapping[str, int] | None = None) -> Iterator[Unit]:
    """The units of an index. since: {time: ms}, for another pass: only what arrived from then on."""
    lacking: tuple[str, ...] = ()
    for time in times_of(index):
        whole = Unit(index.name, time, (since or {}).get(time), None, lacking)
        yield from _cut(source, index, whole, size)
        lacking = (*lacking, time)
    rest = Unit(index.name, None, None, None, lacking)
    if many := source.count(index.name, rest.query(index.times)):
        yield Unit(index.name, None, None, None, lacking, many)


def times_of(index: Index) -> Sequence[str]:
    """The times to cut an index by, the time of arrival first."""
    return [name for name in ("@timestamp", "timestamp") if name in index.times]


def newest(source: Source, index: Index) -> dict[str, int]:
    """{time: the highest that there is}; where another pass has to begin."""
    found = {}
    for time in times_of(index):
        if (extent := source.extent(index.name, time, {"match_all": {}})) is not None:
            found[time] = extent[1]
    return found


def _cut(source: Source, index: Index, whole: Unit, size: int) -> Iterator[Unit]:
    assert whole.time is not None
    query = whole.query(index.times)
    many = source.count(index.name, query)
    extent = source.extent(index.name, whole.time, query) if many else None
    if extent is None or many <= size or extent[0] == extent[1]:
        if many or whole.lacking == ():
            yield _with(whole, whole.low, whole.high, many)
        return
    begin = whole.low
    for _, high, count in _ranges(source, index, whole, extent[0], extent[1] + 1, many, size):
        yield _with(whole, begin, high, count)
        begin = high
    yield _with(whole, begin, whole.high, 0)


def _ranges(source: Source, index: Index, whole: Unit, low: int, high: int, many: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Ranges that follow each other, from `low` to `high`, of at most `size` documents unless they are of one millisecond."""
    assert whole.time is not None
    interval = max(1, math.ceil((high - low) / min(INTERVALS, 4 * math.ceil(many / size))))
    part = _with(whole, low, high, many)
    begin, count = low, 0
    for key, found in source.histogram(index, whole.time, part.query(index.times), interval):
        first, last = max(low, key), min(high, key + interval)
        if count and count + found > size:
            yield begin, first, count
            begin, count = first, 0
        if found > size and last - first > 1:
            if first > begin:
                yield begin, first, 0
            yield from _ranges(source, index, whole, first, last, found, size)
            begin = last
        else:
            count += found
    if begin < high:
        yield begin, high, count


def _with(unit: Unit, low: int | None, high: int | None, documents: int) -> Unit:
    return Unit(unit.index, unit.time, low, high, unit.lacking, documents)


def _has(name: str) -> dict[str, Any]:
    return {"exists": {"field": name}}


def _whole(filters: Sequence[dict[str, Any]], without: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"filter": list(filters), "must_not": list(without)}} if filters or without else {"match_all": {}}
