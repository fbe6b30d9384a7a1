"""Selections as SQL over one table of `events.db`, and rows in order from some place on; scalars of blocks among them."""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Any

from attrs import frozen

from apiserver.stores.errors import InvalidQuery
from apiserver.stores.events import SINGLE, Key, Selection, Spot
from apiserver.stores.sqlite import events_tables as t
from apiserver.stores.sqlite.connection import Database, Row
from apiserver.stores.sqlite.events_packed import Blocks, chosen

ABOVE_SINGLE = f"missing = 0 AND iter > {SINGLE}"
IN = "series IN (SELECT value FROM json_each(?))"
OWNER_IN = "owner IN (SELECT owner FROM series WHERE id IN (SELECT value FROM json_each(?)))"


@frozen
class Series:
    """A row of the table of series, with the id of its task or model."""

    id: int
    owner: int
    entity: str
    kind: str
    metric: str
    variant: str


class Question:
    """One table asked for selected rows in order: those with the key first, then those without, equals by what ties them."""

    def __init__(
        self, database: Database, selection: Selection, table: t.Table, series: dict[int, Series], by: str, descending: bool
    ) -> None:
        self.table, self.series = table, series
        self._database = database
        self._where, self._parameters = where_of(selection, table, series)
        if by == "iter":
            self._key, self._has, self._lacks = "iter", "missing = 0", "missing > 0"
        else:
            self._key, self._has, self._lacks = table.times, f"NOT ({table.without_time})", table.without_time
        self._descending = descending
        self._blocks = blocks_of(database, selection, table, series)
        columns = [name.strip() for name in table.columns.split(",")]
        self._ties = [columns.index(name) for name in table.tie]

    def rows(
        self, size: int, *, beyond: Key | None = None, after: tuple[Any, ...] | None = None, at: tuple[int, Any] | None = None
    ) -> list[Row]:
        """size: -1 for all. beyond: keys past this one. after: a position. at: exactly this sort key."""
        found: list[Row] = []
        sign = "<" if self._descending else ">"
        tie = ", ".join(self.table.tie)
        marks = ", ".join("?" * len(self.table.tie))
        if (after is None or not after[0]) and (at is None or not at[0]):
            condition, parameters = "1", tuple[Any, ...]()
            if beyond is not None:
                condition, parameters = f"{self._key} {sign} ?", (beyond,)
            elif after is not None:
                # PERF: the first part alone is a range of an index; without it each page of a log reads all lines before it.
                condition = f"{self._key} {sign}= ? AND ({self._key} {sign} ? OR ({self._key} = ? AND ({tie}) > ({marks})))"
                parameters = (after[1], after[1], after[1], *after[2:])
            elif at is not None:
                condition, parameters = f"{self._key} = ?", (self._plain(at[1]),)
            order = f"{self._key}{' DESC' if self._descending else ''}, {tie}"
            found = self._ask(f"{self._has} AND {condition}", parameters, order, size)
            if self._blocks is not None:
                found = self._merged(found, size, beyond=beyond, after=after, at=at)
        if (len(found) < size or size < 0) and (at is None or at[0]):
            condition, parameters = "1", ()
            if after is not None and after[0]:
                condition, parameters = f"({tie}) > ({marks})", tuple(after[2:])
            found += self._ask(f"{self._lacks} AND {condition}", parameters, tie, size - len(found) if size > 0 else size)
        return found

    def _merged(
        self, found: list[Row], size: int, *, beyond: Key | None, after: tuple[Any, ...] | None, at: tuple[int, Any] | None
    ) -> list[Row]:
        """Rows of the table `scalars` and those of blocks, in one order."""
        sign = -1 if self._descending else 1
        column = 2 if self._key == "iter" else 5
        start: tuple[Any, ...] = ()
        if beyond is not None:
            start = (sign * beyond, float("inf"))
        elif after is not None:
            start = (sign * after[1], *after[2:])
        elif at is not None:
            start = (at[1],)
        bound, condition = (sign * start[0] if start else None), "1"
        if bound is not None:
            side = ("last", "first") if self._key == "iter" else ("until", "since")
            condition = f"{side[1]} <= ?" if self._descending else f"{side[0]} >= ?"
        assert self._blocks is not None
        stream = self._blocks.rows(
            self._key, descending=self._descending, start=start, condition=condition, parameters=() if bound is None else (bound,)
        )
        if at is not None:
            stream = takewhile(lambda entry: entry[0][0] == at[1], stream)
        keyed = (((sign * row[column], *row[:4]), row) for row in found)
        both = (row for _, row in heapq.merge(keyed, stream, key=lambda entry: entry[0]))
        return list(islice(both, size) if size >= 0 else both)

    def sort_key(self, row: Row) -> tuple[int, Any]:
        """(whether the key is missing, the key), to be sorted rising whatever the direction."""
        if self._key == "iter":
            lacks, key = row[1] > 0, row[2]
        else:
            lacks, key = row[5] is None or row[5] == t.NO_TIME, row[5]
        return (1, 0) if lacks else (0, -key if self._descending else key)

    def position(self, row: Row) -> list[Any]:
        lacks, key = self.sort_key(row)
        return [lacks, self._plain(key), *(row[index] for index in self._ties)]

    def _plain(self, key: Any) -> Any:
        return -key if self._descending else key

    def _ask(self, condition: str, parameters: Sequence[Any], order: str, size: int) -> list[Row]:
        sql = f"SELECT {self.table.columns} FROM {self.table.name} WHERE {self._where} AND {condition} ORDER BY {order} LIMIT ?"
        return self._database.rows(sql, (*self._parameters, *parameters, size))


