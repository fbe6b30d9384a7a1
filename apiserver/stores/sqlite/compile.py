"""Filters and orders as SQL. What has a column becomes plain SQL, exact and indexed; so do plain values in the body (`paths.py`); the rest
calls `match.py` on a part of the body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import apsw
import orjson
from attrs import Factory, define, evolve, frozen

from apiserver.stores import filters as f
from apiserver.stores.collation import numeric_key
from apiserver.stores.documents import add_up
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.match import EMPTY, bounds, compile_filter, compile_pattern, sort_key, sort_value, split
from apiserver.stores.ordering import BOOL, DATE, NUMBER, OBJECT, TEXT, Fold, kind, order_key
from apiserver.stores.sqlite.encoding import decode, to_column
from apiserver.stores.sqlite.paths import Place, Test, plain_test
from apiserver.stores.sqlite.search import fts_query
from apiserver.stores.sqlite.table import Column, Table, json_path, quote

_FEW = 20
"""More values than this are passed as one JSON list, so that statements stay few and short."""
_KIND_RANGE = {TEXT: ("''", "x''"), BOOL: ("x'08'", "x'09'"), DATE: ("x'09'", "x'0a'"), OBJECT: ("x'04'", "x'05'")}


@frozen
class Rows(f.Filter):
    """Only these rows may meet the rest of the condition. sql: gives their numbers; at most once under `All` for each of its parts."""

    sql: str
    parameters: tuple[Any, ...] = ()


def register(connection: apsw.Connection) -> None:
    """The functions that compiled statements call."""
    connection.create_scalar_function("doc_call", _call, 3)
    connection.create_scalar_function("text_call", _call, 2)
    connection.create_scalar_function("folded", _folded, 1, deterministic=True)
    connection.create_aggregate_function("tally", _Tally, 3)
    connection.create_scalar_function("units_between", _units_between, 3, deterministic=True)


def _folded(*values: Any) -> Any:
    return numeric_key(values[0]) if isinstance(values[0], str) else values[0]


def _units_between(*values: Any) -> int:
    """NOTE: of two columns that hold dates."""
    first, last, unit_ms = values
    return int((int.from_bytes(last, "big") - int.from_bytes(first, "big")) // unit_ms)


class _Tally:
    """Of a function (`documents.Cut`), and two columns that hold dates: the sums of what it makes of them, as JSON."""

    def __init__(self) -> None:
        self._total: dict[int, int] = {}

    def step(self, *values: Any) -> None:
        cut, first, last = values
        add_up(self._total, cut(int.from_bytes(first[1:], "big") - (1 << 63), int.from_bytes(last[1:], "big") - (1 << 63)))

    def final(self) -> str:
        return orjson.dumps(self._total, option=orjson.OPT_NON_STR_KEYS).decode()


def _call(*arguments: Any) -> Any:
    """NOTE: the first argument is a Python function, bound by `apsw.pyobject`."""
    return arguments[0](*arguments[1:])


@define
class Compiled:
    """A condition in the making: SQL pieces, with the parameters in their order. Table alias: `t`."""

    table: Table
    numeric: bool = False
    parameters: list[Any] = Factory(list)
    text: str | None = None
    """The FTS5 query (empty: nothing can match), when there is a text search."""
    searches: bool = False
    """Whether few rows are known to hold what is looked for."""

    @property
    def fold(self) -> Fold | None:
        return numeric_key if self.numeric else None

    # Conditions

    def whole(self, condition: f.Filter) -> str:
        """The SQL of a complete condition. Raises: InvalidQuery, InvalidPattern."""
        try:
            return self.where(condition)
        except RecursionError as error:
            raise InvalidQuery("a condition nested too deep") from error

    def where(self, condition: f.Filter) -> str:
        """The SQL of a condition that may hold a `Text`."""
        if isinstance(condition, f.Text):
            return self._search(condition)
        if isinstance(condition, Rows):
            self.searches = True
            self.parameters.extend(condition.parameters)
            return f"t.seq IN ({condition.sql})"
        if isinstance(condition, f.All):
            return _join(" AND ", [self.where(part) for part in condition.parts], "1")
        return self._condition(condition)

    def _search(self, condition: f.Text) -> str:
        if not self.table.collection.text:
            raise InvalidQuery(f"{self.table.collection.name} has no text index")
        if self.text is not None:
            raise InvalidQuery("more than one text search in a condition")
        self.text = fts_query(condition.query)
        if not self.text:
            return "0"
        self.parameters.append(self.text)
        return f"t.seq IN (SELECT rowid FROM {self.table.text_name} WHERE {self.table.text_name} MATCH ?)"

    def _condition(self, condition: f.Filter) -> str:
        if isinstance(condition, f.All):
            return _join(" AND ", [self._condition(part) for part in condition.parts], "1")
        if isinstance(condition, f.AnyOf):
            return _join(" OR ", [self._condition(part) for part in condition.parts], "0")
        # PERF: exclusions leave most rows; told so, SQLite reads the newest from an index instead of sorting all.
        if isinstance(condition, f.Not):
            return f"({self._condition(condition.part)}) IS NOT TRUE"
        if isinstance(condition, f.Ne):
            return f"({self._condition(f.Eq(condition.path, condition.value))}) IS NOT TRUE"
        if isinstance(condition, f.NotIn):
            return f"({self._condition(f.In(condition.path, condition.values))}) IS NOT TRUE"
        return self._leaf(condition)

    def _leaf(self, condition: f.Filter) -> str:
        path = getattr(condition, "path", None)
        if path is None:
            compile_filter(condition)  # raises, and says why
            raise InvalidQuery(f"not a condition: {condition!r}")
        if path == "id":
            return self._scalar(condition, "t.id", always=True)
        column = self.table.by_field.get(path)
        if column is not None and not column.many:
            return self._scalar(condition, "t." + quote(column.name))
        if isinstance(condition, f.Matches) and column is None and path in self.table.key_paths:
            return self._pattern_in_keys(condition)
        keys = self._by_keys(condition)
        native = self._many(condition, column) if column is not None else None
        return f"({keys}{native or self._called(condition)})"

    def _scalar(self, condition: f.Filter, expression: str, *, always: bool = False) -> str:
        if isinstance(condition, f.Eq):
            return self._in(expression, (condition.value,))
        if isinstance(condition, f.In):
            return self._in(expression, condition.values, fold=not isinstance(condition, f.Ids))
        if isinstance(condition, f.ContainsAll):
            return _join(" AND ", [self._in(expression, (value,)) for value in condition.values], "1") if condition.values else "0"
        if isinstance(condition, f.Range):
            return _join(" AND ", [self._bound(expression, sign, bound) for sign, bound in bounds(condition)], "1")
        if isinstance(condition, f.Exists):
            there = "1" if always else f"({expression} IS NOT NULL OR json_type(t.body, {json_path((condition.path,))[0]}) IS NOT NULL)"
            return there if condition.present else f"NOT {there}"
        if isinstance(condition, f.Matches):
            return self._pattern(expression, condition)
        if isinstance(condition, f.AnyElement):
            compile_filter(condition)
        return "0"

    def _in(self, expression: str, values: Sequence[Any], *, fold: bool = True) -> str:
        options = []
        if any(value is None for value in values):
            options.append(f"{expression} IS NULL")
        wanted = [to_column(value) for value in values if value is not None and not isinstance(value, list | tuple)]
        if self.numeric and fold and any(isinstance(value, str) for value in wanted):
            wanted = [numeric_key(value) if isinstance(value, str) else value for value in wanted]
            expression = f"folded({expression})"
        if len(wanted) == 1:
            options.append(f"{expression} = ?")
            self.parameters.append(wanted[0])
        elif len(wanted) > _FEW and all(isinstance(value, str) and "\0" not in value for value in wanted):
            options.append(f"{expression} IN (SELECT value FROM json_each(?))")
            self.parameters.append(orjson.dumps(wanted).decode())
        elif wanted:
            options.append(f"{expression} IN ({', '.join('?' * len(wanted))})")
            self.parameters.extend(wanted)
        return _join(" OR ", options, "0")

    def _bound(self, expression: str, sign: str, bound: Any) -> str:
        rank = kind(bound)
        if bound != bound:
            return self._in(expression, (bound,)) if sign in ("gte", "lte") else "0"
        if rank == NUMBER:
            low, high = "-1e999", "''"
        elif rank in _KIND_RANGE:
            low, high = _KIND_RANGE[rank]
        else:
            return "0"
        value = to_column(bound)
        if rank == TEXT and self.numeric:
            value, expression = numeric_key(value), f"folded({expression})"
        self.parameters.append(value)
        if sign in ("gt", "gte"):
            return f"({expression} {'>' if sign == 'gt' else '>='} ? AND {expression} < {high})"
        # NOTE: for numbers the open low end leaves out NaN, which stands at -Infinity.
        return f"({expression} {'<' if sign == 'lt' else '<='} ? AND {expression} {'>' if rank == NUMBER else '>='} {low})"

    def _pattern(self, expression: str, condition: f.Matches) -> str:
        prefix = literal_prefix(condition.pattern) if not condition.ignore_case else ""
        narrowed = ""
        if prefix:
            narrowed = f"{expression} >= ? AND {expression} < ? AND "
            self.parameters.extend((prefix, prefix + "\U0010ffff"))
        return f"({narrowed}{self.text_test(expression, condition)})"

    def text_test(self, expression: str, condition: f.Matches) -> str:
        """SQL of whether a text matches. PERF: SQLite looks for plain words itself, 0.3 us instead of 1.5; LIKE is exact on ASCII texts."""
        test = apsw.pyobject(compile_pattern(condition.pattern, condition.ignore_case))
        words = literal_text(condition.pattern) if condition.ignore_case else ""
        if not words:
            self.parameters.append(test)
            return f"text_call(?, {expression})"
        escaped = "".join("\\" + char if char in "%_\\" else char for char in words)
        self.parameters.extend((f"%{escaped}%", test))
        like = f"{expression} LIKE ? ESCAPE '\\'"
        # NOTE: `length` ends at a NUL, as LIKE does.
        plain = f"typeof({expression}) = 'text' AND octet_length({expression}) = length({expression})"
        return f"CASE WHEN {plain} THEN {like} ELSE text_call(?, {expression}) END"

    def _many(self, condition: f.Filter, column: Column) -> str | None:
        """A condition on a list of texts; None: has to be called."""
        name = "t." + quote(column.name)
        if isinstance(condition, f.Exists):
            there = f"({name} IS NOT NULL OR json_type(t.body, {json_path((condition.path,))[0]}) IS NOT NULL)"
            return there if condition.present else f"NOT {there}"
        if isinstance(condition, f.Size):
            self.parameters.append(condition.length)
            return f"(json_type({name}) = 'array' AND json_array_length({name}) = ?)"
        if isinstance(condition, f.Matches):
            sql = self.text_test("e.value", condition)
            return f"({name} <> '[]' AND EXISTS (SELECT 1 FROM json_each({name}) e WHERE e.type = 'text' AND {sql}))"
        values = (
            (condition.value,) if isinstance(condition, f.Eq) else condition.values if isinstance(condition, f.In | f.ContainsAll) else ()
        )
        if not values or not all(v is None or v == [] or isinstance(v, str) for v in values):
            return None
        if isinstance(condition, f.ContainsAll):
            return _join(" AND ", [self._any_of(column, (value,)) for value in values], "1")
        return self._any_of(column, values)

    def _any_of(self, column: Column, values: Sequence[Any]) -> str:
        name, options = "t." + quote(column.name), []
        texts = [value for value in values if isinstance(value, str)]
        if texts:
            where = " = ?" if len(texts) == 1 else f" IN ({', '.join('?' * len(texts))})"
            item = "folded(e.value)" if self.numeric else "e.value"
            self.parameters.extend(numeric_key(text) if self.numeric else text for text in texts)
            options.append(f"({name} <> '[]' AND EXISTS (SELECT 1 FROM json_each({name}) e WHERE e.type = 'text' AND {item}{where}))")
        if any(value is None for value in values):
            options.append(f"({name} IS NULL OR EXISTS (SELECT 1 FROM json_each({name}) e WHERE e.type = 'null'))")
        if any(value == [] for value in values):
            options.append(f"({name} = '[]' OR EXISTS (SELECT 1 FROM json_each({name}) e WHERE e.type = 'array' AND e.value = '[]'))")
        return _join(" OR ", options, "0")

    def _pattern_in_keys(self, condition: f.Matches) -> str:
        """PERF: the texts of all rows lie together there, and are looked through once, not the lists in the body of each row."""
        sql, parameters = rows_with_keys(self.table, condition)
        self.parameters.extend(parameters)
        return f"t.seq IN ({sql})"

    def _by_keys(self, condition: f.Filter) -> str:
        """PERF: a first cut by the table of keys, for equality with texts; the exact condition follows it."""
        values = (condition.value,) if isinstance(condition, f.Eq) else condition.values if isinstance(condition, f.In) else ()
        path = getattr(condition, "path", "")
        if self.numeric or path not in self.table.key_paths or not values or not all(isinstance(v, str) for v in values):
            return ""
        self.parameters.extend((path, orjson.dumps(list(values)).decode()))
        keys = self.table.keys_name
        return f"t.seq IN (SELECT k.seq FROM {keys} k WHERE k.path = ? AND k.value IN (SELECT value FROM json_each(?))) AND "

    def _called(self, condition: f.Filter) -> str:
        """A condition on a part of the body: SQL on plain values where it can be said, a call for the others."""
        path: str = condition.path  # type: ignore[attr-defined]
        place = Place.of(self.table, split(path))
        plain = self._plain(condition, place) if place.depth == len(split(path)) else None
        if plain is None:
            return self._call(condition)
        kinds = {}
        for name, (sql, values) in plain.kinds.items():
            kinds[name] = sql
            self.parameters.extend(values)
        return f"({place.choice(kinds, str(int(plain.missing)), self._call(condition))})"

    def _plain(self, condition: f.Filter, place: Place) -> Test | None:
        if isinstance(condition, f.Matches):
            before = len(self.parameters)
            sql = self.text_test(place.value, condition)
            values, self.parameters[before:] = self.parameters[before:], []
            kinds: dict[str, tuple[str, Sequence[Any]]] = dict.fromkeys(("integer", "real", "null", "true", "false"), ("0", ()))
            return Test({"text": (sql, values), **kinds})
        return plain_test(condition, place.value, self.fold)

    def _call(self, condition: f.Filter) -> str:
        path: str = condition.path  # type: ignore[attr-defined]
        parts = split(path)
        sql, depth = self._part(parts)
        wrapped = ("x", *parts[depth:])
        on_part = compile_filter(_moved(condition, ".".join(wrapped)), self.fold)
        on_whole = compile_filter(condition, self.fold)

        def test(part: str | None, whole: str | None) -> bool:
            if whole is not None:
                return on_whole({parts[0]: decode(whole)})
            return on_part({} if part is None else {"x": decode(part)})

        self.parameters.append(apsw.pyobject(test))
        return f"doc_call(?, {sql})"

    def _part(self, parts: tuple[str, ...]) -> tuple[str, int]:
        """(SQL of the value at the path and, when a list is on the way, of the whole top-level value; how many parts it says)."""
        path, rest = json_path(parts)
        depth = len(parts) - len(rest)
        if depth == 0:
            raise InvalidQuery(f"a name that cannot be searched: {parts[0]!r}")
        ways = [json_path(parts[:n])[0] for n in range(1, depth) if not (n == 1 and parts[0] in self.table.collection.never_lists)]
        if not ways:
            return f"t.body -> {path}, NULL", depth
        lists = " OR ".join(f"json_type(t.body, {way}) = 'array'" for way in ways)
        return f"t.body -> {path}, CASE WHEN {lists} THEN t.body -> {json_path(parts[:1])[0]} END", depth

    # Orders

    def order_by(self, order: Sequence[f.Order]) -> str:
        """The terms; the last is the row's own number, so that pages never overlap."""
        terms = []
        for key in f.first_of_each(order):
            terms.append(self._score() if key.path == f.TEXT_SCORE else self._sorted_by(key))
        if any(key.path == "id" for key in order) and not self.numeric and not self.searches:
            # PERF: ids differ, so the order is complete; with one term less SQLite sees that the index of the first is worth it. Not where
            # few rows are left, which are sorted sooner than an index is read.
            return ", ".join(terms)
        back = bool(order) and order[-1].descending and order[-1].path != f.TEXT_SCORE
        return ", ".join([*terms, "t.seq DESC" if back else "t.seq"])

    def _score(self) -> str:
        if self.text is None:
            raise InvalidQuery("an order by text score needs a text search")
        if not self.text:
            return "0.0"
        weights = ", ".join(str(weight) for weight in self.table.collection.text.values())
        self.parameters.append(self.text)
        name = self.table.text_name
        return f"(SELECT bm25({name}, {weights}) FROM {name} WHERE {name} MATCH ? AND rowid = t.seq)"

    def _sorted_by(self, key: f.Order) -> str:
        direction = " DESC" if key.descending else ""
        column = self.table.by_field.get(key.path)
        if key.path == "id" or (column is not None and not column.many):
            name = "t.id" if column is None else "t." + quote(column.name)
            return (f"folded({name})" if self.numeric and not key.exact else name) + direction
        parts = split(key.path)
        place = Place.of(self.table, parts)
        if place.depth < len(parts):
            return self.called_key(key, sort_key) + direction
        text = f"folded({place.value})" if self.numeric else place.value
        kinds = {"integer": place.value, "real": place.value, "text": text, "null": "NULL"}
        # NOTE: an empty list sorts below what is missing, for which SQLite has no value; so it gets a term of its own.
        some = dict.fromkeys((*kinds, "true", "false", "object"), "1")
        first = place.choice(some, "1", self.called_key(key, is_some))
        second = place.choice(kinds, "NULL", self.called_key(key, sort_column))
        return f"{first}{direction}, {second}{direction}"

    def called_key(self, key: f.Order, choose: Callable[..., Any]) -> str:
        """SQL of what `choose(value, parts, descending=, fold=)` (`is_some`, `sort_column`) makes of the document."""
        parts = split(key.path)
        sql, depth = self._part(parts)
        rest, fold = ("x", *parts[depth:]), self.fold

        def value(part: str | None, whole: str | None) -> Any:
            if whole is not None:
                return choose({parts[0]: decode(whole)}, parts, descending=key.descending, fold=fold)
            return choose({} if part is None else {"x": decode(part)}, rest, descending=key.descending, fold=fold)

        self.parameters.append(apsw.pyobject(value))
        return f"doc_call(?, {sql})"


