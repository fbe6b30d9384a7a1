"""Blocks: many points of one scalar series as columns of numbers in blobs. Pure; docs/events.md says where they lie.

A point is what an ordinary scalar event says beyond its series: iteration, value, its 4-byte rounding, timestamp, arrival, worker. The
columns are arrays of the machine's own numbers, so that reading a range is a slice and adding it up runs in C. NOTE: they are
little-endian, as all machines are that we run on.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, cast

from attrs import define, field

_HEAD = struct.Struct("<ccq")
"""How the numbers lie (`r`: rising by a step, which follows; else the array's type), whether they rise, the number that 0 means."""
_STEP = struct.Struct("<q")
_WIDTHS = ((1 << 8, "B"), (1 << 16, "H"), (1 << 32, "I"), (1 << 64, "Q"))

MOST_WHOLE = 2**53
"""A whole number up to here is kept as a double without loss."""


def packed(numbers: Sequence[int]) -> int | bytes:
    """Whole numbers of 64 bits as a column: one number when all are the same, else a blob."""
    first, count = numbers[0], len(numbers)
    step = numbers[1] - first if count > 1 else 0
    if numbers[-1] == first + step * (count - 1) and (step == 0 or abs(step) < 1 << 62):
        regular = [first] * count if step == 0 else range(first, first + step * count, step)
        if list(regular) == list(numbers):
            return first if step == 0 else _HEAD.pack(b"r", b"1" if step > 0 else b"0", first) + _STEP.pack(step)
    lowest = min(numbers)
    span = max(numbers) - lowest
    code = next(code for most, code in _WIDTHS if span < most)
    rises = b"1" if sorted(numbers) == list(numbers) else b"0"
    return _HEAD.pack(code.encode(), rises, lowest) + array(code, [number - lowest for number in numbers]).tobytes()


@define
class Whole:
    """A column of whole numbers, read where it lies: `base` plus `data`, or plus multiples of `step`. rises: none is below the last."""

    count: int
    base: int
    step: int = 0
    data: Sequence[int] | None = None
    rises: bool = True

    @classmethod
    def of(cls, stored: int | bytes, count: int) -> Whole:
        if isinstance(stored, int):
            return cls(count, stored)
        code, rises, base = _HEAD.unpack_from(stored)
        if code == b"r":
            return cls(count, base, _STEP.unpack_from(stored, _HEAD.size)[0], None, rises == b"1")
        return cls(count, base, 0, memoryview(stored)[_HEAD.size :].cast(code.decode()), rises == b"1")

    def __getitem__(self, index: int) -> int:
        return self.base + (self.step * index if self.data is None else self.data[index])

    def list(self) -> list[int]:
        base, step = self.base, self.step
        if self.data is not None:
            return [number + base for number in self.data]
        return list(range(base, base + step * self.count, step)) if step else [base] * self.count

    def index(self, bound: int, low: int = 0) -> int:
        """Of rising numbers, where the first is that is not below the bound; from `low` on."""
        if self.data is not None:
            return bisect_left(self.data, bound - self.base, low)
        if self.step:
            return min(max(-((self.base - bound) // self.step), low), self.count)
        return low if bound <= self.base else self.count

    def find(self, number: int) -> int | None:
        """Of rising numbers, where this one is."""
        at = self.index(number)
        return at if at < self.count and self[at] == number else None


@define
class Points:
    """Points of one series as lists of the same length, by rising iteration, each iteration once.

    values: as sent, floats or whole numbers. shorts: their 4-byte rounding. times, arrived: milliseconds. workers: ids.
    """

    iters: list[int] = field(factory=list)
    values: list[float] = field(factory=list)
    shorts: list[float] = field(factory=list)
    times: list[int] = field(factory=list)
    arrived: list[int] = field(factory=list)
    workers: list[int] = field(factory=list)

    def __len__(self) -> int:
        return len(self.iters)

    def columns(self) -> tuple[list[Any], ...]:
        return self.iters, self.values, self.shorts, self.times, self.arrived, self.workers

    def part(self, start: int, stop: int) -> Points:
        return Points(*(column[start:stop] for column in self.columns()))

    def __add__(self, later: Points) -> Points:
        """These and others, none of which comes before."""
        return joined([self, later])

    def updated(self, others: Points) -> Points:
        """These and others, which replace those of the same iterations."""
        if others.iters[0] > self.iters[-1]:
            return self + others
        rows = dict(zip(self.iters, zip(*self.columns(), strict=True), strict=True))
        rows.update(zip(others.iters, zip(*others.columns(), strict=True), strict=True))
        return Points(*(list(column) for column in zip(*(rows[key] for key in sorted(rows)), strict=True)))

    def without(self, iterations: set[int]) -> Points:
        kept = [index for index, iteration in enumerate(self.iters) if iteration not in iterations]
        return Points(*([column[index] for index in kept] for column in self.columns()))

    def pieces(self, most: int) -> Iterator[Points]:
        """Parts of nearly the same size, none larger than `most`."""
        count = len(self)
        parts = -(-count // most)
        for number in range(parts):
            yield self.part(count * number // parts, count * (number + 1) // parts)


def joined(parts: Sequence[Points]) -> Points:
    """Parts that follow each other, as one."""
    return Points(*(list(chain.from_iterable(columns)) for columns in zip(*(part.columns() for part in parts), strict=True)))


COLUMNS = "first, last, count, since, until, total, low, high, newest, iters, shorts, times, exact, whole, arrived, workers"
"""Of the table `blocks`. first, last: iterations. since, until: times. total: of the rounded values; low, high: their ends. newest: the
last arrival. exact: the values, NULL when they are their roundings. whole: which of them are whole numbers: NULL none, empty all."""
BLOBS = "iters, shorts, times, exact, whole, arrived, workers"


def encoded(points: Points) -> tuple[Any, ...]:
    """A row of COLUMNS."""
    shorts = array("f", points.shorts)
    values = points.values
    exact = None if values == points.shorts else array("d", values).tobytes()
    kinds = set(map(type, values))
    whole = None if kinds == {float} else b"" if kinds == {int} else bytes([type(value) is int for value in values])
    return (
        points.iters[0], points.iters[-1], len(points), min(points.times), max(points.times),
        sum(shorts), min(shorts), max(shorts), max(points.arrived),
        packed(points.iters), shorts.tobytes(), packed(points.times), exact, whole, packed(points.arrived), packed(points.workers),
    )  # fmt: skip


def decoded(count: int, row: Sequence[Any]) -> Points:
    """The points of a row of BLOBS."""
    iters, shorts, times, exact, whole, arrived, workers = row
    rounded = list(floats(shorts))
    values = list(doubles(exact)) if exact is not None else rounded
    if whole is not None:
        values = list(map(int, values)) if not whole else [int(v) if is_whole else v for v, is_whole in zip(values, whole, strict=True)]
    return Points(
        Whole.of(iters, count).list(), values, rounded, Whole.of(times, count).list(), Whole.of(arrived, count).list(),
        Whole.of(workers, count).list(),
    )  # fmt: skip


def floats(stored: bytes) -> Sequence[float]:
    """A column of 4-byte numbers, where it lies."""
    return cast(Sequence[float], memoryview(stored).cast("f"))


def doubles(stored: bytes) -> Sequence[float]:
    """A column of 8-byte numbers, where it lies."""
    return cast(Sequence[float], memoryview(stored).cast("d"))


def add_up(keys: Whole, shorts: Sequence[float], interval: int, totals: dict[int, float], counts: dict[int, int]) -> None:
    """Add the values to the totals of the buckets that their keys fall into, and count them. PERF: one step a bucket, not a point."""
    if not keys.rises:
        for key, value in zip(keys.list(), shorts, strict=True):
            start = key - key % interval
            totals[start] = totals.get(start, 0.0) + value
            counts[start] = counts.get(start, 0) + 1
        return
    here, count = 0, len(shorts)
    while here < count:
        key = keys[here]
        start = key - key % interval
        there = keys.index(start + interval, here + 1)
        totals[start] = totals.get(start, 0.0) + (shorts[here] if there == here + 1 else sum(shorts[here:there]))
        counts[start] = counts.get(start, 0) + there - here
        here = there
