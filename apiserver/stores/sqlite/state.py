"""SqliteStateStore: short-lived state in a file of its own, so that its many small writes never wait for documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import orjson

from apiserver import clock
from apiserver.stores.errors import InvalidValue
from apiserver.stores.sqlite.connection import Database, Options, fetch
from apiserver.stores.state import StateStore

FORMAT_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT, expires REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_expires ON entry (expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS member (key TEXT, member TEXT, score REAL NOT NULL, PRIMARY KEY (key, member)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_score ON member (key, score, member);
"""
_SET = (
    "INSERT INTO entry (key, value, expires) VALUES (?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
)
_LIVE = "(expires IS NULL OR expires > ?)"


class SqliteStateStore(StateStore):
    """See `stores/state.py`. A sorted set is an entry whose value is NULL, with its members beside it."""

    def __init__(self, path: Path, *, options: Options | None = None) -> None:
        """Opens the file and makes what is missing in it. Raises: NewerFile, Unavailable."""
        self._database = Database(path, version=FORMAT_VERSION, prepare=lambda c, found: _prepare(c), options=options)

    # Values

    def get(self, key: str) -> str | None:
        rows = self._database.rows(f"SELECT value FROM entry WHERE key = ? AND {_LIVE}", (key, _now()))
        return rows[0][0] if rows else None

    def get_many(self, keys: Sequence[str]) -> list[str | None]:
        sql = f"SELECT key, value FROM entry WHERE key IN (SELECT value FROM json_each(?)) AND {_LIVE}"
        found: dict[str, str | None] = {row[0]: row[1] for row in self._database.rows(sql, (_listed(keys), _now()))}
        return [found.get(key) for key in keys]

    def set(self, key: str, value: str, *, ttl_s: float | None = None) -> None:
        with self._database.writing() as connection:
            _put(connection, key, value, ttl_s)

    def set_if_absent(self, key: str, value: str, *, ttl_s: float | None = None) -> bool:
        with self._database.writing() as connection:
            if _there(connection, key):
                return False
            _put(connection, key, value, ttl_s)
            return True

    def compare_and_set(self, key: str, expected: str | None, value: str | None, *, ttl_s: float | None = None) -> bool:
        with self._database.writing() as connection:
            there = _there(connection, key)
            current = fetch(connection, "SELECT value FROM entry WHERE key = ?", (key,))[0][0] if there else None
            if (there, current) != (expected is not None, expected):
                return False
            if value is None:
                _remove(connection, [key])
            else:
                _put(connection, key, value, ttl_s)
            return True

    def increment(self, key: str, by: int = 1, *, ttl_s: float | None = None) -> int:
        with self._database.writing() as connection:
            if not _there(connection, key):
                _put(connection, key, str(by), ttl_s)
                return by
            current = fetch(connection, "SELECT value FROM entry WHERE key = ?", (key,))[0][0]
            try:
                total = int(current) + by
            except (TypeError, ValueError) as error:
                raise InvalidValue(f"{key}: not an integer") from error
            connection.execute("UPDATE entry SET value = ? WHERE key = ?", (str(total), key))
            return total

    def delete(self, *keys: str) -> int:
        # PERF: most often there is nothing, and to look takes no lock.
        if not self._database.rows("SELECT 1 FROM entry WHERE key IN (SELECT value FROM json_each(?)) LIMIT 1", (_listed(keys),)):
            return 0
        with self._database.writing() as connection:
            live = [key for key in dict.fromkeys(keys) if _there(connection, key)]
            _remove(connection, list(keys))
            return len(live)

    def keys(self, prefix: str) -> list[str]:
        rows = self._database.rows(f"SELECT key FROM entry WHERE key >= ? AND key < ? AND {_LIVE}", (prefix, prefix + "\U0010ffff", _now()))
        return sorted(row[0] for row in rows)

    # Sorted sets

    def add_member(self, key: str, member: str, score: float, *, ttl_s: float | None = None) -> None:
        with self._database.writing() as connection:
            if not _there(connection, key):
                _remove(connection, [key])
                connection.execute(_SET, (key, None, _deadline(ttl_s)))
            else:
                connection.execute("UPDATE entry SET value = NULL WHERE key = ? AND value IS NOT NULL", (key,))
                if ttl_s is not None:
                    connection.execute("UPDATE entry SET expires = ? WHERE key = ?", (_deadline(ttl_s), key))
            sql = "INSERT INTO member (key, member, score) VALUES (?, ?, ?) ON CONFLICT (key, member) DO UPDATE SET score = excluded.score"
            connection.execute(sql, (key, member, float(score)))

    def score(self, key: str, member: str) -> float | None:
        sql = f"SELECT m.score FROM entry e JOIN member m ON m.key = e.key WHERE e.key = ? AND m.member = ? AND {_LIVE}"
        rows = self._database.rows(sql, (key, member, _now()))
        return rows[0][0] if rows else None

    def members(self, key: str, *, above: float | None = None) -> list[str]:
        sql = (
            f"SELECT m.member FROM entry e JOIN member m ON m.key = e.key WHERE e.key = ? AND {_LIVE} AND (? IS NULL OR m.score > ?)"
            " ORDER BY m.score, m.member"
        )
        return [row[0] for row in self._database.rows(sql, (key, _now(), above, above))]

    def remove_members(self, key: str, *members: str) -> int:
        with self._database.writing() as connection:
            return _take_out(connection, key, "member IN (SELECT value FROM json_each(?))", _listed(members))

    def expire_members(self, key: str, *, up_to: float) -> int:
        with self._database.writing() as connection:
            return _take_out(connection, key, "score <= ?", float(up_to))

    # The store

    def sweep(self) -> int:
        with self._database.writing() as connection:
            expired = [row[0] for row in fetch(connection, "SELECT key FROM entry WHERE expires <= ?", (_now(),))]
            _remove(connection, expired)
        return len(expired)

    def ping(self) -> None:
        self._database.ping()

    def close(self) -> None:
        self._database.close()


def _prepare(connection: apsw.Connection) -> None:
    connection.execute(_SCHEMA)


def _now() -> float:
    return clock.now().timestamp()


def _deadline(ttl_s: float | None) -> float | None:
    return None if ttl_s is None else _now() + ttl_s


def _listed(keys: Sequence[str]) -> str:
    return orjson.dumps(list(keys)).decode()


def _there(connection: apsw.Connection, key: str) -> bool:
    return bool(fetch(connection, f"SELECT 1 FROM entry WHERE key = ? AND {_LIVE}", (key, _now())))


def _put(connection: apsw.Connection, key: str, value: str, ttl_s: float | None) -> None:
    connection.execute("DELETE FROM member WHERE key = ?", (key,))
    connection.execute(_SET, (key, value, _deadline(ttl_s)))


def _remove(connection: apsw.Connection, keys: Sequence[str]) -> None:
    listed = (_listed(keys),)
    connection.execute("DELETE FROM entry WHERE key IN (SELECT value FROM json_each(?))", listed)
    connection.execute("DELETE FROM member WHERE key IN (SELECT value FROM json_each(?))", listed)


def _take_out(connection: apsw.Connection, key: str, which: str, value: str | float) -> int:
    """How many members went. A set without members is gone, as an expired one is."""
    if not _there(connection, key):
        return 0
    connection.execute(f"DELETE FROM member WHERE key = ? AND {which}", (key, value))
    taken = connection.changes()
    if taken and not fetch(connection, "SELECT 1 FROM member WHERE key = ? LIMIT 1", (key,)):
        connection.execute("DELETE FROM entry WHERE key = ?", (key,))
    return taken
