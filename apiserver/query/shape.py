"""A stored document as answers show it: declared fields only, defaults filled in, nulls left out. Source: spec 2 §3.4."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from apiserver.calls.call import Version
from apiserver.domain.tags import SYSTEM_TAGS_SINCE
from apiserver.query import present, projection
from apiserver.query.entity import Entity
from apiserver.query.projection import Projection, Tree
from apiserver.stores.collections import Field
from apiserver.stores.documents import Document

_SORTED = ("tags", "system_tags")
NOTHING: frozenset[str] = frozenset()
EVERYTHING = Projection()
"""Every declared field, those that lists leave out by default too (`get_by_id` of projects and tasks)."""


def shape(entity: Entity, document: Document, version: Version, *, asked: Projection | None = None) -> Document:
    """One document for an answer, references as plain ids. asked: default: all but the fields that only come by name."""
    return finish(entity, raw(entity, document, projection.default(entity) if asked is None else asked), version)


def raw(entity: Entity, document: Document, asked: Projection) -> Document:
    """The document without the conversions of `finish`; what lies inside free maps is shared with it."""
    return _object(document, entity.collection.fields, asked.tree, asked.excluded, "")


def rows(entity: Entity, documents: Sequence[Document], asked: Projection) -> list[Document]:
    """`raw` of many. PERF: where only plain fields are asked for, which they are is looked up once (benchmarks/mongo_page.py)."""
    picked = _plain_fields(entity, asked)
    if picked is None:
        return [raw(entity, document, asked) for document in documents]
    return [_picked(document, picked) for document in documents]


def _plain_fields(entity: Entity, asked: Projection) -> list[tuple[str, Field]] | None:
    """The fields of a projection that are shown as they are stored; None when it asks for anything else."""
    if asked.tree is None or not asked.excluded.isdisjoint(asked.tree):
        return None
    found = []
    for name, below in asked.tree.items():
        declared = entity.collection.fields.get(name)
        if declared is None:
            continue
        if below is not None or declared.fields or declared.kind in ("map", "embedded"):
            return None
        found.append((name, declared))
    return found


def _picked(document: Document, fields: list[tuple[str, Field]]) -> Document:
    row: Document = {}
    for name, declared in fields:
        value: Any = document.get(name)
        if value is None:
            if declared.default is None:
                continue
            value = copy.copy(declared.default)
        elif type(value) is float and declared.kind == "int":
            value = _whole(value)
        row[name] = sorted(filter(None, value), key=str) if name in _SORTED else value
    return row


def finished(entity: Entity, found: list[Document], version: Version, asked: Projection) -> list[Document]:
    """`finish` of many. PERF: rows that it would leave as they are, are not looked at one by one."""
    asked_for = asked.tree
    if asked_for is not None and version >= max(entity.present_below, SYSTEM_TAGS_SINCE) and entity.presented.isdisjoint(asked_for):
        return found
    return [finish(entity, row, version) for row in found]


def finish(entity: Entity, row: Document, version: Version) -> Document:
    """What stored forms and older versions need; changes the row."""
    return present.old_tags(entity.present(row, version), version)


def _object(value: Mapping[str, Any], fields: Mapping[str, Field], tree: Tree | None, excluded: frozenset[str], prefix: str) -> Document:
    result: Document = {}
    for name in fields if tree is None else tree:
        declared = fields.get(name)
        path = prefix + name
        if declared is None or path in excluded:
            continue
        shown = _value(value.get(name), declared, None if tree is None else tree[name], _below(excluded, path), path + ".")
        if shown is not None:
            result[name] = sorted(filter(None, shown), key=str) if not prefix and name in _SORTED else shown
    return result


def _value(value: Any, declared: Field, tree: Tree | None, excluded: frozenset[str], prefix: str) -> Any:
    kind, fields = declared.kind, declared.fields
    if value is None and declared.default is None:
        return None
    if kind == "embedded":
        return _object(value if isinstance(value, Mapping) else {}, fields, tree, excluded, prefix)
    if value is None:
        return copy.copy(declared.default)
    if kind == "list" and isinstance(value, list):
        return [_object(item, fields, _items(tree), excluded, prefix) if fields and isinstance(item, Mapping) else item for item in value]
    if kind == "map" and isinstance(value, Mapping):
        if fields and tree is None:
            return {key: _object(item, fields, None, NOTHING, "") if isinstance(item, Mapping) else item for key, item in value.items()}
        return _pruned(value, excluded, prefix) if excluded else value
    if kind == "int" and isinstance(value, float):
        return _whole(value)
    return value


def _whole(value: float) -> float:
    """QUIRK: spec 6 §3.3: a migration stored durations as floats, and answers show whole seconds."""
    return int(value) if math.isfinite(value) else value


def _items(tree: Tree | None) -> Tree | None:
    """What is asked of the elements of a list; a path may name an element by its number."""
    if tree and all(name.isdigit() for name in tree):
        return None
    return tree


@functools.lru_cache(maxsize=4096)
def _below(excluded: frozenset[str], path: str) -> frozenset[str]:
    """PERF: most rows exclude nothing that is nested, and then nothing is looked up further down. Remembered, because a page asks the same
    for every row (benchmarks/mongo_page.py).
    """
    if not excluded:
        return NOTHING
    return frozenset(name for name in excluded if name.startswith(path + "."))


def _pruned(value: Mapping[str, Any], excluded: frozenset[str], prefix: str) -> Document:
    """A free map without the excluded paths."""
    result: Document = {}
    for name, item in value.items():
        path = prefix + name
        if path not in excluded:
            result[name] = _pruned(item, excluded, path + ".") if isinstance(item, Mapping) else item
    return result
