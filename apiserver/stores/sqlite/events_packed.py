"""Reading scalars that lie in blocks: as rows like those of the table `scalars`, and added up. Inside a read transaction of the caller."""

from __future__ import annotations

import heapq
import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from typing import Any

from attrs import define, frozen

from apiserver.stores.events import Selection
from apiserver.stores.sqlite import blocks
from apiserver.stores.sqlite.blocks import Points, Whole
from apiserver.stores.sqlite.connection import Database, Row

SortKey = tuple[Any, ...]
"""The key (negative when falling), series, `missing`, iteration, `key`: the order of pages."""


@frozen
class Chosen:
    """Which points of one series a selection wants. above: iterations greater than this; only: these iterations, None: all."""

    above: int | None = None
    only: tuple[int, ...] | None = None

    @property
    def all(self) -> bool:
        return self.above is None and self.only is None

    def within(self, first: int, last: int) -> bool:
        """Whether there may be one between the ends of a block."""
        if self.above is not None and last <= self.above:
            return False
        return self.only is None or bisect_left(self.only, first) < bisect_right(self.only, last)

    def __contains__(self, iteration: int) -> bool:
        if self.above is not None and iteration <= self.above:
            return False
        if self.only is None:
            return True
        at = bisect_left(self.only, iteration)
        return at < len(self.only) and self.only[at] == iteration


def chosen(selection: Selection, series: Collection[int], spots: Sequence[tuple[int, int]] | None) -> dict[int, Chosen]:
    """For each series. spots: (series, iteration) that the selection's spots name."""
    if spots is None and selection.iterations is None:
        same = Chosen(selection.above)
        return dict.fromkeys(series, same)
    found = {}
    named: dict[int, set[int]] = {one: set() for one in series}
    for one, iteration in spots or ():
        named[one].add(iteration)
    for one in series:
        only = named[one] if spots is not None else set(selection.iterations or ())
        if spots is not None and selection.iterations is not None:
            only &= set(selection.iterations)
        found[one] = Chosen(selection.above, tuple(sorted(only)))
    return found


@frozen
class Span:
    """A block without its blobs."""

    id: int
    series: int
    first: int
    last: int
    count: int
    since: int
    until: int


