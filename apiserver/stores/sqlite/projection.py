"""Which parts of a body a statement selects, and how a document is put together from them."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from apiserver.stores.documents import Document
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.match import project, split
from apiserver.stores.sqlite.encoding import decode
from apiserver.stores.sqlite.table import Table, json_path


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
        pieces = [f"t.body -> {json_path(p)[0]}" for p in paths] + [_kind(w) for w in ways]
        return Projection(", ".join(pieces), fields, tuple(paths), tuple(ways))

    def build(self, row: tuple[Any, ...]) -> Document | None:
        """The document; None when a list is on the way, which SQL does not descend into."""
        if not self.paths:
            document = decode(row[0])
            return project(document, self.cut) if self.cut else document
        found: Document = {"id": decode(row[0])}
        for way, kind in zip(self.ways, row[len(self.paths) :], strict=True):
            if kind == "array":
                return None
            if kind == "object":
                _place(found, way, {})
        for path, text in zip(self.paths, row, strict=False):
            if text is not None:
                _place(found, path, decode(text))
        return found


WHOLE = Projection("json(t.body)")


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
