"""SqliteStatisticsStore: measurements in a file of their own, one table a kind, texts kept once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import orjson

from apiserver.stores.errors import InvalidValue
from apiserver.stores.sqlite.connection import Database, Options, fetch
from apiserver.stores.statistics import KINDS, NO_LABELS, Figure, Kind, Row, Rows, Span, StatisticsStore

FORMAT_VERSION = 1


class SqliteStatisticsStore(StatisticsStore):
    """See `stores/statistics.py`. Labels and companies are ids of the table `word`."""

    def __init__(self, path: Path, *, options: Options | None = None) -> None:
        """Opens the file and makes what is missing in it. Raises: NewerFile, Unavailable."""
        self._database = Database(path, version=FORMAT_VERSION, prepare=lambda connection, found: _prepare(connection), options=options)

    def add(self, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            with self._database.writing() as connection:
                _insert(connection, kind, company, rows)

    # Everything

    def put(self, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]], *, run: str, first: int) -> None:
        name = f"{run}/{kind.name}/{company}"
        with self._database.writing() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID")
            known = fetch(connection, "SELECT rows FROM run WHERE name = ?", (name,))
            left = rows[max(0, known[0][0] - first) :] if known else rows
            if left:
                _insert(connection, kind, company, left)
                connection.execute("INSERT OR REPLACE INTO run (name, rows) VALUES (?, ?)", (name, first + len(rows)))

    def companies(self, kind: Kind) -> list[str]:
        # PERF: one search for each company, whatever the number of rows.
        sql = f"SELECT text FROM word WHERE EXISTS (SELECT 1 FROM {kind.name} WHERE company = word.id) ORDER BY text"
        return [row[0] for row in self._database.rows(sql)]

    def rows(self, kind: Kind, company: str, *, size: int, after: Sequence[Any] | None = None) -> Rows:
        names = ["timestamp", *kind.labels, *kind.figures]
        columns = ["timestamp", *(f"(SELECT text FROM word WHERE id = {label}) AS {label}" for label in kind.labels), *kind.figures]
        # PERF: `+company`: in the order of the table; the index would be sorted anew for each page.
        found = self._database.rows(
            f"SELECT rowid, {', '.join(columns)} FROM {kind.name} WHERE +company = (SELECT id FROM word WHERE text = ?) AND rowid > ? "
            "ORDER BY rowid LIMIT ?",
            (company, after[0] if after else 0, size),
        )
        rows = [{name: value for name, value in zip(names, row[1:], strict=True) if value is not None} for row in found]
        return Rows(rows, [found[-1][0]] if len(found) == size else None)

    @contextmanager
    def snapshot(self) -> Iterator[bool]:
        with self._database.snapshot():
            yield True

    # Questions

    def series(
        self,
        kind: Kind,
        company: str,
        span: Span,
        figures: Sequence[Figure],
        *,
        by: Sequence[str] = (),
        where: Mapping[str, Sequence[str]] = NO_LABELS,
        present: Sequence[str] = (),
    ) -> list[Row]:
        names = ["bucket", *by, *(figure.name for figure in figures)]
        numbers = [f"count(DISTINCT {f.of})" if f.kind == "distinct" else f"{f.kind}({f.of})" for f in figures]
        conditions, values = _conditions(company, where, present, span)
        groups = ", ".join(["1", *by])
        sql = f"SELECT {', '.join([_bucket(span), *by, *numbers])} FROM {kind.name} WHERE {conditions} GROUP BY {groups}"
        return self._rows(names, by, sql, values)

    def greatest(
        self,
        kind: Kind,
        company: str,
        span: Span,
        order: Sequence[str],
        *,
        by: Sequence[str] = (),
        where: Mapping[str, Sequence[str]] = NO_LABELS,
    ) -> list[Row]:
        names = ["bucket", *by, *kind.figures]
        conditions, values = _conditions(company, where, (), span)
        groups, best = ", ".join([_bucket(span), *by]), ", ".join(f"{name} DESC" for name in order)
        place = f"row_number() OVER (PARTITION BY {groups} ORDER BY {best}) AS place"
        inner = f"SELECT {', '.join([f'{_bucket(span)} AS bucket', *by, *kind.figures, place])} FROM {kind.name} WHERE {conditions}"
        sql = f"SELECT {', '.join(names)} FROM ({inner}) WHERE place = 1"
        return self._rows(names, by, sql, values)

    def counts(self, kind: Kind, company: str, by: Sequence[str], *, where: Mapping[str, Sequence[str]] = NO_LABELS) -> list[Row]:
        conditions, values = _conditions(company, where, (), None)
        groups = ", ".join(by)
        sql = f"SELECT {groups}, count(*) FROM {kind.name} WHERE {conditions} GROUP BY {groups}"
        return self._rows([*by, "count"], by, sql, values)

    def ping(self) -> None:
        self._database.ping()

    def close(self) -> None:
        self._database.close()

    def _rows(self, names: Sequence[str], by: Sequence[str], sql: str, values: Sequence[Any]) -> list[Row]:
        """The rows as dicts, with the labels' ids turned into texts. Words never change, so two reads agree."""
        found = [dict(zip(names, row, strict=True)) for row in self._database.rows(sql, values)]
        ids = sorted({row[label] for row in found for label in by if row[label] is not None})
        lookup = "SELECT id, text FROM word WHERE id IN (SELECT value FROM json_each(?))"
        texts: dict[int, str] = dict(self._database.rows(lookup, (orjson.dumps(ids).decode(),))) if ids else {}
        for row in found:
            for label in by:
                row[label] = texts.get(row[label])
        return sorted(found, key=lambda row: (row.get("bucket", 0), -row.get("count", 0), [row[label] or "" for label in by]))