@define
class Blocks:
    """The blocks of some series, as one selection wants them. PERF: only what is asked for is read."""

    database: Database
    wanted: dict[int, Chosen]

    def spans(self, condition: str = "1", *parameters: Any, order: str = "series, first", limit: int = -1) -> Iterator[Span]:
        rows = self.database.rows(
            "SELECT id, series, first, last, count, since, until FROM blocks WHERE series IN (SELECT value FROM json_each(?)) "
            f"AND {condition} ORDER BY {order} LIMIT ?",
            (json.dumps(list(self.wanted)), *parameters, limit),
        )
        for row in rows:
            if self.wanted[row[1]].within(row[2], row[3]):
                yield Span(*row)

    def points(self, span: Span) -> Points:
        return blocks.decoded(span.count, self.database.rows(f"SELECT {blocks.BLOBS} FROM blocks WHERE id = ?", (span.id,))[0])

    def _iterations(self, span: Span) -> list[int]:
        (stored,) = self.database.rows("SELECT iters FROM blocks WHERE id = ?", (span.id,))[0]
        wanted = self.wanted[span.series]
        return [one for one in Whole.of(stored, span.count).list() if one in wanted]

    # Counting

    def count(self) -> int:
        return sum(self._counted(span) for span in self.spans())

    def exists(self) -> bool:
        return any(self._counted(span) for span in self.spans())

    def _counted(self, span: Span) -> int:
        wanted = self.wanted[span.series]
        if wanted.all or (wanted.only is None and wanted.above is not None and span.first > wanted.above):
            return span.count
        return len(self._iterations(span))

    def iterations(self, *, below: int | None, above: int | None, descending: bool, count: int) -> list[int]:
        """The different ones between two bounds, the first `count`."""
        found: list[int] = []
        for span in sorted(self.spans(), key=lambda span: -span.last if descending else span.first):
            if len(found) >= count and ((span.last < found[-1]) if descending else (span.first > found[-1])):
                break
            more = (one for one in self._iterations(span) if (below is None or one < below) and (above is None or one > above))
            found = sorted({*found, *more}, reverse=descending)[:count]
        return found

    def extents(self) -> dict[int, tuple[int, int, int]]:
        """Of each series with points: lowest and highest iteration, newest time."""
        found: dict[int, tuple[int, int, int]] = {}
        for span in self.spans():
            low, high, until = span.first, span.last, span.until
            if not self.wanted[span.series].all:
                points = self.points(span)
                kept = [index for index, one in enumerate(points.iters) if one in self.wanted[span.series]]
                if not kept:
                    continue
                low, high, until = points.iters[kept[0]], points.iters[kept[-1]], max(points.times[index] for index in kept)
            known = found.get(span.series, (low, high, until))
            found[span.series] = min(known[0], low), max(known[1], high), max(known[2], until)
        return found

    # In order

    def rows(
        self, by: str, *, descending: bool, start: SortKey, condition: str, parameters: Sequence[Any]
    ) -> Iterator[tuple[SortKey, Row]]:
        """Points as rows of SCALARS, with their sort keys, from beyond `start` on. condition: on blocks, holds for all that have such.

        PERF: a block is read when its turn comes.
        """
        sign = -1 if descending else 1
        waiting: list[tuple[SortKey, int, Any]] = []
        for span in self.spans(condition, *parameters):
            low = (span.last if descending else span.first) if by == "iter" else (span.until if descending else span.since)
            waiting.append(((sign * low,), span.id, span))
        heapq.heapify(waiting)
        while waiting:
            key, identity, source = waiting[0]
            if isinstance(source, Span):
                source = self._ordered(source, by, sign, start)
            else:
                yield key, source[1]
                source = source[0]
            following = next(source, None)
            if following is None:
                heapq.heappop(waiting)
            else:
                heapq.heapreplace(waiting, (following[0], identity, (source, following[1])))

    def _ordered(self, span: Span, by: str, sign: int, start: SortKey) -> Iterator[tuple[SortKey, Row]]:
        points, wanted, series = self.points(span), self.wanted[span.series], span.series
        keys = points.iters if by == "iter" else points.times
        indices: Sequence[int] = range(len(points))
        if by != "iter":
            indices = sorted(indices, key=(keys if sign > 0 else [-key for key in keys]).__getitem__)
        elif sign < 0:
            indices = indices[::-1]
        begun = False
        for index in indices:
            iteration = points.iters[index]
            key = (sign * keys[index], series, 0, iteration, "")
            begun = begun or key > start
            if begun and (wanted.all or iteration in wanted):
                yield key, (
                    series, 0, iteration, "", points.values[index], points.times[index], points.arrived[index], points.workers[index], None,
                )  # fmt: skip

    # Newest values

    def newest_positive(self, series: int) -> tuple[int, float, int] | None:
        """(iteration, rounded value, newest arrival) of the values above 0: of the highest iteration; of all."""
        rows = self.database.rows(
            "SELECT id, series, first, last, count, since, until, low, newest FROM blocks WHERE series = ? AND high > 0 "
            "ORDER BY first DESC",
            (series,),
        )
        found: tuple[int, float] | None = None
        arrived: list[int] = []
        for *span, low, newest in rows:
            if found is not None and low > 0:
                arrived.append(newest)
                continue
            points = self.points(Span(*span))
            positive = [short > 0 for short in points.shorts]
            if found is None:
                found = max(compress(zip(points.iters, points.shorts, strict=True), positive))
            arrived.append(max(compress(points.arrived, positive)))
        return (*found, max(arrived)) if found is not None else None


# Added up


def buckets(database: Database, series: int, *, key: str, interval: int) -> tuple[dict[int, float], dict[int, int]]:
    """Totals and counts of the points in blocks, by the start of their bucket. PERF: of a block in one bucket no blob is read."""
    low, high, column = ("first", "last", "iters") if key == "iter" else ("since", "until", "times")
    start = "({0} - ((({0}) % ?2) + ?2) % ?2)"
    one = f"{start.format(low)} = {start.format(high)}"
    rows = database.rows(
        f"SELECT count, {start.format(low)}, total, CASE WHEN {one} THEN NULL ELSE {column} END, CASE WHEN {one} THEN NULL ELSE shorts END "
        "FROM blocks WHERE series = ?1 ORDER BY first",
        (series, interval),
    )
    totals: dict[int, float] = {}
    counts: dict[int, int] = {}
    for count, begin, total, keys, shorts in rows:
        if shorts is None:
            totals[begin] = totals.get(begin, 0.0) + total
            counts[begin] = counts.get(begin, 0) + count
        else:
            blocks.add_up(Whole.of(keys, count), blocks.floats(shorts), interval, totals, counts)
    return totals, counts


def single(database: Database, series: int) -> tuple[list[int], list[float]]:
    """Iterations and rounded values of all points in blocks."""
    iterations: list[int] = []
    values: list[float] = []
    for count, iters, shorts in database.rows("SELECT count, iters, shorts FROM blocks WHERE series = ? ORDER BY first", (series,)):
        iterations += Whole.of(iters, count).list()
        values += blocks.floats(shorts)
    return iterations, values
