"""Scalars as rows and as blocks: which points go where. All inside the write transaction of the caller.

What always holds, for each series: no iteration is twice, neither in two blocks nor in a block and a row; blocks do not overlap. So readers
add up what they find in both. Rows are what came lately, what came between, and every point that a block cannot hold.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any, cast

import apsw
from attrs import define, frozen

from apiserver.stores.events import SINGLE
from apiserver.stores.sqlite import blocks
from apiserver.stores.sqlite.blocks import Points, Whole
from apiserver.stores.sqlite.connection import Database, fetch

Row = tuple[Any, ...]


@frozen
class Sizes:
    """tail: rows of a series from which they become a block; left: of them, how many of the newest stay rows (several processes may report
    one series, each a little behind the other). straight: points of one series in one batch that become a block at once. full: points from
    which a block grows no more by its neighbours; most: how many it holds at most.
    """

    tail: int = 80
    left: int = 16
    straight: int = 8
    full: int = 1024
    most: int = 4096


DEFAULT = Sizes()
_NEIGHBOURS = 16
_SHARE = 16
"""A block is written anew for a sixteenth of its points, not for fewer; so writing them between costs a fixed part for each."""

PLAIN = (
    f"missing = 0 AND key = '' AND iter > {SINGLE} AND odd IS NULL AND typeof(timestamp) = 'integer' AND "
    f"(typeof(value) = 'real' OR (typeof(value) = 'integer' AND value BETWEEN -{blocks.MOST_WHOLE} AND {blocks.MOST_WHOLE}))"
)
"""Rows that a block can hold."""


@frozen
class Place:
    """A block without its blobs."""

    id: int
    first: int
    last: int
    count: int


@define
class Packer:
    """The blocks of a file, in one write transaction."""

    connection: apsw.Connection
    sizes: Sizes = DEFAULT

    # What is where

    def touched(self, series: int, first: int, last: int) -> list[Place]:
        """The blocks that have iterations from first to last between their ends, in order."""
        rows = fetch(
            self.connection,
            "SELECT id, first, last, count FROM blocks WHERE series = ?1 AND last >= ?2 AND first BETWEEN "
            "coalesce((SELECT max(first) FROM blocks WHERE series = ?1 AND first <= ?2), ?2) AND ?3 ORDER BY first",
            (series, first, last),
        )
        return [Place(*row) for row in rows]

    def read(self, place: Place) -> Points:
        return blocks.decoded(place.count, fetch(self.connection, f"SELECT {blocks.BLOBS} FROM blocks WHERE id = ?", (place.id,))[0])

    def held(self, place: Place, iterations: Iterable[int]) -> set[int]:
        """Which of the iterations the block has."""
        (stored,) = fetch(self.connection, "SELECT iters FROM blocks WHERE id = ?", (place.id,))[0]
        column = Whole.of(stored, place.count)
        return {iteration for iteration in iterations if column.find(iteration) is not None}

    # Putting points into blocks

    def absorb(self, series: int, points: Points, *, at_end: bool = False) -> Points:
        """Put points into blocks, over what these had at the same iterations; no row may be there. Comes back: what is better a row.

        at_end: the caller knows that they come after all blocks.
        """
        if at_end and len(points) >= self.sizes.straight:
            self._insert(series, points, at_end=True)
            return Points()
        rest: list[Points] = []
        between: list[Points] = []
        here = 0
        for place in self.touched(series, points.iters[0], points.iters[-1]):
            inside = bisect_left(points.iters, place.first, here)
            beyond = bisect_left(points.iters, place.last + 1, inside)
            if inside > here:
                between.append(points.part(here, inside))
            if beyond > inside:
                rest += self._inside(series, place, points.part(inside, beyond))
            here = beyond
        if here < len(points):
            between.append(points.part(here, len(points)))
        for number, part in enumerate(between):
            if len(part) < self.sizes.straight:
                rest.append(part)
            elif number == 0:
                self._insert(series, part)
            else:
                # NOTE: the insertion before may have joined the blocks on both sides of this part.
                rest.append(self.absorb(series, part))
        return blocks.joined(rest) if rest else Points()

    def _inside(self, series: int, place: Place, points: Points) -> list[Points]:
        enough = len(points) >= max(self.sizes.straight, place.count // _SHARE)
        if not enough and not self.held(place, points.iters):
            return [points]
        self._replace(series, place, self.read(place).updated(points))
        return []

    def _insert(self, series: int, points: Points, *, at_end: bool = False) -> None:
        """Points between two blocks, or beyond all. Neighbours of the same size or less grow together with them when there are three, so
        that each point is written again a few times until its block is full."""
        before = self._neighbours(series, points.iters[0], "<", "DESC")
        after = [] if at_end else self._neighbours(series, points.iters[-1], ">", "ASC")
        total, mine = len(points), (0, 0)
        while total < self.sizes.full:
            level = _level(total)
            one, two = self._small(before, level), self._small(after, level)
            if one + two < 3 or (one, two) == mine:
                break
            mine = one, two
            total = len(points) + sum(place.count for place in (*before[:one], *after[:two]))
        left, right = before[: mine[0]][::-1], after[: mine[1]]
        if left or right:
            points = blocks.joined([*map(self.read, left), points, *map(self.read, right)])
            self._remove((*left, *right))
        self._write(series, points)

    def _small(self, neighbours: Sequence[Place], level: int) -> int:
        """How many from the first on are of this level at most, and not full."""
        return sum(1 for _ in takewhile(lambda one: one.count < self.sizes.full and _level(one.count) <= level, neighbours))

    def _neighbours(self, series: int, bound: int, sign: str, order: str) -> list[Place]:
        rows = fetch(
            self.connection,
            f"SELECT id, first, last, count FROM blocks WHERE series = ? AND first {sign} ? ORDER BY first {order} LIMIT {_NEIGHBOURS}",
            (series, bound),
        )
        return [Place(*row) for row in rows]

    def _replace(self, series: int, place: Place, points: Points, *, most: int = 0) -> None:
        self._remove([place])
        if len(points):
            self._write(series, points, most=most)

    def _remove(self, places: Iterable[Place]) -> None:
        self.connection.executemany("DELETE FROM blocks WHERE id = ?", [(place.id,) for place in places])

    def _write(self, series: int, points: Points, *, most: int = 0) -> None:
        marks = ",".join("?" * (1 + len(blocks.COLUMNS.split(","))))
        for piece in points.pieces(most or self.sizes.most):
            self.connection.execute(f"INSERT INTO blocks (series, {blocks.COLUMNS}) VALUES ({marks})", (series, *blocks.encoded(piece)))

    # Taking points out of blocks

    def displace(self, series: int, iterations: Sequence[int]) -> None:
        """Take iterations (in order) out of the blocks that have them. PERF: what is left comes back in smaller pieces, since a run that
        goes on from a checkpoint reports one old iteration after the other."""
        for place in self.touched(series, iterations[0], iterations[-1]):
            gone = self.held(place, (iteration for iteration in iterations if place.first <= iteration <= place.last))
            if gone:
                self._replace(series, place, self.read(place).without(gone), most=self.sizes.full // 2)

    # Rows into blocks

    def pack(self, series: int, near: int, *, least: int | None = None, left: int | None = None) -> tuple[int, int]:
        """Make a block of the rows around an iteration: of those beyond the last block, between two, or inside one. How many went, and the
        iteration where the next surroundings begin.

        least, left: instead of the usual numbers of rows.
        """
        sizes = self.sizes
        low, high, inside = self._surroundings(series, near)
        rows = fetch(
            self.connection,
            "SELECT iter, value, coalesce(short, value), timestamp, arrived, worker FROM scalars "
            f"WHERE series = ? AND iter > ? AND iter < ? AND {PLAIN} ORDER BY iter LIMIT ?",
            (series, low, high, sizes.most),
        )
        if high == _END:
            rows = rows[: max(0, len(rows) - (sizes.left if left is None else left))] if len(rows) < sizes.most else rows
        least = sizes.tail - sizes.left if least is None else least
        if inside is not None:
            least = max(least, inside // _SHARE)
        if len(rows) < max(least, sizes.straight):
            return 0, high
        points = Points(*(list(column) for column in zip(*rows, strict=True)))
        points.shorts = list(map(float, points.shorts))
        self.remove_rows(series, points.iters)
        rest = self.absorb(series, points)
        assert not len(rest)
        return len(rows), high

    def _surroundings(self, series: int, near: int) -> tuple[int, int, int | None]:
        """The iterations around one up to the next blocks; of a block: its own, and how many points it has."""
        before = fetch(
            self.connection,
            "SELECT first, last, count FROM blocks WHERE series = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            (series, near),
        )
        if before and before[0][1] >= near:
            return before[0][0] - 1, before[0][1] + 1, before[0][2]
        after = fetch(self.connection, "SELECT min(first) FROM blocks WHERE series = ? AND first > ?", (series, near))[0][0]
        return before[0][1] if before else SINGLE, _END if after is None else after, None

    def remove_rows(self, series: int, iterations: Sequence[int]) -> None:
        self.connection.executemany(
            "DELETE FROM scalars WHERE series = ? AND missing = 0 AND iter = ? AND key = ''", ((series, one) for one in iterations)
        )

    def rows_from(self, after: int) -> int | None:
        """The next series with rows enough for a block. PERF: most series of a large file have a few, and are only counted."""
        sql = "SELECT series FROM scalars WHERE series > ? GROUP BY series HAVING count(*) >= ? LIMIT 1"
        found = fetch(self.connection, sql, (after, WORTH))
        return cast(int, found[0][0]) if found else None

    def next_plain(self, series: int, beyond: int) -> int | None:
        """The next iteration of a row that a block can hold."""
        sql = f"SELECT min(iter) FROM scalars WHERE series = ? AND iter > ? AND {PLAIN}"
        return cast(int | None, fetch(self.connection, sql, (series, beyond))[0][0])


_END = 2**63 - 1
WORTH = 32
"""Rows that make a block of a series nobody may report to any more."""


@define
class Sweeper:
    """Packs what reports alone leave as rows: the ends of series, and files of the first format. after: the series that was done last."""

    database: Database
    sizes: Sizes = DEFAULT
    after: int = 0

    def sweep(self, until: float) -> int:
        """Go on until a moment of `time.monotonic`, or to the end, and begin anew the next time. How many points went into blocks.

        PERF: a transaction holds 4096 points at most, so that reports wait for milliseconds.
        """
        done = 0
        while time.monotonic() < until:
            with self.database.reading():
                packer = Packer(self.database.connection(), self.sizes)
                series = packer.rows_from(self.after)
                near = packer.next_plain(series, SINGLE) if series is not None else None
            if series is None:
                self.after = 0
                break
            while near is not None and time.monotonic() < until:
                with self.database.writing() as connection:
                    packer = Packer(connection, self.sizes)
                    went, end = packer.pack(series, near, least=WORTH, left=0)
                    near = packer.next_plain(series, SINGLE if went else end - 1)
                done += went
            if near is None:
                self.after = series
        return done


def _level(count: int) -> int:
    """Sizes by powers of four."""
    return (count.bit_length() + 1) // 2
