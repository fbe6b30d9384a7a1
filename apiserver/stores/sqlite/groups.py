"""Groups and distinct values in SQL, where everything asked for has a column; None where it has not, and Python does it."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import apsw
import orjson

from apiserver.stores.documents import Cut, Document, Measure, add_up
from apiserver.stores.filters import Filter
from apiserver.stores.match import split
from apiserver.stores.ordering import order_key
from apiserver.stores.sqlite.compile import Compiled
from apiserver.stores.sqlite.connection import Database
from apiserver.stores.sqlite.encoding import decode, from_column
from apiserver.stores.sqlite.paths import Place
from apiserver.stores.sqlite.selection import has_key
from apiserver.stores.sqlite.table import ODD, Table, json_path, quote

_NO_LIST = "true"
"""What a column of lists holds of anything else (`encoding.to_list_column`)."""
_BELOW_A_LIST = "?"
"""NOTE: no JSON."""
_OBJECT = "typeof({0}) = 'blob' AND {0} < x'05'"


def distinct(database: Database, table: Table, path: str, where: Filter) -> list[Any] | None:
    """See `DocumentStore.distinct`."""
    name = _expression(table, path)
    if (path, 0) in table.shapes and (texts := _kept_texts(database, table, path, where)) is not None:
        return texts
    if name is None:
        return _distinct_parts(database, table, path, where)
    if _has_objects(database, table, [name]):
        return None
    compiled = Compiled(table)
    condition = compiled.whole(where)
    rows = database.rows(f"SELECT DISTINCT {name} FROM {table.sql_name} t WHERE {condition} ORDER BY 1", compiled.parameters)
    found = [row[0] for row in rows]
    if found and found[0] is None and path != "id":
        null = f"{name} IS NULL AND json_type(t.body, {json_path((path,))[0]}) = 'null'"
        if not database.rows(f"SELECT 1 FROM {table.sql_name} t WHERE {condition} AND {null} LIMIT 1", compiled.parameters):
            found.pop(0)
    return [from_column(value) for value in found]


def _kept_texts(database: Database, table: Table, path: str, where: Filter) -> list[Any] | None:
    """The texts in lists that are kept as numbers; None where anything else may be there."""
    column = quote(table.shapes[path, 0].name)
    compiled = Compiled(table)
    condition = compiled.whole(where)
    rows = database.rows(f"SELECT DISTINCT t.{column} FROM {table.sql_name} t WHERE {condition}", compiled.parameters)
    numbers = [row[0] for row in rows if row[0] is not None]
    other = f"t.{column} IS NULL AND json_type(t.body, {json_path((path,))[0]}) IS NOT NULL"
    if ODD in numbers:
        return None
    if len(numbers) < len(rows):
        found = database.rows(f"SELECT 1 FROM {table.sql_name} t WHERE {condition} AND {other} LIMIT 1", compiled.parameters)
        if found:
            return None
    listed = orjson.dumps(numbers).decode()
    kept = database.rows("SELECT keys FROM shapes WHERE id IN (SELECT value FROM json_each(?))", (listed,))
    return sorted({text for (keys,) in kept for text in orjson.loads(keys)}, key=order_key)


def _distinct_parts(database: Database, table: Table, path: str, where: Filter) -> list[Any] | None:
    """The different values of a part of the body, of a list its elements.

    PERF: SQLite cuts the part out, once for each document that may have it, and sorts out the equal ones. None where a list is on the way.
    """
    parts = split(path)
    place = Place.of(table, parts)
    if place.depth < len(parts):
        return None
    compiled = Compiled(table)
    condition = compiled.whole(where)
    column = table.by_field.get(path)
    many = column is not None and column.many  # NOTE: only columns of lists hold JSON
    if column is not None and many:
        source = f"t.{quote(column.name)}"
    else:
        source = f"ifnull({place.json}, CASE WHEN {place.lists} THEN '{_BELOW_A_LIST}' END)" if place.lists else place.json
    if (has := has_key(table, path)) is not None:
        condition = f"{condition} AND {has[0]}"
        compiled.parameters.extend(has[1])
    texts = [row[0] for row in database.rows(f"SELECT DISTINCT {source} FROM {table.sql_name} t WHERE {condition}", compiled.parameters)]
    if _BELOW_A_LIST in texts or (many and _NO_LIST in texts):
        return None
    if many and None in texts:  # a column does not tell null from missing
        null = f"SELECT 1 FROM {table.sql_name} t WHERE {condition} AND {source} IS NULL AND {place.kind} IS NOT NULL LIMIT 1"
        if database.rows(null, compiled.parameters):
            texts.append("null")
    found: dict[bytes, Any] = {}
    plain: set[str] = set()
    for text in texts:
        if text is None:
            continue
        value = decode(text)
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, str):
                plain.add(item)
            elif (same := found.setdefault(order_key(item), item)) is not item and type(same) is not type(item):
                return None  # 1 and 1.0 are equal, and the one that was stored first is shown
    # PERF: texts are in order as they are, and nearly everything is a text.
    keys, texts_begin = sorted(found), order_key("")
    before = bisect(keys, texts_begin)
    return [*(found[key] for key in keys[:before]), *sorted(plain), *(found[key] for key in keys[before:])]


def map_keys(database: Database, table: Table, path: str, where: Filter, depth: int) -> list[tuple[str, ...]] | None:
    """See `DocumentStore.map_keys`; None where the keys are not kept."""
    column = table.shapes.get((path, depth))
    if column is None:
        return None
    compiled = Compiled(table)
    condition = compiled.whole(where)
    rows = database.rows(
        f"SELECT keys FROM shapes WHERE id IN (SELECT DISTINCT t.{quote(column.name)} FROM {table.sql_name} t WHERE {condition})",
        compiled.parameters,
    )
    return sorted({tuple(keys) for (text,) in rows for keys in orjson.loads(text)})


def group(database: Database, table: Table, where: Filter, by: Sequence[str], measures: Sequence[Measure]) -> list[Document] | None:
    """See `DocumentStore.group`."""
    keys = [_expression(table, path) for path in by]
    figures = [_figure(table, measure) for measure in measures]
    if None in keys or None in figures or _has_objects(database, table, [name for name in keys if name]):
        return None
    compiled = Compiled(table)
    condition = compiled.whole(where)
    places = ", ".join(str(number + 1) for number in range(len(by)))
    grouped = f" GROUP BY {places} ORDER BY {places}" if by else " HAVING count(*) > 0"
    selected = ", ".join(str(piece) for piece in (*keys, *figures)) or "1"
    rows = database.rows(f"SELECT {selected} FROM {table.sql_name} t WHERE {condition}{grouped}", compiled.parameters)
    names = [*by, *(measure.name for measure in measures)]
    return [dict(zip(names, (from_column(value) for value in row), strict=True)) for row in rows]


def elapsed(database: Database, table: Table, where: Filter, by: str, start: str, end: str, unit: timedelta) -> dict[Any, int] | None:
    """See `DocumentStore.elapsed`."""
    names = [_expression(table, path) for path in (by, start, end)]
    if None in names or _has_objects(database, table, [str(names[0])]):
        return None
    compiled = Compiled(table)
    condition = compiled.whole(where)
    key, first, last = names
    # NOTE: dates are blobs in the order of time.
    dates = f"{first} >= x'09' AND {first} < x'0a' AND {last} > {first} AND {last} < x'0a'"
    sql = f"SELECT {key}, sum(units_between({first}, {last}, ?)) FROM {table.sql_name} t WHERE {condition} AND {dates} GROUP BY 1"
    found = database.rows(sql, [unit // timedelta(milliseconds=1), *compiled.parameters])
    return {from_column(value): units for value, units in found if units}


def tally(
    database: Database, table: Table, where: Filter, by: Sequence[str], start: str, end: str, cut: Cut
) -> dict[Any, dict[int, int]] | None:
    """See `DocumentStore.tally`. PERF: 3 us a document, where one that is made of its parts takes 30."""
    first, last = _expression(table, start), _expression(table, end)
    places = [Place.of(table, split(path)) for path in by]
    if first is None or last is None or any(place.lists or place.depth < len(split(path)) for place, path in zip(places, by, strict=True)):
        return None
    keys = [_expression(table, path) or place.json for place, path in zip(places, by, strict=True)]
    plain = [key for key in keys if key.startswith("t.") and " -> " not in key]
    if _has_objects(database, table, plain):
        return None
    compiled = Compiled(table)
    condition = compiled.whole(where)
    # NOTE: dates are blobs in the order of time.
    # PERF: no index is to be taken for these, which nearly all documents meet.
    dates = f"+{first} >= x'09' AND +{first} < x'0a' AND +{last} >= x'09' AND +{last} < x'0a'"
    names = ", ".join(f"k{number}" for number in range(len(by)))
    parts = "".join(f"{key} AS k{number}, " for number, key in enumerate(keys))
    # PERF: cut out below the sorting, which would carry the whole bodies otherwise. The limit keeps SQLite from making one query of both.
    inner = f"SELECT {parts}{first} AS first, {last} AS last FROM {table.sql_name} t WHERE {condition} AND {dates} LIMIT -1"
    sql = f"SELECT {names + ', ' if by else ''}tally(?, first, last) FROM ({inner})" + (f" GROUP BY {names}" if by else "")
    rows = database.rows(sql, [apsw.pyobject(cut), *compiled.parameters])
    total: dict[Any, dict[int, int]] = {}
    for *values, found in rows:
        shown = [from_column(v) if key in plain else decode(v) if v is not None else None for key, v in zip(keys, values, strict=True)]
        if any(isinstance(value, dict | list) for value in shown):
            return None
        if added := orjson.loads(found):
            add_up(total.setdefault(tuple(shown), {}), {int(number): amount for number, amount in added.items()})
    return total


def _expression(table: Table, path: str) -> str | None:
    if path == "id":
        return "t.id"
    column = table.by_field.get(path)
    # NOTE: floats may be NaN or infinite, which columns hold under another value.
    if column is None or column.many or table.collection.fields[path].kind == "float":
        return None
    return "t." + quote(column.name)


def _figure(table: Table, measure: Measure) -> str | None:
    if measure.kind == "count":
        return "count(*)"
    name = _expression(table, measure.path)
    declared = table.collection.fields.get(measure.path)
    if name is None or declared is None or declared.kind not in ("int", "date"):
        return None
    if declared.kind == "date":
        return f"{measure.kind}({name})" if measure.kind in ("min", "max") else None
    numbers = f"CASE WHEN typeof({name}) IN ('integer', 'real') THEN {name} END"
    if measure.kind == "sum":
        return f"ifnull(sum({numbers}), 0)"
    return f"avg({numbers})" if measure.kind == "avg" else None


def _has_objects(database: Database, table: Table, names: list[str]) -> bool:
    """An object in a plain column is legal but has no way back from its key."""
    return any(database.rows(f"SELECT 1 FROM {table.sql_name} t WHERE {name} >= x'04' AND {name} < x'05' LIMIT 1") for name in names)
