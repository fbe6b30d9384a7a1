"""Which rows may match the patterns of a condition, from the indexes of letters and of keys; the condition itself is always tried too."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from apiserver.stores import filters as f
from apiserver.stores.sqlite import literals
from apiserver.stores.sqlite.compile import Rows, literal_prefix, parts_of, rows_with_keys
from apiserver.stores.sqlite.connection import Database
from apiserver.stores.sqlite.table import Table

_FEW, _FEW_OF_MANY = 3_000, 30_000
"""So many rows are looked at one by one, whatever the order. Where more hold the literals of a pattern, reading in the wanted order finds a
page sooner; but not where a pattern says more than its literals, and most of these rows may not match it."""


@frozen
class _Lookup:
    """match: of FTS5; keys: (path, pattern) in the table of keys; exact: the literals are all there is to the patterns."""

    match: str = ""
    keys: tuple[f.Matches, ...] = ()
    exact: bool = True

    def __or__(self, other: _Lookup) -> _Lookup:
        match = " OR ".join(part for part in (self.match, other.match) if part)
        return _Lookup(match, self.keys + other.keys, self.exact and other.exact)


def narrowed(database: Database, table: Table, where: f.Filter) -> f.Filter:
    """The condition with one more for each part that few rows may meet. Raises: InvalidPattern."""
    if table.letters is None:
        return where
    found = [rows for part in parts_of(where) if (lookup := _lookup(table, part)) and (rows := _rows(database, table, lookup))]
    return f.All(*found, where) if found else where


def _lookup(table: Table, condition: f.Filter) -> _Lookup | None:
    """Where what meets the condition is to be found; None: anywhere."""
    if isinstance(condition, f.Matches):
        return _of_pattern(table, condition)
    if isinstance(condition, f.AnyOf) and condition.parts:
        total = _Lookup()
        for part in condition.parts:
            if (found := _lookup(table, part)) is None:
                return None
            total = total | found
        return total
    if isinstance(condition, f.All):
        return next((found for part in condition.parts if (found := _lookup(table, part))), None)
    return None


def _of_pattern(table: Table, condition: f.Matches) -> _Lookup | None:
    letters, path = table.letters, condition.path
    if letters is None or (not condition.ignore_case and literal_prefix(condition.pattern)):
        return None  # NOTE: an index of the field itself finds a beginning
    if path in table.key_paths:
        return _Lookup(keys=(condition,))
    if path not in letters.paths:
        return None
    needed = literals.needed(condition.pattern)
    if needed is None:
        return None
    match = f"{{t{letters.paths.index(path)}}} : {literals.fts(needed)}"
    return _Lookup(match, exact=condition.ignore_case and literals.is_whole(condition.pattern, needed))


def _rows(database: Database, table: Table, lookup: _Lookup) -> Rows | None:
    """None: too many."""
    letters = table.letters
    assert letters is not None
    pieces: list[str] = []
    parameters: list[Any] = []
    if lookup.match:
        few = _FEW if lookup.exact else _FEW_OF_MANY
        matching = f"SELECT rowid FROM {letters.name} WHERE {letters.name} MATCH ?"
        if database.rows(f"SELECT count(*) FROM ({matching} LIMIT ?)", (lookup.match, few))[0][0] >= few:
            return None
        pieces += [matching, f"SELECT seq FROM {letters.waiting}"]
        parameters.append(lookup.match)
    for condition in lookup.keys:
        sql, values = rows_with_keys(table, condition)
        pieces.append(sql)
        parameters += values
    return Rows(" UNION ALL ".join(pieces), tuple(parameters))
