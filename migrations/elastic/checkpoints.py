"""What a migration has done, in a folder of its own, so that it goes on after it was killed at any point.

The state is `state.db`; `bad.jsonl` beside it lists the documents that were not taken, one JSON object a line, and is written from it.
A unit is marked as begun before its first document is written, and as done after its last.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from attrs import define, field, frozen

from .units import Unit

BAD_FILE = "bad.jsonl"
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passes (number INTEGER PRIMARY KEY, begun REAL NOT NULL, ended REAL, newest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS indices (pass INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (pass, name));
CREATE TABLE IF NOT EXISTS units (id INTEGER PRIMARY KEY, pass INTEGER NOT NULL, name TEXT NOT NULL, time TEXT, low INTEGER, high INTEGER,
  lacking TEXT NOT NULL, documents INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS units_open ON units (pass, state);
CREATE TABLE IF NOT EXISTS bad (name TEXT NOT NULL, id TEXT NOT NULL, task TEXT, why TEXT NOT NULL, source TEXT, PRIMARY KEY (name, id));
"""
NEW, BEGUN, DONE = 0, 1, 2
LARGEST_KEPT = 1024 * 1024
"""Characters of a bad document that is kept in the file."""


class OtherMigration(Exception):
    """The folder belongs to another migration, or another process works on it."""


@frozen
class BadDocument:
    """A document of the source that was not taken, and why."""

    index: str
    id: str
    task: str | None
    why: str
    source: Any = None


@frozen
class Pass:
    """One walk over the source. newest: {index: {time: ms}} when it began, from where the next pass goes on."""

    number: int
    newest: Mapping[str, Mapping[str, int]]
    ended: bool


