"""One collection as a table: its columns, indexes and statements, derived from the collection's declaration.

A row is (seq, id, columns…, body): the body is the whole document as JSONB; the columns repeat those top-level fields that are filtered
and sorted by, encoded so that SQLite compares them as MongoDB does (`encoding.to_column`). NOTE: columns come before the body, so that
a scan over them need not read it.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Container, Iterable, Iterator, Set
from functools import cached_property
from hashlib import blake2b
from typing import Any

import apsw
import orjson
from attrs import define, frozen

from apiserver.stores.collections import Collection, Index
from apiserver.stores.errors import InvalidValue
from apiserver.stores.grouping import map_keys
from apiserver.stores.sqlite.connection import fetch
from apiserver.stores.sqlite.encoding import decode, encode_key, to_column, to_list_column
from apiserver.stores.sqlite.letters import Letters, texts_at

_ROWS = 100_000
_ALIKE = {
    "company": 1.0, "project": 0.01, "user": 0.1, "type": 0.2, "status": 0.2, "parent": 0.001, "framework": 0.2, "featured": 1.0,
    "name": 0.0001, "basename": 0.001, "uri": 0.00002, "task": 0.0005,
}  # fmt: skip
_ALIKE_OTHERWISE = 0.00001
"""The part of all rows that have the same value in a column, about."""
_SCALARS = ("text", "int", "float", "bool", "date")


_Item = tuple[int, dict[str, Any]]
Watch = Callable[[str, int, Iterator[_Item]], Iterable[_Item]]
"""Given what is done, how many documents there are, and them: gives them on."""


@frozen
class Column:
    """name: in SQL; field: the document's. many: a list of texts, as JSON.

    keys: a number stands for the keys of a map, so deep, or with 0 for the texts of a list.
    """

    name: str
    field: str
    many: bool = False
    keys: int | None = None


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL text."""
    return "'" + text.replace("'", "''") + "'"


