"""SqliteDocumentStore: all collections in one file. How documents lie in tables: `table.py`; how conditions become SQL: `compile.py`."""

from __future__ import annotations

import array
import builtins
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import orjson

from apiserver.stores import changes as meaning
from apiserver.stores import grouping
from apiserver.stores.checks import check
from apiserver.stores.collections import ALL, Collection
from apiserver.stores.documents import Cut, Document, DocumentStore, Measure, Updated
from apiserver.stores.errors import DuplicateKey, NotFound
from apiserver.stores.filters import EVERYTHING, Change, Filter, Order
from apiserver.stores.match import project, split
from apiserver.stores.sqlite import groups, migrations
from apiserver.stores.sqlite.compile import Compiled, register
from apiserver.stores.sqlite.connection import Database, Options, fetch
from apiserver.stores.sqlite.encoding import decode, encode
from apiserver.stores.sqlite.projection import WHOLE, Projection
from apiserver.stores.sqlite.searching import narrowed
from apiserver.stores.sqlite.selection import Window, first_selection, selection
from apiserver.stores.sqlite.table import Table

log = logging.getLogger(__name__)

_BATCH = 200


class SqliteDocumentStore(DocumentStore):
    """See `stores/documents.py` for the promises."""

    capabilities = {"transactions": True, "snapshots": True, "text": True}

    def __init__(self, path: Path, *, collections: Sequence[Collection] = ALL, options: Options | None = None) -> None:
        """Opens the file and makes what is missing in it. Raises: NewerFile, Unavailable."""
        self._tables: dict[tuple[str, str], Table] = {(c.database, c.name): Table(c) for c in collections}
        self._projections: dict[tuple[str, str, tuple[str, ...]], Projection] = {}
        self._database = Database(path, version=migrations.CURRENT, prepare=self._prepare, configure=register, options=options)

    def _prepare(self, connection: apsw.Connection, found: int) -> None:
        steps = migrations.needed(found)
        for step in steps:
            log.warning("documents.db: from form %d to %d: %s", found, step.number, step.what)
        for table in self._tables.values():
            anew = {column for step in steps for column in step.anew(table)}
            table.prepare(connection, anew=anew, watch=lambda name, total, items: migrations.Progress(name, total).watch(items))
        self._give_statistics(connection)

    def _give_statistics(self, connection: apsw.Connection) -> None:
        """NOTE: ANALYZE of the schema makes the table of figures and reads it; it looks at no data."""
        wanted = [row for table in self._tables.values() for row in table.statistics()]
        connection.execute("ANALYZE sqlite_schema")
        if sorted(wanted) != sorted(fetch(connection, "SELECT tbl, idx, stat FROM sqlite_stat1")):
            connection.execute("DELETE FROM sqlite_stat1")
            connection.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", wanted)
            connection.execute("ANALYZE sqlite_schema")

    def _table(self, collection: Collection) -> Table:
        table = self._tables.get((collection.database, collection.name))
        if table is None or table.collection is not collection:
            table = Table(collection)
            with self._database.writing() as connection:
                table.prepare(connection)
            self._tables[collection.database, collection.name] = table
        return table

    def _projection(self, table: Table, fields: Sequence[str] | None) -> Projection:
        if fields is None:
            return WHOLE
        key = (table.collection.database, table.collection.name, tuple(fields))
        found = self._projections.get(key)
        if found is None:
            if len(self._projections) > 1000:
                self._projections.clear()
            found = self._projections[key] = Projection.of(table, tuple(fields))
        return found

    # Reading

    def get(self, collection: Collection, key: str, *, fields: Sequence[str] | None = None) -> Document:
        table = self._table(collection)
        shape = self._projection(table, fields)
        rows = self._database.rows(f"SELECT {shape.select} FROM {table.sql_name} t WHERE t.id = ?", (key,)) if isinstance(key, str) else []
        if not rows:
            raise NotFound(collection.name, str(key))
        return self._built(table, shape, rows[0])

    def find(
        self, collection: Collection, where: Filter, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Document | None:
        found = self.list(collection, where, fields=fields, order=order, limit=1)
        return found[0] if found else None

    def list(
        self,
        collection: Collection,
        where: Filter = EVERYTHING,
        *,
        fields: Sequence[str] | None = None,
        order: Sequence[Order] = (),
        skip: int = 0,
        limit: int | None = None,
        numeric: bool = False,
    ) -> builtins.list[Document]:
        table = self._table(collection)
        shape = self._projection(table, fields)
        window = Window(skip, limit)
        where = narrowed(self._database, table, where)
        first = first_selection(table, where, order, window, numeric=numeric)
        rows = self._chosen(table, shape, *first) if first is not None else []
        if first is None or len(rows) < (limit or 0):
            rows = self._chosen(table, shape, *selection(table, where, order, window, numeric=numeric))
        return [self._built(table, shape, row) for row in rows]

    def _chosen(self, table: Table, shape: Projection, sql: str, parameters: Sequence[Any]) -> builtins.list[tuple[Any, ...]]:
        """PERF: sort and cut the row numbers alone, then read the bodies of those that are left, in that order."""
        return self._database.rows(
            f"SELECT {shape.select} FROM ({sql}) chosen CROSS JOIN {table.sql_name} t ON t.seq = chosen.seq", parameters
        )

    def iterate(
        self, collection: Collection, where: Filter = EVERYTHING, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Iterator[Document]:
        table = self._table(collection)
        shape = self._projection(table, fields)
        where = narrowed(self._database, table, where)
        numbers = array.array("q", (row[0] for row in self._database.rows(*selection(table, where, order))))
        for start in range(0, len(numbers), _BATCH):
            batch = orjson.dumps(numbers[start : start + _BATCH].tolist()).decode()
            rows = self._database.rows(
                f"SELECT {shape.select} FROM json_each(?) chosen CROSS JOIN {table.sql_name} t ON t.seq = chosen.value", (batch,)
            )
            for row in rows:
                yield self._built(table, shape, row)

    def count(self, collection: Collection, where: Filter = EVERYTHING, *, numeric: bool = False) -> int:
        table = self._table(collection)
        compiled = Compiled(table, numeric)
        where = narrowed(self._database, table, where)
        sql = f"SELECT count(*) FROM {table.sql_name} t WHERE {compiled.whole(where)}"
        return int(self._database.rows(sql, compiled.parameters)[0][0])

    def distinct(self, collection: Collection, path: str, where: Filter = EVERYTHING) -> builtins.list[Any]:
        table = self._table(collection)
        where = narrowed(self._database, table, where)
        found = groups.distinct(self._database, table, path, where)
        return grouping.distinct(self.iterate(collection, where, fields=(_above(path),)), path) if found is None else found

    def map_keys(self, collection: Collection, path: str, where: Filter = EVERYTHING, *, depth: int = 1) -> builtins.list[tuple[str, ...]]:
        found = groups.map_keys(self._database, self._table(collection), path, where, depth)
        if found is not None:
            return found
        return grouping.map_keys(self.iterate(collection, where, fields=(_above(path),)), path, depth)

    def group(
        self, collection: Collection, where: Filter, *, by: Sequence[str], measures: Sequence[Measure], order: Sequence[Order] = ()
    ) -> builtins.list[Document]:
        table = self._table(collection)
        found = groups.group(self._database, table, where, by, measures)
        if found is not None:
            return found
        fields = {_above(path) for path in (*by, *(m.path for m in measures if m.path), *(o.path for o in order))}
        return grouping.group(self.iterate(collection, where, fields=tuple(sorted(fields))), by, measures, order)

    def elapsed(
        self, collection: Collection, where: Filter, *, by: str, start: str, end: str, unit: timedelta = timedelta(seconds=1)
    ) -> dict[Any, int]:
        found = groups.elapsed(self._database, self._table(collection), where, by, start, end, unit)
        return super().elapsed(collection, where, by=by, start=start, end=end, unit=unit) if found is None else found

    def tally(
        self, collection: Collection, where: Filter, *, by: Sequence[str], start: str, end: str, cut: Cut
    ) -> dict[Any, dict[int, int]]:
        found = groups.tally(self._database, self._table(collection), where, by, start, end, cut)
        return super().tally(collection, where, by=by, start=start, end=end, cut=cut) if found is None else found

    def _built(self, table: Table, shape: Projection, row: tuple[Any, ...]) -> Document:
        document = shape.build(row)
        if document is None:  # a list on the way of a projected path: cut the whole document
            rows = self._database.rows(f"SELECT json(body) FROM {table.sql_name} WHERE id = ?", (row[0],))
            return project(decode(rows[0][0]), shape.fields) if rows else {"id": row[0]}
        return document

    # Writing

    def insert(self, collection: Collection, *documents: Document) -> None:
        table = self._table(collection)
        prepared = []
        for document in documents:
            check(table.collection, document)
            prepared.append((document, (document["id"], *table.row(document), encode(document))))
        with self._database.writing() as connection:
            for document, row in prepared:
                with _explained(table, document):
                    connection.execute(table.insert_sql, row)
                table.index(connection, connection.last_insert_rowid(), None, document)

    def replace(self, collection: Collection, document: Document) -> None:
        table = self._table(collection)
        check(table.collection, document)
        with self._database.writing() as connection:
            rows = fetch(connection, f"SELECT seq, json(body) FROM {table.sql_name} WHERE id = ?", (document["id"],))
            if rows:
                self._write(connection, table, rows[0][0], rows[0][1], document)
            else:
                self.insert(collection, document)

    def update(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        return self._update(self._table(collection), where, changes, limit=1)

    def update_many(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        return self._update(self._table(collection), where, changes, limit=None)

    def _update(self, table: Table, where: Filter, changes: Sequence[Change], limit: int | None) -> Updated:
        modified = 0
        with self._database.writing() as connection:
            numbers = fetch(connection, *selection(table, where, window=Window(limit=limit)))
            for (number,) in numbers:
                text = fetch(connection, f"SELECT json(body) FROM {table.sql_name} WHERE seq = ?", (number,))[0][0]
                document = decode(text)
                meaning.apply(document, changes)
                modified += self._write(connection, table, number, text, document)
        return Updated(matched=len(numbers), modified=modified)

    def find_and_update(
        self,
        collection: Collection,
        where: Filter,
        *changes: Change,
        order: Sequence[Order] = (),
        fields: Sequence[str] | None = None,
        before: bool = False,
    ) -> Document | None:
        table = self._table(collection)
        with self._database.writing() as connection:
            sql, parameters = selection(table, where, order, Window(limit=1))
            found = f"SELECT t.seq, json(t.body) FROM ({sql}) chosen CROSS JOIN {table.sql_name} t ON t.seq = chosen.seq"
            rows = fetch(connection, found, parameters)
            if not rows:
                return None
            number, text = rows[0]
            document = decode(text)
            meaning.apply(document, changes)
            self._write(connection, table, number, text, document)
            after = text if before else encode(document)
        return project(decode(after), fields)

    def delete(self, collection: Collection, where: Filter) -> int:
        table = self._table(collection)
        with self._database.writing() as connection:
            numbers = [row[0] for row in fetch(connection, *selection(table, where))]
            table.forget(connection, orjson.dumps(numbers).decode())
        return len(numbers)

    def _write(self, connection: apsw.Connection, table: Table, number: int, stored: str, document: Document) -> bool:
        """Replace the stored JSON of a row; whether it became different."""
        check(table.collection, document)
        text = encode(document)
        if text == stored:
            return False
        old = decode(stored)
        changed = table.changed(old, document)
        values = (*(table.value(column, document) for column in changed), text, number)
        with _explained(table, document):
            connection.execute(table.update_sql(changed), values)
        table.index(connection, number, old, document)
        return True

    # The store

    def transaction(self) -> AbstractContextManager[None]:
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._database.writing():
            yield

    @contextmanager
    def paused(self) -> Iterator[bool]:
        with self._database.paused():
            yield True

    @contextmanager
    def snapshot(self) -> Iterator[bool]:
        with self._database.snapshot():
            yield True

    def ping(self) -> None:
        self._database.ping()

    def close(self) -> None:
        self._database.close()

    def query_plan(self, collection: Collection, where: Filter, order: Sequence[Order] = ()) -> builtins.list[str]:
        """How SQLite would carry out `list`, a line for each step; for tests and for `trackyard` operators."""
        table = self._table(collection)
        sql, parameters = selection(table, narrowed(self._database, table, where), order, Window(limit=10))
        return self._database.plan(sql, parameters)

    @property
    def path(self) -> Path:
        """The file."""
        return Path(os.fspath(self._database.path))


def _above(path: str) -> str:
    """The path up to the first place in a list, which projections do not know."""
    parts = split(path)
    end = next((place for place, part in enumerate(parts) if place and part.isdigit()), len(parts))
    return ".".join(parts[:end])


@contextmanager
def _explained(table: Table, document: Document) -> Iterator[None]:
    try:
        yield
    except apsw.ConstraintError as error:
        raise DuplicateKey(table.collection.name, _refused(table, document, str(error))) from error


def _refused(table: Table, document: Document, message: str) -> dict[str, Any]:
    """The fields of the unique index that SQLite names: `index 'x'` for one on expressions, else `table.column, …`."""
    for name, _, index in table.indexes:
        columns = ", ".join(f"{table.name}.c_{path}" for path in index.paths)
        if index.unique and (f"'{name}'" in message or message.endswith(": " + columns)):
            return {path: document.get(path) for path in index.paths}
    return {"id": document["id"]}
