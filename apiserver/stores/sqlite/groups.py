"""Groups and distinct values in SQL, where everything asked for has a column; None where it has not, and Python does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiserver.stores.documents import Document, Measure
from apiserver.stores.filters import Filter
from apiserver.stores.sqlite.compile import Compiled
from apiserver.stores.sqlite.connection import Database
from apiserver.stores.sqlite.encoding import from_column
from apiserver.stores.sqlite.table import Table, json_path, quote

_OBJECT = "typeof({0}) = 'blob' AND {0} < x'05'"


def distinct(database: Database, table: Table, path: str, where: Filter) -> list[Any] | None:
    """See `DocumentStore.distinct`."""
    name = _expression(table, path)
    if name is None or _has_objects(database, table, [name]):
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
