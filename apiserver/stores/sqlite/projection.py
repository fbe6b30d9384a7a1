"""Which parts of a body a statement selects, and how a document is put together from them."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from apiserver.stores.documents import Document
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.match import project, split
from apiserver.stores.sqlite.encoding import decode, from_column
from apiserver.stores.sqlite.table import Table, json_path, quote


@frozen
class Projection:
    """select: SQL of the select list (table alias `t`). paths: of the parts selected; then come the kinds of the objects on their ways.

    cut: exclusions that are left for Python. An inclusion's first selected part is always the id.
    """

    select: str
    fields: tuple[str, ...] | None = None
    paths: tuple[tuple[str, ...], ...] = ()
    ways: tuple[tuple[str, ...], ...] = ()
    cut: tuple[str, ...] = ()

    @staticmethod
    def of(table: Table, fields: tuple[str, ...]) -> Projection:
        """Raises: InvalidQuery for a mixture of inclusions and exclusions."""
        excluded = [name[1:] for name in fields if name.startswith("-")]
        if excluded and len(excluded) != len(fields):
            raise InvalidQuery("a projection either includes or excludes")
        if excluded:
            return _without(fields, [name for name in excluded if name != "id"])
        wanted = {split(name) for name in fields} | {("id",)}
        if any(json_path(parts)[1] for parts in wanted):
            return Projection("json(t.body)", fields, cut=fields)
        paths = sorted(p for p in wanted if not any(p[:n] in wanted for n in range(1, len(p))))
        paths.remove(("id",))
        paths.insert(0, ("id",))
        ways = sorted({p[:n] for p in paths for n in range(1, len(p))})
        pieces = [_piece(table, p) for p in paths] + [_kind(w) for w in ways]
        return Projection(", ".join(pieces), fields, tuple(paths), tuple(ways))

    def build(self, row: tuple[Any, ...]) -> Document | None:
        """The document; None when a list is on the way, which SQL does not descend into."""
        if not self.paths:
            document = decode(row[0])
            return project(document, self.cut) if self.cut else document
        found: Document = {"id": row[0]}
        for way, kind in zip(self.ways, row[len(self.paths) :], strict=True):
            if kind == "array":
                return None
            if kind == "object":
                _place(found, way, {})
        for path, text in zip(self.paths, row, strict=False):
            if text is not None and path != _ID:
                _place(found, path, decode(text) if isinstance(text, str) else from_column(text))
        return found


_ID = ("id",)
WHOLE = Projection("json(t.body)")


def _piece(table: Table, path: tuple[str, ...]) -> str:
    """SQL of one part: JSON as text, or what a column holds of a number, a boolean or a date.

    PERF: a column is read with the row; the body may lie on pages of its own, 2 us for each part. A column does not tell null from missing,
    nor what an object was, so for these the body is asked.
    """
    if path == _ID:
        return "t.id"
    column = table.by_field.get(path[0]) if len(path) == 1 else None
    part = f"t.body -> {json_path(path)[0]}"
    if column is None or column.many or table.collection.fields[path[0]].kind == "float":
        return part
    name = "t." + quote(column.name)
    objects = f"{name} >= x'04' AND {name} < x'05'"
    texts = f"WHEN 'text' THEN json_quote({name}) WHEN 'null' THEN {part}"
    return f"CASE typeof({name}) {texts} WHEN 'blob' THEN iif({objects}, {part}, {name}) ELSE {name} END"


def _kind(way: tuple[str, ...]) -> str:
    """SQL of the kind of the value there; NULL for a date or a NaN, which are stored as objects with a mark."""
    path = json_path(way)[0]
    marks = " AND ".join(f'json_type(t.body, {path[:-1]}."{mark}"\') IS NULL' for mark in ("$d", "$n"))
    return f"CASE json_type(t.body, {path}) WHEN 'array' THEN 'array' WHEN 'object' THEN CASE WHEN {marks} THEN 'object' END END"


def _without(fields: tuple[str, ...], excluded: list[str]) -> Projection:
    tops = [split(name) for name in excluded if "." not in name]
    removed = [json_path(parts)[0] for parts in tops if not json_path(parts)[1]]
    rest = tuple("-" + name for name in excluded if "." in name or json_path(split(name))[1])
    select = f"json(jsonb_remove(t.body, {', '.join(removed)}))" if removed else "json(t.body)"
    return Projection(select, fields, cut=rest)


def _place(document: Document, path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        document = document.setdefault(part, {})
    document[path[-1]] = value
