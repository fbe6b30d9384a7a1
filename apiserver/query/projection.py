"""`only_fields` of a request: what is fetched, what an answer shows, and which references are followed. Source: spec 2 §3.1, §3.2."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from apiserver.domain import paths
from apiserver.generated import errors
from apiserver.query import fields
from apiserver.query.entities import OF_COLLECTION
from apiserver.query.entity import Entity
from apiserver.query.where import unresolved

Tree = dict[str, Any]
"""{name: None for the whole value, or a Tree of what is asked below it}"""

EVERY = "*"
_LONGEST_KEPT = 1000


@frozen
class Projection:
    """tree: None shows every declared field, else those in it. excluded: paths left out of that.

    joins: {path of a reference: what is asked of the document it leads to}.
    """

    tree: Tree | None = None
    excluded: frozenset[str] = frozenset()
    joins: Mapping[str, Projection] = field(factory=dict)

    @property
    def stored(self) -> list[str] | None:
        """The paths to fetch, as the document store wants them."""
        if self.tree is not None:
            return _leaves(self.tree) or ["id"]
        return ["-" + path for path in paths.widest(sorted(self.excluded))] or None


def names(data: Mapping[str, Any]) -> list[str]:
    """The names as they came; empty for all fields. Raises: InvalidFields (400/14)."""
    given = data.get("projection") or data.get("only_fields")
    if not given:
        return []
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise errors.InvalidFields("a list of field names is expected", field="only_fields")
    return given


def default(entity: Entity) -> Projection:
    """All fields but those that only come by name."""
    return Projection(excluded=entity.excluded)


def parse(entity: Entity, given: Sequence[str], *, joins: bool) -> Projection:
    """joins: whether paths may go through references, and `id` comes with every row (the `_ex` calls). Raises: InvalidFields (400/14)."""
    if not given:
        return default(entity)
    if sum(map(len, given)) > _LONGEST_KEPT:
        return _parsed(entity, given, joins=joins)
    return _kept(entity.collection.name, tuple(given), joins)


@functools.lru_cache(maxsize=1024)
def _kept(collection: str, given: tuple[str, ...], joins: bool) -> Projection:
    """PERF: clients ask for the same fields again and again."""
    return _parsed(OF_COLLECTION[collection], given, joins=joins)


def _parsed(entity: Entity, given: Sequence[str], *, joins: bool) -> Projection:
    excludes = {_known(entity, name[1:], joins=joins) for name in given if name.startswith("-")}
    includes = [name for name in given if not name.startswith("-")]
    excluded = frozenset(path for path in excludes if path)
    if not includes:
        return Projection(excluded=entity.excluded | excluded)
    return _included(entity, includes, excluded, joins=joins)


def _included(entity: Entity, includes: list[str], excluded: frozenset[str], *, joins: bool) -> Projection:
    own: list[str] = []
    asked: dict[str, list[str]] = {}
    for name in includes:
        if name == EVERY:
            continue
        found = _find(entity, name.removesuffix(".*"), joins=joins)
        if found.reference:
            asked.setdefault(found.reference, []).append(found.rest)
        elif name.endswith(".*") and found.field.reference and joins:
            asked.setdefault(name.removesuffix(".*"), []).append(EVERY)
        else:
            own.append(name.removesuffix(".*"))
    joined = {path: parse(target(entity, path), wanted, joins=True) for path, wanted in asked.items()}
    if EVERY in includes:
        return Projection(None, excluded, joined)
    kept = [path for path in paths.widest([*own, *joined]) if not any(paths.is_below(path, e) for e in excluded)]
    return Projection(_tree([*kept, "id"] if joins else kept), excluded, joined)


def _known(entity: Entity, path: str, *, joins: bool) -> str:
    """The path of an exclusion; empty for one that goes through a reference, which does nothing."""
    return "" if _find(entity, path, joins=joins).reference else path


def target(entity: Entity, path: str) -> Entity:
    """The entity that the reference at the path leads to."""
    found = fields.find(entity.collection, path)
    if found is None or found.field.reference not in OF_COLLECTION:
        raise unresolved(path)
    return OF_COLLECTION[found.field.reference]


def _find(entity: Entity, path: str, *, joins: bool) -> fields.Found:
    found = fields.find(entity.collection, path) if path and "" not in path.split(".") and "\0" not in path else None
    if found is not None and (joins or not found.reference):
        return found
    top = path.partition(".")[0]
    if joins and top not in entity.collection.fields:
        raise errors.InvalidFields(message="Fields not defined for object", fields=(top[:200],), object=entity.name)
    raise unresolved(path)


def _tree(given: Sequence[str]) -> Tree:
    tree: Tree = {}
    for path in paths.widest(given):
        *above, last = path.split(".")
        level = tree
        for part in above:
            level = level.setdefault(part, {})
        level[last] = None
    return tree


def _leaves(tree: Tree, prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, below in tree.items():
        found += [prefix + name] if below is None else _leaves(below, f"{prefix}{name}.")
    return found