def _prepare(connection: apsw.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)")
    for kind in KINDS:
        columns = [f"{label} INTEGER" for label in kind.labels] + [f"{figure} REAL" for figure in kind.figures]
        table = ", ".join(["company INTEGER NOT NULL", "timestamp INTEGER NOT NULL", *columns])
        first = ", ".join(["company", *filter(None, [kind.lookup]), "timestamp"])
        connection.execute(f"CREATE TABLE IF NOT EXISTS {kind.name} ({table})")
        connection.execute(f"CREATE INDEX IF NOT EXISTS {kind.name}_first ON {kind.name} ({first})")


def _insert(connection: apsw.Connection, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = ("company", "timestamp", *kind.labels, *kind.figures)
    sql = f"INSERT INTO {kind.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    ids = _ids(connection, {company, *(row[label] for row in rows for label in kind.labels if row.get(label) is not None)})
    connection.executemany(sql, [_values(kind, ids[company], ids, row) for row in rows])


def _ids(connection: apsw.Connection, words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        rows = fetch(connection, "SELECT id FROM word WHERE text = ?", (word,))
        found[word] = rows[0][0] if rows else fetch(connection, "INSERT INTO word (text) VALUES (?) RETURNING id", (word,))[0][0]
    return found


def _values(kind: Kind, company: int, ids: Mapping[str, int], row: Mapping[str, Any]) -> list[Any]:
    timestamp = row["timestamp"]
    if not -(2**63) <= timestamp < 2**63:
        raise InvalidValue(f"a time beyond 64 bits: {timestamp}")
    labels = [None if row.get(label) is None else ids[row[label]] for label in kind.labels]
    try:
        return [company, timestamp, *labels, *(None if row.get(name) is None else float(row[name]) for name in kind.figures)]
    except OverflowError as error:
        raise InvalidValue(f"a number that cannot be stored: {error}") from error


def _bucket(span: Span) -> str:
    """SQL of the bucket of a row. NOTE: SQLite's remainder has the sign of the number, and times before 1970 are negative."""
    interval = int(span.interval_ms)
    return f"(timestamp - ((timestamp % {interval}) + {interval}) % {interval})"


def _conditions(company: str, where: Mapping[str, Sequence[str]], present: Sequence[str], span: Span | None) -> tuple[str, list[Any]]:
    conditions, values = ["company = (SELECT id FROM word WHERE text = ?)"], [company]
    for label, allowed in where.items():
        # NOTE: as one JSON text, so that the number of values has no limit and the statement stays the same.
        conditions.append(f"{label} IN (SELECT id FROM word WHERE text IN (SELECT value FROM json_each(?)))")
        values.append(_listed(allowed))
    conditions += [f"{label} IS NOT NULL" for label in present]
    if span is None:
        return " AND ".join(conditions), values
    return " AND ".join([*conditions, "timestamp BETWEEN ? AND ?"]), [*values, span.first_ms, span.last_ms]


def _listed(texts: Sequence[str]) -> str:
    try:
        return orjson.dumps(list(texts)).decode()
    except orjson.JSONEncodeError as error:
        raise InvalidValue(f"a text that cannot be searched for: {error}") from error
