"""Which rows a question is about, in their order, as one statement: a condition, an order and a window become SQL of row numbers.

An order by a part of the body that has no column reads that part once for each row (`_Once`); `compile.py` has everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from attrs import frozen

from apiserver.stores import filters as f
from apiserver.stores.match import split
from apiserver.stores.sqlite.compile import Compiled, is_some, parts_of, sort_column
from apiserver.stores.sqlite.paths import Place
from apiserver.stores.sqlite.table import Table, quote

Sql = tuple[str, list[Any]]
_LIMIT = "LIMIT ? + 0 OFFSET ?"
"""PERF: a sum, so that SQLite does not see it. For a short page it takes reading and sorting everything for cheaper than the first entries
of an index: 50 ms instead of 0.1 for the five newest of 100,000."""


@frozen
class Window:
    """limit: None: no end."""

    skip: int = 0
    limit: int | None = None

    @property
    def parameters(self) -> list[int]:
        return [-1 if self.limit is None else self.limit, self.skip]


def selection(table: Table, where: f.Filter, order: Sequence[f.Order] = (), window: Window = Window(), *, numeric: bool = False) -> Sql:
    """SQL of the row numbers, in order. NOTE: LIMIT is always there: without it SQLite may drop the order inside a join."""
    once = _Once.of(table, where, order, numeric)
    if once is not None:
        return once.selection(window)
    compiled = Compiled(table, numeric)
    condition = compiled.whole(where)
    terms = compiled.order_by(order)
    return f"SELECT t.seq FROM {table.sql_name} t WHERE {condition} ORDER BY {terms} {_LIMIT}", [
        *compiled.parameters,
        *window.parameters,
    ]


def first_selection(table: Table, where: f.Filter, order: Sequence[f.Order], window: Window, *, numeric: bool) -> Sql | None:
    """As `selection`, but only of the rows that certainly have something to be ordered by; with as many as the window is long, these are
    the whole answer. None where that is no shorter way."""
    once = _Once.of(table, where, order, numeric)
    if once is None or once.present or window.limit is None or not once.order[0].descending:
        return None
    has = has_key(table, once.order[0].path)
    if has is None:
        return None
    return once.selection(window, has=has)


def has_key(table: Table, path: str) -> Sql | None:
    """SQL of whether a map has the key that the path leads through, from the number of its keys alone: never false where it has it, and
    seldom true where not. None where the keys of the map are not kept."""
    parts = split(path)
    column = next((column for (name, depth), column in table.shapes.items() if name == parts[0] and 0 < depth < len(parts)), None)
    if column is None or column.keys is None or parts[0] not in table.collection.never_lists:
        return None
    keys = orjson.dumps(list(parts[1 : column.keys + 1])).decode()
    name = "t." + quote(column.name)
    # NOTE: below 0 is a map with a list in it, into which the path may lead.
    return f"({name} < 0 OR {name} IN (SELECT id FROM shapes WHERE instr(keys, ?)))", [keys]


@frozen
class _Once:
    """An order whose first key lies in the body, and whose others are columns.

    PERF: SQLite cuts a part out of a body of some kilobytes in 1.4 us, as often as an expression names it. So one sub-query reads the
    value for each row; what it leaves unsaid (a boolean, a list, an object, null or nothing?) is looked up for those rows only.
    The aliases: t the table, x with `v` the value, y with `w`: 0 a plain value, 1 nothing or null, 2 anything else.
    """

    table: Table
    where: f.Filter
    order: tuple[f.Order, ...]
    numeric: bool
    place: Place
    columns: tuple[str, ...]
    present: bool

    @staticmethod
    def of(table: Table, where: f.Filter, order: Sequence[f.Order], numeric: bool) -> _Once | None:
        if not order or order[0].path == f.TEXT_SCORE or not _in_body(table, order[0].path):
            return None
        place = Place.of(table, parts := split(order[0].path))
        names = tuple(_plain_column(table, key.path) for key in order[1:])
        if place.depth < len(parts) or "" in names:
            return None
        # The list endpoints ask for rows that have something to be ordered by: that is answered by the same look at the body.
        has_some = f.Not(f.In(order[0].path, [None]))
        kept = [part for part in parts_of(where) if part != has_some]
        return _Once(table, f.All(*kept), tuple(order), numeric, place, names, present=len(kept) < len(parts_of(where)))

    def selection(self, window: Window, *, has: Sql | None = None) -> Sql:
        """has: a condition that leaves only rows with something to be ordered by."""
        compiled = Compiled(self.table, self.numeric)
        condition = compiled.whole(self.where)
        prefilter = has or (has_key(self.table, self.order[0].path) if self.present else None)
        if prefilter is not None:
            condition = f"{condition} AND {prefilter[0]}"
            compiled.parameters.extend(prefilter[1])
        columns = "".join(f", t.{name} AS o{number}" for number, name in enumerate(self.columns))
        outer = "".join(f", o{number}" for number in range(len(self.columns)))
        read = f"SELECT t.seq AS seq{columns}, {self.place.value} AS v FROM {self.table.sql_name} t WHERE {condition} LIMIT -1"
        sorted_out = f"SELECT seq{outer}, v, {self._kind()} AS w FROM ({read}) x LIMIT -1"
        where = ""
        if self.present or has is not None:
            where = f" WHERE CASE w WHEN 0 THEN 1 WHEN 1 THEN 0 ELSE {self._present(compiled, has)} END"
        terms = self._terms(compiled)
        sql = f"SELECT seq FROM ({sorted_out}) y{where} ORDER BY {terms} {_LIMIT}"
        return sql, [*compiled.parameters, *window.parameters]

    def _kind(self) -> str:
        """NOTE: `->>` makes 0 and 1 of booleans, texts of objects and lists, NULL of null and of nothing."""
        nothing = f"{self.place.kind} IS 'null' OR ({self.place.kind} IS NULL" + (
            f" AND NOT ({self.place.lists})" if self.place.lists else ""
        )
        other = self._row(f"CASE WHEN {nothing}) THEN 1 WHEN {self.place.kind} IN ('text', 'integer') THEN 0 ELSE 2 END", "x")
        certain = "WHEN 'real' THEN 1 WHEN 'integer' THEN v NOT IN (0, 1) WHEN 'text' THEN substr(v, 1, 1) NOT IN ('{', '[') ELSE 0"
        return f"CASE WHEN CASE typeof(v) {certain} END THEN 0 ELSE {other} END"

    def _present(self, compiled: Compiled, has: Sql | None) -> str:
        """Whether a row whose value is not plain belongs to those with something: to be ordered by, or not null."""
        if has is not None:
            return self._row(f"{compiled.called_key(self.order[0], sort_column)} IS NOT NULL", "y")
        return self._row(compiled.whole(f.Not(f.In(self.order[0].path, [None]))), "y")

    def _terms(self, compiled: Compiled) -> str:
        key = self.order[0]
        direction = " DESC" if key.descending else ""
        # NOTE: an empty list sorts below what is missing, for which SQLite has no value; so it gets a term of its own.
        some = f"CASE w WHEN 2 THEN {self._row(compiled.called_key(key, is_some), 'y')} ELSE 1 END{direction}"
        plain = "folded(v)" if self.numeric else "v"
        value = f"CASE w WHEN 0 THEN {plain} WHEN 1 THEN NULL ELSE {self._row(compiled.called_key(key, sort_column), 'y')} END{direction}"
        terms = [some, value]
        for number, other in enumerate(self.order[1:]):
            name = f"folded(o{number})" if self.numeric and not other.exact else f"o{number}"
            terms.append(name + (" DESC" if other.descending else ""))
        return ", ".join([*terms, "seq DESC" if self.order[-1].descending else "seq"])

    def _row(self, expression: str, outer: str) -> str:
        return f"(SELECT {expression} FROM {self.table.sql_name} t WHERE t.seq = {outer}.seq)"


def _in_body(table: Table, path: str) -> bool:
    return path != "id" and ((column := table.by_field.get(path)) is None or column.many)


def _plain_column(table: Table, path: str) -> str:
    """The column of a plain field, in SQL; empty: there is none."""
    if path == "id":
        return "id"
    column = table.by_field.get(path)
    return quote(column.name) if column is not None and not column.many else ""
