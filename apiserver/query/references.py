"""References in the rows of `_ex` calls: an id becomes `{id}`, or the part of the other document that was asked for.

Source: spec 2 §3.2, §3.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from apiserver.calls.call import Call
from apiserver.domain import paths
from apiserver.query import projection, shape, where
from apiserver.query.entity import Entity
from apiserver.query.projection import Projection
from apiserver.stores.collections import Field
from apiserver.stores.documents import Document
from apiserver.stores.filters import In

Joined = Mapping[str, Mapping[str, Document]]
"""{path of the reference: {id: what is shown of it}}"""


def expand(call: Call, entity: Entity, rows: list[Document], asked: Projection, *, allow_public: bool) -> None:
    """Replace every reference in the rows; one query for each reference that is followed."""
    joined = {path: _fetch(call, entity, rows, path, wanted, allow_public=allow_public) for path, wanted in asked.joins.items()}
    for row in rows:
        _replace(row, entity.collection.fields, joined, "")


def _fetch(call: Call, entity: Entity, rows: list[Document], path: str, asked: Projection, *, allow_public: bool) -> dict[str, Document]:
    """The documents that the rows refer to at the path, by id, shaped; those the caller may not see are absent."""
    other = projection.target(entity, path)
    ids = list(dict.fromkeys(key for row in rows for key in paths.collect(row, path) if isinstance(key, str) and key))
    if not ids:
        return {}
    visible = where.company(other, call.company, allow_public=allow_public)
    documents = call.documents.list(other.collection, In("id", ids) & visible, fields=asked.stored)
    found = {document["id"]: shape.raw(other, document, asked) for document in documents}
    expand(call, other, list(found.values()), asked, allow_public=allow_public)
    for key, row in found.items():
        row["id"] = key
    return found


def _replace(value: Document, fields: Mapping[str, Field], joined: Joined, prefix: str) -> None:
    for name, declared in _referring(fields):
        item = value.get(name)
        if item is None:
            continue
        path = prefix + name
        if declared.reference:
            # QUIRK: spec 2 §3.3: the empty reference of a public document is an empty object.
            value[name] = {} if item == "" else dict(joined.get(path, {}).get(item) or {"id": item})
        elif isinstance(item, dict):
            _replace(item, declared.fields, joined, path + ".")
        elif isinstance(item, list):
            for element in item:
                if isinstance(element, dict):
                    _replace(element, declared.fields, joined, path + ".")


def _referring(fields: Mapping[str, Field]) -> Iterator[tuple[str, Field]]:
    """Fields that hold references, or objects that may."""
    for name, declared in fields.items():
        if declared.reference or (declared.fields and declared.kind in ("embedded", "list")):
            yield name, declared