def rows_with_keys(table: Table, condition: f.Matches) -> tuple[str, list[Any]]:
    """SQL of the rows that have a matching text in the table of keys."""
    compiled = Compiled(table)
    test = compiled.text_test("k.value", condition)
    return f"SELECT k.seq FROM {table.keys_name} k WHERE k.path = ? AND {test}", [condition.path, *compiled.parameters]


def is_some(value: Any, parts: Sequence[str], *, descending: bool, fold: Fold | None) -> int:
    """0 of an empty list."""
    return int(sort_value(value, parts, descending=descending, fold=fold) is not EMPTY)


def sort_column(value: Any, parts: Sequence[str], *, descending: bool, fold: Fold | None) -> Any:
    """What a document is sorted by, as SQLite compares it with plain values."""
    found = sort_value(value, parts, descending=descending, fold=fold)
    if found is EMPTY:
        return None
    if isinstance(found, str):
        return fold(found) if fold else found
    return order_key(found, fold) if isinstance(found, dict | list | tuple) else to_column(found)


def _moved(condition: f.Filter, path: str) -> f.Filter:
    """The same condition on another path."""
    return evolve(condition, path=path)  # type: ignore[misc]


def parts_of(where: f.Filter) -> list[f.Filter]:
    """The conditions that all have to hold."""
    return [part for inner in where.parts for part in parts_of(inner)] if isinstance(where, f.All) else [where]


