"""One SQLite file: its connections (one for each thread of each process), its write transactions, its format version.

Here: opening, pragmas, locking, and the translation of the driver's errors. Not here: any table. Every file of the embedded engine
(`documents.db`, `events.db`, `state.db`, `statistics.db`) is one `Database`; docs/stores.md describes the durability policy.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import apsw
from attrs import Factory, define, field, frozen

from apiserver.stores.errors import InvalidQuery, InvalidValue, StoreError, Unavailable

Row = tuple[Any, ...]
Prepare = Callable[[apsw.Connection, int], None]
"""Makes or completes the tables, in one write transaction; gets the version found in the file (0: a new file)."""


class NewerFile(StoreError):
    """The file was written by a later release, whose format this one does not know."""


@frozen
class Options:
    """How a file is opened.

    synchronous: NORMAL keeps all commits when a process is killed, and the last ones may be missing after a power failure;
    FULL keeps them then too, for one disk flush a commit. Neither ever leaves a broken file.
    busy_timeout_s: how long a write waits for other writers before `Unavailable`.
    cache_kib: page cache of one connection, at most. mapped_mib: of the file read as memory instead of by calls of the system.
    read_only: a file that is there, and that nothing is written into, not even what an older one lacks.
    """

    synchronous: str = "NORMAL"
    busy_timeout_s: float = 30.0
    cache_kib: int = 8192
    mapped_mib: int = 2047
    statements: int = 200
    read_only: bool = False


@define
class _Process:
    """What belongs to one process; a forked child makes its own."""

    pid: int
    generation: int = 0
    write_lock: threading.Lock = field(factory=threading.Lock)
    open: dict[int, apsw.Connection] = Factory(dict)


class _Thread(threading.local):
    connection: apsw.Connection | None = None
    pid: int = 0
    generation: int = -1
    depth: int = 0


_INHERITED: list[object] = []
"""NOTE: connections that a fork copied. SQLite forbids using or closing them in the child, so they are kept from the collector."""


class Database:
    """A file and this process's connections to it. Safe to make before a fork and to use from many threads."""

    def __init__(
        self,
        path: Path,
        *,
        version: int,
        prepare: Prepare,
        configure: Callable[[apsw.Connection], None] | None = None,
        options: Options | None = None,
    ) -> None:
        """Opens the file, runs `prepare`, and closes it again, so that nothing is open at a fork.

        version: the format that this code writes (PRAGMA user_version). configure: registers functions on every new connection.
        Raises: NewerFile; Unavailable when the folder cannot be written.
        """
        self.path = path
        self.options = options or Options()
        self.recorder: list[tuple[str, tuple[Any, ...]]] | None = None
        """What `rows` was asked, while a test listens."""
        self._version = version
        self._configure = configure
        self._process = _Process(os.getpid())
        self._thread = _Thread()
        self._open_file(prepare)

    # Connections

    def connection(self) -> apsw.Connection:
        """This thread's connection, opened at first use."""
        mine, pid = self._thread, os.getpid()
        if mine.connection is not None and mine.pid == pid and mine.generation == self._process.generation:
            return mine.connection
        if self._process.pid != pid:
            _INHERITED.append((self._process, mine.connection))
            self._process = _Process(pid)
        process = self._process
        mine.connection, mine.pid, mine.generation, mine.depth = self._connect(), pid, process.generation, 0
        self._forget_dead_threads(process)
        process.open[threading.get_ident()] = mine.connection
        return mine.connection

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and fetch all it gives. No cursor stays open, so that a later write never meets an old snapshot."""
        if self.recorder is not None:
            self.recorder.append((sql, tuple(parameters)))
        with translated():
            return fetch(self.connection(), sql, parameters)

    def plan(self, sql: str, parameters: Sequence[Any] = ()) -> list[str]:
        """How SQLite would carry out a statement, a line for each step."""
        return [row[3] for row in fetch(self.connection(), "EXPLAIN QUERY PLAN " + sql, parameters)]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All that this thread asks inside sees one state of the file. Nothing may be written inside; in `writing` it does nothing."""
        connection = self.connection()
        if connection.in_transaction:
            yield
            return
        with translated():
            connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """A write transaction (BEGIN IMMEDIATE) of this thread; inside another one it is a part of that.

        Commits at the end, rolls everything back after an exception. Raises: Unavailable when other writers keep the file too long.
        """
        connection, mine = self.connection(), self._thread
        if mine.depth:
            mine.depth += 1
            try:
                with self._savepoint(connection), translated():
                    yield connection
            finally:
                mine.depth -= 1
            return
        # PERF: threads of one process queue here, which is fair and cheap, instead of in SQLite's waiting loop.
        lock = self._process.write_lock
        if not lock.acquire(timeout=self.options.busy_timeout_s):
            raise Unavailable(f"{self.path.name}: other writers hold the file for too long")
        try:
            with translated():
                connection.execute("BEGIN IMMEDIATE")
                mine.depth = 1
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    mine.depth = 0
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        finally:
            lock.release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No process writes into the file in the block. NOTE: by a connection of its own, which writes nothing; read-only ones cannot."""
        with translated():
            connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            with translated():
                connection.set_busy_timeout(int(self.options.busy_timeout_s * 1000))
                connection.execute("BEGIN IMMEDIATE")
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.close(True)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that this thread reads inside is the file of one moment, at the beginning. Writers go on; their changes stay in the WAL."""
        connection = self.connection()
        with translated():
            connection.execute("BEGIN")
            fetch(connection, "SELECT count(*) FROM sqlite_schema")  # NOTE: it begins with the first read
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def in_transaction(self) -> bool:
        """Whether this thread is inside `writing`."""
        return self._thread.depth > 0 and self._thread.pid == os.getpid()

    def ping(self) -> None:
        """Raises: Unavailable when the file cannot be read (or is gone)."""
        if not self.path.exists():
            raise Unavailable(f"{self.path.name}: no such file")
        self.rows("SELECT count(*) FROM sqlite_schema")

    def close(self) -> None:
        """Close every connection of this process; the next use opens new ones."""
        process = self._process
        if process.pid != os.getpid():
            return
        process.generation += 1
        connections = list(process.open.values())
        process.open.clear()
        for connection in connections:
            # NOTE: one that another thread is using right now is closed when that thread opens its next.
            with suppress(apsw.ThreadingViolationError):
                connection.close(True)
        self._thread.connection = None

    def _connect(self) -> apsw.Connection:
        with translated():
            flags = apsw.SQLITE_OPEN_READONLY if self.options.read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
            connection = apsw.Connection(str(self.path), flags=flags, statementcachesize=self.options.statements)
            connection.set_busy_timeout(int(self.options.busy_timeout_s * 1000))
            for pragma in (
                f"synchronous = {self.options.synchronous}",
                f"cache_size = -{self.options.cache_kib}",
                # PERF: reading a document whose body lies on several pages takes 2 us instead of 5.
                f"mmap_size = {self.options.mapped_mib * 1024 * 1024}",
                "temp_store = MEMORY",
                "foreign_keys = OFF",
                "journal_size_limit = 67108864",
            ):
                connection.execute(f"PRAGMA {pragma}")
            if self._configure is not None:
                self._configure(connection)
            return connection

    @staticmethod
    def _forget_dead_threads(process: _Process) -> None:
        threading.current_thread()  # NOTE: makes a thread that was not started by Python known to `enumerate`
        alive = {thread.ident for thread in threading.enumerate()}
        for ident in [ident for ident in process.open if ident not in alive]:
            process.open.pop(ident).close(True)

    @staticmethod
    @contextmanager
    def _savepoint(connection: apsw.Connection) -> Iterator[None]:
        connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK TO part")
                connection.execute("RELEASE part")
            raise
        connection.execute("RELEASE part")

    # The file

    def _open_file(self, prepare: Prepare) -> None:
        if self.options.read_only:
            self._look_at_file()
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{self.path.parent}: cannot make the folder: {error.strerror}") from error
        connection = self._connect()
        try:
            with translated():
                self._use_wal(connection)
                connection.execute("BEGIN IMMEDIATE")
                found = int(fetch(connection, "PRAGMA user_version")[0][0])
                if found > self._version:
                    raise NewerFile(
                        f"{self.path} was written by a newer release (format {found}, this release knows {self._version}): "
                        "use that release, or another data folder"
                    )
                prepare(connection, found)
                if found != self._version:
                    connection.execute(f"PRAGMA user_version = {self._version}")
                connection.execute("COMMIT")
        finally:
            connection.close(True)

    def _look_at_file(self) -> None:
        """NOTE: an older file may lack tables and columns, which is for a server of this release to mend."""
        if not self.path.exists():
            raise Unavailable(f"{self.path}: no such file")
        connection = self._connect()
        try:
            with translated():
                found = int(fetch(connection, "PRAGMA user_version")[0][0])
        finally:
            connection.close(True)
        if found != self._version:
            what = "a newer release" if found > self._version else "an older release; start this one on it once"
            raise NewerFile(f"{self.path} was written by {what} (format {found}, this release knows {self._version})")

    def _use_wal(self, connection: apsw.Connection) -> None:
        """NOTE: SQLite does not wait here while another process makes the same file, so we do."""
        deadline = time.monotonic() + self.options.busy_timeout_s
        while True:
            try:
                if connection.execute("PRAGMA journal_mode").get != "wal":
                    connection.execute("PRAGMA journal_mode = WAL")
                return
            except apsw.BusyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def fetch(connection: apsw.Connection, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """All rows of one statement, inside `writing`."""
    return cast(list[Row], connection.execute(sql, tuple(parameters)).fetchall())


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into the stores' own; a refused unique index stays `apsw.ConstraintError` for the caller to explain."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise Unavailable(f"the file is locked for too long: {error}") from error
    except (apsw.CantOpenError, apsw.IOError, apsw.FullError, apsw.ReadOnlyError) as error:
        raise Unavailable(f"the file cannot be used: {error}") from error
    except (UnicodeEncodeError, OverflowError, apsw.TooBigError) as error:
        raise InvalidValue(f"a value that cannot be stored or searched for: {error}") from error
    except apsw.SQLError as error:
        if not any(word in str(error) for word in ("too many", "too large", "stack overflow", "fts5")):
            raise
        raise InvalidQuery(f"the query is too complex: {error}") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StoreError(f"the file is damaged or is no database: {error}") from error