@define(eq=False)
class Checkpoints:
    """See the module's text. Safe for threads."""

    folder: Path
    _database: sqlite3.Connection = field(init=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False)
    _held: IO[str] | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(self.folder / "state.db", check_same_thread=False, isolation_level=None, timeout=30)
        # NOTE: survives a kill, and the power cut too: it may never be ahead of what the target has.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise OtherMigration(f"{self.folder} is of a newer Trackyard")
        self._database.execute(f"PRAGMA user_version = {_VERSION}")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process works on the folder. Raises: OtherMigration."""
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise OtherMigration(f"another process works on {self.folder}") from error
            yield

    def belongs_to(self, facts: Mapping[str, str]) -> None:
        """Remember what the migration is from and to. Raises: OtherMigration when the folder is of another one."""
        for name, value in facts.items():
            known = self.fact(name)
            if known is None:
                self._execute("INSERT INTO facts VALUES (?, ?)", (name, value))
            elif known != value:
                raise OtherMigration(
                    f"{self.folder} is of another migration: its {name} is {known}, not {value}; name another --work folder"
                )

    def fact(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def remember(self, name: str, value: str) -> None:
        self._execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    # Passes and units

    def last_pass(self) -> Pass | None:
        rows = self._rows("SELECT number, newest, ended FROM passes ORDER BY number DESC LIMIT 1")
        return Pass(rows[0][0], json.loads(rows[0][1]), rows[0][2] is not None) if rows else None

    def newest_of(self, number: int) -> Mapping[str, Mapping[str, int]]:
        """Of a pass; nothing when there was none."""
        rows = self._rows("SELECT newest FROM passes WHERE number = ?", (number,))
        return dict(json.loads(rows[0][0])) if rows else {}

    def begin_pass(self, newest: Mapping[str, Mapping[str, int]], *, at: float) -> Pass:
        last = self.last_pass()
        number = last.number + 1 if last else 1
        self._execute("INSERT INTO passes (number, begun, newest) VALUES (?, ?, ?)", (number, at, json.dumps(newest)))
        return Pass(number, newest, False)

    def end_pass(self, number: int, *, at: float) -> None:
        self._execute("UPDATE passes SET ended = ? WHERE number = ?", (at, number))

    def is_cut(self, number: int, index: str) -> bool:
        return bool(self._rows("SELECT 1 FROM indices WHERE pass = ? AND name = ?", (number, index)))

    def add_units(self, number: int, index: str, units: Iterable[Unit]) -> None:
        """All units of an index in a pass, or none."""
        rows = [(number, one.index, one.time, one.low, one.high, json.dumps(one.lacking), one.documents) for one in units]
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("INSERT INTO units (pass, name, time, low, high, lacking, documents) VALUES (?,?,?,?,?,?,?)", rows)
            self._database.execute("INSERT INTO indices VALUES (?, ?)", (number, index))
            self._database.execute("COMMIT")

    def open_units(self, number: int) -> list[tuple[int, Unit, bool]]:
        """(number, unit, whether it was begun before) of what is not done, those that were begun first."""
        sql = "SELECT id, name, time, low, high, lacking, documents, state FROM units WHERE pass = ? AND state < ? ORDER BY state DESC, id"
        return [
            (row[0], Unit(row[1], row[2], row[3], row[4], tuple(json.loads(row[5])), row[6]), row[7] == BEGUN)
            for row in self._rows(sql, (number, DONE))
        ]

    def begin(self, unit: int) -> None:
        self._execute("UPDATE units SET state = ? WHERE id = ?", (BEGUN, unit))

    def finish(self, unit: int, documents: int) -> None:
        self._execute("UPDATE units SET state = ?, done = ? WHERE id = ?", (DONE, documents, unit))

    def totals(self, number: int) -> tuple[int, int]:
        """(documents of all units, of those that are done) of a pass."""
        done = "coalesce(sum(CASE WHEN state = ? THEN max(done, documents) ELSE 0 END), 0)"
        sql = f"SELECT coalesce(sum(documents), 0), {done} FROM units WHERE pass = ?"
        ((every, finished),) = self._rows(sql, (DONE, number))
        return max(every, finished), finished

    def left(self) -> float:
        """The part of the source that is still to be copied: 1 before the first pass, 0 when a pass has ended."""
        last = self.last_pass()
        if last is None or (last.number == 1 and not self._rows("SELECT 1 FROM units LIMIT 1")):
            return 1
        if last.ended or last.number > 1:
            return 0
        every, done = self.totals(last.number)
        return 1 - done / every if every else 0

    # Bad documents

    def add_bad(self, found: Sequence[BadDocument]) -> None:
        """Known once, however often they are met."""
        if not found:
            return
        rows = [(one.index, _plain(one.id), None if one.task is None else _plain(one.task), one.why, _kept(one.source)) for one in found]
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("INSERT OR REPLACE INTO bad VALUES (?,?,?,?,?)", rows)
            self._database.execute("COMMIT")

    def forget_bad(self, index: str, taken: Collection[str]) -> None:
        """Of documents that were replaced by good ones since."""
        for one in self.bad_ids(index) & set(taken):
            self._execute("DELETE FROM bad WHERE name = ? AND id = ?", (index, one))

    def bad_count(self) -> int:
        return int(self._rows("SELECT count(*) FROM bad")[0][0])

    def bad_by_task(self, index: str) -> dict[str, int]:
        sql = "SELECT task, count(*) FROM bad WHERE name = ? AND task IS NOT NULL GROUP BY task"
        return {row[0]: row[1] for row in self._rows(sql, (index,))}

    def bad_ids(self, index: str) -> set[str]:
        return {row[0] for row in self._rows("SELECT id FROM bad WHERE name = ?", (index,))}

    def write_bad(self) -> Path:
        """The file of bad documents, as a whole or as it was."""
        file, half = self.folder / BAD_FILE, self.folder / f"{BAD_FILE}.new"
        with self._lock, half.open("w", encoding="utf-8") as out:
            for index, one, task, why, source in self._database.execute("SELECT name, id, task, why, source FROM bad ORDER BY name, id"):
                line = {"index": index, "id": one, "task": task, "why": why, "document": json.loads(source)}
                out.write(json.dumps(line) + "\n")
        os.replace(half, file)
        return file

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(sql, parameters).fetchall()

    def _execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        with self._lock:
            self._database.execute(sql, parameters)


def _kept(source: Any) -> str:
    """The document as JSON; of a very large one nothing, since it stays where it is."""
    text = json.dumps(source)
    return text if len(text) <= LARGEST_KEPT else "null"


def _plain(text: str) -> str:
    """NOTE: texts that are no Unicode are among what makes documents bad."""
    return text.encode(errors="backslashreplace").decode()
