"""The index in which patterns are looked up: trigrams of the folded texts (`literals.py`) of what a collection declares `searched`.

It only says which rows may match; the pattern is always tried too. PERF: adding a document to it alone costs 250 us, among a few hundred
others 30. So rows that are new or changed are noted, found by every search meanwhile, and added together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw
from attrs import frozen

from apiserver.stores.match import leaves, split
from apiserver.stores.sqlite.connection import fetch
from apiserver.stores.sqlite.encoding import decode
from apiserver.stores.sqlite.literals import fold

_TOGETHER = 256


def texts_at(document: dict[str, Any], path: str) -> Iterator[str]:
    """The texts at the path, and those in lists there."""
    for value, _ in leaves(document, split(path)):
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, str):
                yield item


@frozen
class Letters:
    """The index of one collection. rows, name, waiting: tables, in SQL; paths: of its columns `t0`, `t1`, …"""

    rows: str
    name: str
    waiting: str
    paths: tuple[str, ...]

    def make(self, connection: apsw.Connection) -> None:
        """Make the tables, empty."""
        names = ", ".join(f"t{number}" for number in range(len(self.paths)))
        connection.execute(
            f"CREATE VIRTUAL TABLE {self.name} USING fts5({names}, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');"
            f"CREATE TABLE {self.waiting} (seq INTEGER PRIMARY KEY)"
        )

    def drop(self, connection: apsw.Connection) -> None:
        """Remove the tables, if they are there."""
        connection.execute(f"DROP TABLE IF EXISTS {self.name}; DROP TABLE IF EXISTS {self.waiting}")

    def note(self, connection: apsw.Connection, number: int, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        """A document was written."""
        if old is not None and all(old.get(name) == new.get(name) for name in self.paths):
            return
        connection.execute(f"INSERT OR IGNORE INTO {self.waiting} (seq) VALUES (?)", (number,))
        if fetch(connection, f"SELECT count(*) FROM {self.waiting}")[0][0] >= _TOGETHER:
            self.add_waiting(connection)

    def add_waiting(self, connection: apsw.Connection) -> None:
        """Bring the index up to date."""
        names = "".join(f", t{number}" for number in range(len(self.paths)))
        insert = f"INSERT INTO {self.name} (rowid{names}) VALUES (?{', ?' * len(self.paths)})"
        connection.execute(f"DELETE FROM {self.name} WHERE rowid IN (SELECT seq FROM {self.waiting})")
        found = fetch(connection, f"SELECT t.seq, json(t.body) FROM {self.waiting} w CROSS JOIN {self.rows} t ON t.seq = w.seq")
        connection.executemany(insert, ((seq, *self._texts(decode(body))) for seq, body in found))
        connection.execute(f"DELETE FROM {self.waiting}")

    def forget(self, connection: apsw.Connection, numbers: str) -> None:
        """Rows were removed, given as a JSON list of their numbers."""
        for table, name in ((self.name, "rowid"), (self.waiting, "seq")):
            connection.execute(f"DELETE FROM {table} WHERE {name} IN (SELECT value FROM json_each(?))", (numbers,))

    def _texts(self, document: dict[str, Any]) -> tuple[str, ...]:
        """NOTE: literals are printable, so that none goes across the end of a line."""
        return tuple(fold("\n".join(texts_at(document, path))) for path in self.paths)