def _join(word: str, pieces: list[str], empty: str) -> str:
    """NOTE: as a balanced tree, since SQLite limits the depth of an expression to 1000."""
    if not pieces:
        return empty
    if len(pieces) == 1:
        return pieces[0]
    if len(pieces) <= _FEW:
        return "(" + word.join(pieces) + ")"
    middle = len(pieces) // 2
    return "(" + _join(word, pieces[:middle], empty) + word + _join(word, pieces[middle:], empty) + ")"


_SPECIAL = frozenset(".^$*+?{}[]\\|()")


def literal_prefix(pattern: str) -> str:
    """The text that every match of an anchored pattern begins with; empty when that is not obvious."""
    if not pattern.startswith("^") or "|" in pattern or "(?" in pattern:
        return ""
    prefix, place = "", 1
    while place < len(pattern):
        char = pattern[place]
        size = 1
        if char == "\\" and place + 1 < len(pattern) and not pattern[place + 1].isalnum():
            char, size = pattern[place + 1], 2
        elif char in _SPECIAL:
            break
        if pattern[place + size : place + size + 1] in ("*", "?", "{", "+"):
            break
        prefix, place = prefix + char, place + size
    return prefix


def literal_text(pattern: str) -> str:
    """The text that an unanchored pattern looks for, when it is nothing but a text of printable ASCII; else empty."""
    found, place = "", 0
    while place < len(pattern):
        char = pattern[place]
        if char == "\\":
            place += 1
            char = pattern[place : place + 1]
            if not char or char.isalnum():
                return ""
        elif char in _SPECIAL:
            return ""
        if not " " <= char <= "~":
            return ""
        found, place = found + char, place + 1
    return found