def where_of(selection: Selection, table: t.Table, series: dict[int, Series]) -> tuple[str, list[Any]]:
    """The condition on rows of one table; the selection's entities, types and metrics are in the series already."""
    # PERF: one series is read in the order of its table, without sorting.
    parts = ["series = ?" if len(series) == 1 else IN]
    parameters: list[Any] = [next(iter(series)) if len(series) == 1 else ids_of(series)]
    if table is t.LOGS:
        # PERF: the same for the log of one task.
        owners = {one.owner for one in series.values()}
        parts.append("owner = ?" if len(owners) == 1 else OWNER_IN)
        parameters.append(next(iter(owners)) if len(owners) == 1 else ids_of(series))
    if selection.above is not None:
        parts.append(f"missing = 0 AND iter > {int(selection.above)}")
    if selection.iterations is not None:
        parts.append("missing = 0 AND iter IN (SELECT value FROM json_each(?))")
        parameters.append(json.dumps(selection.iterations))
    if selection.spots is not None:
        parts.append("missing = 0 AND (series, iter) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))")
        parameters.append(json.dumps(_spot_pairs(selection.spots, series)))
    if selection.with_url and table is t.ITEMS:
        parts.append("url IS NOT NULL")
    if selection.valid and table is t.ITEMS:
        parts.append("invalid IS NULL")
    return " AND ".join(parts), parameters


def blocks_of(database: Database, selection: Selection, table: t.Table, series: dict[int, Series]) -> Blocks | None:
    """The selected points that are not in the table; None where all are. NOTE: urls and marks of plots do not concern scalars."""
    if table is not t.SCALARS:
        return None
    spots = _spot_pairs(selection.spots, series) if selection.spots is not None else None
    return Blocks(database, chosen(selection, series, spots))


def _spot_pairs(spots: Sequence[Spot], series: dict[int, Series]) -> list[tuple[int, int]]:
    by_name: dict[tuple[str, str | None], list[int]] = {}
    for one in series.values():
        by_name.setdefault((one.entity, one.metric), []).append(one.id)
        by_name.setdefault((one.entity, None), []).append(one.id)
    return [
        (identity, iteration) for spot in spots for identity in by_name.get((spot.entity, spot.metric), ()) for iteration in spot.iterations
    ]


def ids_of(series: dict[int, Series]) -> str:
    return json.dumps(list(series))


def column_of(key: str) -> str:
    return "iter" if key == "iter" else "timestamp"


def position_of(after: Sequence[Any] | None, table: t.Table) -> tuple[Any, ...] | None:
    if after is None:
        return None
    if len(after) != 2 + len(table.tie):
        raise InvalidQuery("a position of another kind of page")
    return tuple(after)