def json_path(parts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """(SQL literal of the JSON path to as many parts as it can say, the remaining parts). Quotes and backslashes it cannot say."""
    said = 0
    for part in parts:
        if '"' in part or "\\" in part or not part.isprintable():
            break
        said += 1
    return literal("$" + "".join(f'."{encode_key(part)}"' for part in parts[:said])), parts[said:]


@define(slots=False, eq=False)
class Table:
    """See the module's text."""

    collection: Collection

    @cached_property
    def name(self) -> str:
        return f"{self.collection.database}_{self.collection.name}"

    @cached_property
    def sql_name(self) -> str:
        return quote(self.name)

    @cached_property
    def text_name(self) -> str:
        return quote(self.name + "_text")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every declared top-level scalar but free texts; free texts and lists where an index names them, or they are searched."""
        indexed = {path.removeprefix("-") for index in self.collection.indexes for path in index.paths}
        indexed |= {field for fields in self.collection.covered for field in fields} - set(self.collection.keys)
        indexed |= set(self.collection.searched)
        found = []
        for name, declared in self.collection.fields.items():
            if name == "id" or "." in name:
                continue
            if declared.kind in _SCALARS and (declared.kind != "text" or declared.reference or name in indexed):
                found.append(Column("c_" + name, name))
            elif declared.kind == "list" and not declared.fields and name in indexed:
                found.append(Column("l_" + name, name, many=True))
        return (*found, *self.shapes.values())

    @cached_property
    def shapes(self) -> dict[tuple[str, int], Column]:
        """{(field, depth): column} of the maps whose keys are kept, each set of keys once in the table `shapes`."""
        return {(name, depth): Column("k_" + name, name, keys=depth) for name, depth in self.collection.keys.items()}

    @cached_property
    def by_field(self) -> dict[str, Column]:
        return {column.field: column for column in self.columns if column.keys is None}

    @cached_property
    def key_paths(self) -> tuple[str, ...]:
        """Indexed and searched paths that are no column (they lead into lists or objects): their texts are kept in the table of keys."""
        paths = {path.removeprefix("-") for index in self.collection.indexes if len(index.paths) == 1 for path in index.paths}
        paths |= {path for path in self.collection.searched if "." in path}
        return tuple(sorted(path for path in paths if path != "id" and ("." in path or self.by_field.get(path, Column("", "")).many)))

    @cached_property
    def letters(self) -> Letters | None:
        """The index of letters."""
        paths = tuple(path for path in self.collection.searched if "." not in path)
        return Letters(self.sql_name, quote(self.name + "_letters"), quote(self.name + "_waiting"), paths) if paths else None

    @cached_property
    def keys_name(self) -> str:
        return quote(self.name + "_keys")

    # Making

    def prepare(
        self, connection: apsw.Connection, *, anew: Set[Column] = frozenset(), watch: Watch = lambda name, total, items: items
    ) -> None:
        """Make the table, or add the columns and indexes that a newer declaration has. Runs in a write transaction.

        anew: columns whose values are to be made again. watch: is given what has many documents to go through.
        """
        columns = "".join(f", {quote(c.name)}" for c in self.columns)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.sql_name} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE{columns}, body BLOB)"
        )
        connection.execute("CREATE TABLE IF NOT EXISTS shapes (id INTEGER PRIMARY KEY, keys TEXT NOT NULL)")
        self._complete_columns(connection, anew, watch)
        self._make_indexes(connection)
        self._make_sides(connection, watch)

    def _make_sides(self, connection: apsw.Connection, watch: Watch) -> None:
        """The table of keys and the indexes of texts; each made anew, from all documents, when it was declared otherwise before."""
        connection.execute("CREATE TABLE IF NOT EXISTS declaration (name TEXT PRIMARY KEY, sides TEXT) WITHOUT ROWID")
        there: dict[str, str] = dict(
            fetch(connection, "SELECT name, sides FROM declaration WHERE name = ? OR name LIKE ? || '/%'", (self.name, self.name))
        )
        if self.name in there:  # before form 2, all in one
            there |= {
                f"{self.name}/{side}": repr(found) for side, found in zip(("keys", "text"), literal_eval(there[self.name]), strict=True)
            }
        wanted = {f"{self.name}/{side}": repr(found) for side, found in self._sides.items()}
        made = {name.rpartition("/")[2] for name, found in wanted.items() if there.get(name) != found}
        connection.execute("DELETE FROM declaration WHERE name = ?", (self.name,))
        connection.executemany("INSERT OR REPLACE INTO declaration (name, sides) VALUES (?, ?)", wanted.items())
        if "keys" in made:
            self._make_keys(connection)
        if "text" in made:
            self._make_text(connection)
        if "letters" in made and self.letters is not None:
            self.letters.drop(connection)
            self.letters.make(connection)
        filled = {side for side in made if self._sides[side]}
        if filled:
            what = f"{self.name}, {' and '.join(sorted(filled))}"
            for seq, document in watch(what, self._count(connection), self._all(connection)):
                self._index(connection, seq, None, document, filled)

    @cached_property
    def _sides(self) -> dict[str, Any]:
        """What is kept beside the rows, and the fields that it is made of."""
        return {"keys": self.key_paths, "text": tuple(self.collection.text), "letters": self.letters.paths if self.letters else ()}

    def _make_keys(self, connection: apsw.Connection) -> None:
        connection.execute(f"DROP TABLE IF EXISTS {self.keys_name}")
        if self.key_paths:
            connection.execute(
                f"CREATE TABLE {self.keys_name} (path TEXT, value TEXT, seq INTEGER, PRIMARY KEY (path, value, seq)) WITHOUT ROWID;"
                f"CREATE INDEX {quote(self.name + '_keys_seq')} ON {self.keys_name} (seq)"
            )

    def _make_text(self, connection: apsw.Connection) -> None:
        connection.execute(f"DROP TABLE IF EXISTS {self.text_name}")
        if self.collection.text:
            names = ", ".join(f"t{number}" for number in range(len(self.collection.text)))
            connection.execute(
                f"CREATE VIRTUAL TABLE {self.text_name} USING fts5({names}, content='', contentless_delete=1,"
                " tokenize=\"porter unicode61 remove_diacritics 2 tokenchars '_'\")"
            )

    def index(self, connection: apsw.Connection, number: int, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        """Bring the shapes, the table of keys and the indexes of texts up to date with a document that was written."""
        self._know_shapes(connection, new, [c for c in self.shapes.values() if old is None or self._differs(c, old, new)])
        self._index(connection, number, old, new, self._sides)

    def _index(
        self, connection: apsw.Connection, number: int, old: dict[str, Any] | None, new: dict[str, Any], sides: Container[str]
    ) -> None:
        if self.letters is not None and "letters" in sides:
            self.letters.note(connection, number, old, new)
        if self.collection.text and "text" in sides:
            texts = self.texts(new)
            before = self.texts(old) if old is not None else ()
            if texts != before:
                if any(before):
                    connection.execute(f"DELETE FROM {self.text_name} WHERE rowid = ?", (number,))
                if any(texts):
                    connection.execute(self.insert_text_sql, (number, *texts))
        if self.key_paths and "keys" in sides:
            keys = self.keys(new)
            before_keys = self.keys(old) if old is not None else frozenset()
            for path, text in before_keys - keys:
                connection.execute(f"DELETE FROM {self.keys_name} WHERE path = ? AND value = ? AND seq = ?", (path, text, number))
            for path, text in keys - before_keys:
                connection.execute(f"INSERT INTO {self.keys_name} (path, value, seq) VALUES (?, ?, ?)", (path, text, number))

    def _know_shapes(self, connection: apsw.Connection, document: dict[str, Any], columns: list[Column]) -> None:
        for column in columns:
            number, text = shape(document.get(column.field), column.keys or 0)
            if number is not None:
                connection.execute("INSERT OR IGNORE INTO shapes (id, keys) VALUES (?, ?)", (number, text))

    def forget(self, connection: apsw.Connection, numbers: str) -> None:
        """Remove rows, given as a JSON list of their numbers, from everywhere."""
        chosen = "IN (SELECT value FROM json_each(?))"
        connection.execute(f"DELETE FROM {self.sql_name} WHERE seq {chosen}", (numbers,))
        if self.collection.text:
            connection.execute(f"DELETE FROM {self.text_name} WHERE rowid {chosen}", (numbers,))
        if self.key_paths:
            connection.execute(f"DELETE FROM {self.keys_name} WHERE seq {chosen}", (numbers,))
        if self.letters is not None:
            self.letters.forget(connection, numbers)

    def _complete_columns(self, connection: apsw.Connection, anew: Set[Column], watch: Watch) -> None:
        there = {row[1] for row in fetch(connection, f"PRAGMA table_info({self.sql_name})")}
        missing = [column for column in self.columns if column.name not in there]
        for column in missing:
            connection.execute(f"ALTER TABLE {self.sql_name} ADD COLUMN {quote(column.name)}")
        missing += [column for column in self.columns if column in anew and column not in missing]
        if missing:
            same = " AND ".join(f"{quote(c.name)} IS ?" for c in missing)
            sets = ", ".join(f"{quote(c.name)} = ?" for c in missing)
            for seq, document in watch(f"{self.name}, columns", self._count(connection), self._all(connection)):
                values = [self.value(column, document) for column in missing]
                connection.execute(f"UPDATE {self.sql_name} SET {sets} WHERE seq = ? AND NOT ({same})", (*values, seq, *values))
                self._know_shapes(connection, document, [column for column in missing if column.keys is not None])

    def _count(self, connection: apsw.Connection) -> int:
        return int(fetch(connection, f"SELECT count(*) FROM {self.sql_name}")[0][0])

    def _all(self, connection: apsw.Connection) -> Iterator[tuple[int, dict[str, Any]]]:
        """(seq, document) of every row, few in memory at a time; the rows may be written to meanwhile."""
        sql, last = f"SELECT seq, json(body) FROM {self.sql_name} WHERE seq > ? ORDER BY seq LIMIT 200", -1
        while rows := fetch(connection, sql, (last,)):
            for seq, body in rows:
                yield seq, decode(body)
            last = rows[-1][0]

    def _make_indexes(self, connection: apsw.Connection) -> None:
        wanted = {name: sql for name, sql, _ in self.indexes}
        sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        there = {row[0] for row in fetch(connection, sql, (self.name,))}
        for name in sorted(there - set(wanted)):
            connection.execute(f"DROP INDEX {quote(name)}")
        for name, sql in wanted.items():
            if name not in there:
                connection.execute(sql)

    def statistics(self) -> list[tuple[str, str, str]]:
        """(table, index, figures) for sqlite_stat1: how a large file looks, so that plans are the good ones from the first row on.

        PERF: without figures SQLite takes the company, which is the same in every row, for as selective as an id.
        """
        found = [(self.name, f"sqlite_autoindex_{self.name}_1", f"{_ROWS} 1")]
        for name, _, index in self.indexes:
            alike, figures = 1.0, []
            for column in () if index.unique else self._index_columns(index):
                alike *= _ALIKE.get(column.removesuffix(" DESC").strip('"')[2:], _ALIKE_OTHERWISE)
                figures.append(str(max(1, round(alike * _ROWS))))
            found.append((self.name, name, " ".join([str(_ROWS), *(figures or ["1"] * len(index.paths))])))
        return found

    @cached_property
    def indexes(self) -> tuple[tuple[str, str, Index], ...]:
        """(name, SQL, declaration). List fields leave an index; one that begins another is dropped.

        A unique index counts null and missing as a value, as MongoDB's do, unless it is sparse.
        """
        made: dict[tuple[str, ...], Index] = {}
        unique: list[tuple[str, str, Index]] = []
        for index in self.collection.indexes:
            names = self._index_columns(index)
            if index.unique:
                terms = [n.split(" ")[0] for n in names]
                on = ", ".join(terms if index.sparse else [f"ifnull({term}, x'00')" for term in terms])
                name = f"{self.name}_unique_{'_'.join(index.paths)}"
                unique.append((name, f"CREATE UNIQUE INDEX {quote(name)} ON {self.sql_name} ({on})", index))
            if names and not (index.unique and index.sparse):
                made.setdefault(names, index)
        kept = [names for names in made if not any(other != names and other[: len(names)] == names for other in made)]
        plain = []
        for names in kept:
            name = self.name + "_" + "_".join(n.replace('"', "").replace(" ", "_") for n in names)
            plain.append((name, f"CREATE INDEX {quote(name)} ON {self.sql_name} ({', '.join(names)})", made[names]))
        for fields in self.collection.covered:
            names = tuple(quote(self._covered_column(field).name) for field in fields)
            name = f"{self.name}_covers_{'_'.join(fields)}"
            plain.append((name, f"CREATE INDEX {quote(name)} ON {self.sql_name} ({', '.join(names)})", Index(fields)))
        return (*unique, *plain)

    def _covered_column(self, field: str) -> Column:
        kept = next((column for (name, _), column in self.shapes.items() if name == field), None)
        return kept or self.by_field[field]

    def _index_columns(self, index: Index) -> tuple[str, ...]:
        names = []
        for path in index.paths:
            column = self.by_field.get(path.removeprefix("-"))
            if column is not None and not column.many:
                names.append(quote(column.name) + (" DESC" if path.startswith("-") else ""))
            elif index.unique:
                raise InvalidValue(f"{self.name}: a unique index on {path} is not built: only on plain fields of the document")
        return tuple(names)

    # Rows

    def value(self, column: Column, document: dict[str, Any]) -> Any:
        """What the column holds of the document."""
        found = document.get(column.field)
        if column.keys is not None:
            return shape(found, column.keys)[0]
        return to_list_column(found) if column.many else to_column(found)

    def changed(self, old: dict[str, Any], new: dict[str, Any]) -> tuple[Column, ...]:
        """The columns that hold something else of the new document."""
        return tuple(column for column in self.columns if self._differs(column, old, new))

    def _differs(self, column: Column, old: dict[str, Any], new: dict[str, Any]) -> bool:
        if column.keys is not None:
            return not _same_keys(old.get(column.field), new.get(column.field), column.keys)
        return bool(self.value(column, old) != self.value(column, new))

    def row(self, document: dict[str, Any]) -> tuple[Any, ...]:
        """The columns' values."""
        return tuple(self.value(column, document) for column in self.columns)

    def texts(self, document: dict[str, Any]) -> tuple[str, ...]:
        """What the text index holds of the document, a text for each declared path."""
        return tuple("\n".join(texts_at(document, path)) for path in self.collection.text)

    def keys(self, document: dict[str, Any]) -> frozenset[tuple[str, str]]:
        """(path, text) pairs for the table of keys."""
        return frozenset((path, text) for path in self.key_paths for text in texts_at(document, path))

    # Statements

    @cached_property
    def insert_sql(self) -> str:
        names = "".join(f", {quote(c.name)}" for c in self.columns)
        return f"INSERT INTO {self.sql_name} (id{names}, body) VALUES (?{', ?' * len(self.columns)}, jsonb(?))"

    def update_sql(self, columns: tuple[Column, ...]) -> str:
        """Only the named columns and the body, so that only their indexes are touched."""
        sets = "".join(f"{quote(c.name)} = ?, " for c in columns)
        return f"UPDATE {self.sql_name} SET {sets}body = jsonb(?) WHERE seq = ?"

    @cached_property
    def insert_text_sql(self) -> str:
        count = len(self.collection.text)
        names = ", ".join(f"t{number}" for number in range(count))
        return f"INSERT INTO {self.text_name} (rowid, {names}) VALUES (?{', ?' * count})"


ODD = 0


def shape(value: Any, depth: int) -> tuple[int | None, str]:
    """(number, JSON list) of the different keys of a map, so deep, or with depth 0 of the texts in a list; (None, "") when it is neither.

    NOTE: the number is a hash of 63 bits, so that it follows from the document alone; 0 of a list that holds more than texts, negative of
    a map with a list among what is not so deep: a path may lead through it to keys that are not among these.
    """
    if isinstance(value, list) and depth == 0:
        if not all(isinstance(item, str) for item in value):
            return ODD, "[]"
        text = orjson.dumps(sorted(set(value)))
    elif isinstance(value, dict) and depth > 0:
        text = orjson.dumps(map_keys([{"x": value}], "x", depth))
    else:
        return None, ""
    number = int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1
    return ~number if depth > 1 and _has_lists(value, depth - 1) else number, text.decode()


def _has_lists(value: dict[str, Any], depth: int) -> bool:
    inner = value.values()
    return any(isinstance(i, list) for i in inner) or (depth > 1 and any(isinstance(i, dict) and _has_lists(i, depth - 1) for i in inner))


def _same_keys(one: Any, other: Any, depth: int) -> bool:
    """PERF: 2 us, where making the shapes takes 20; nearly every change leaves the keys alone."""
    if depth == 0:
        return bool(one == other)
    if not isinstance(one, dict) or not isinstance(other, dict):
        return type(one) is type(other) and not isinstance(one, dict)
    return one.keys() == other.keys() and (depth == 1 or all(_same_keys(item, other[key], depth - 1) for key, item in one.items()))
