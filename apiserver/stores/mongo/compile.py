"""Filters, orders and projections in MongoDB's query language. Our own `id` is `_id`, at the top of a document only."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from attrs import define

from apiserver.stores import filters as f
from apiserver.stores.collections import Collection
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.match import bounds, split
from apiserver.stores.mongo.encoding import comparable
from apiserver.stores.mongo.patterns import translated

Query = dict[str, Any]
NEVER: Query = {"$nor": [{}]}
"""A condition that nothing meets, at any place."""
NUMERIC = {"locale": "en_US", "numericOrdering": True}
"""The collation of `numeric=True` (spec 2 §1.10)."""
_DEEPEST = 60
SCORE = "score"
"""The sort key of a text search's relevance; it is never stored or returned."""


def field(path: str) -> str:
    """The path as it is stored. Raises: InvalidQuery."""
    parts = split(path)
    if parts[0] == "id":
        parts = ("_id", *parts[1:])
    elif parts[0].startswith("$") or parts[0] == "_id" or "\0" in path:
        raise InvalidQuery(f"a name that cannot be searched: {path!r}")
    return ".".join(parts)


def _inner(path: str) -> str:
    """The same inside of an element, where `id` is an ordinary name."""
    if split(path)[0].startswith("$") or "\0" in path:
        raise InvalidQuery(f"a name that cannot be searched: {path!r}")
    return path


@define
class Compiler:
    """One condition in the making. text: its full-text search, if there is one."""

    collection: Collection
    text: str | None = None

    def whole(self, condition: f.Filter) -> Query:
        """A complete condition. Raises: InvalidQuery, InvalidPattern, InvalidValue."""
        try:
            parts = [self._top(part) for part in flattened(condition)]
        except RecursionError as error:
            raise InvalidQuery("a condition nested too deep") from error
        return _together(parts)

    def _top(self, condition: f.Filter) -> Query:
        if not isinstance(condition, f.Text):
            return compiled(condition)
        if not self.collection.text:
            raise InvalidQuery(f"{self.collection.name} has no text index")
        if self.text is not None:
            raise InvalidQuery("more than one text search in a condition")
        self.text = condition.query
        return {"$text": {"$search": condition.query}}

    def order(self, order: Sequence[f.Order], *, unique: bool) -> list[tuple[str, Any]]:
        """The sort. unique: with the id as its last key, so that pages never overlap."""
        found: dict[str, Any] = {}
        for key in order:
            if key.path == f.TEXT_SCORE:
                if self.text is None:
                    raise InvalidQuery("an order by text score needs a text search")
                found.setdefault(SCORE, {"$meta": "textScore"})
            else:
                found.setdefault(field(key.path), -1 if key.descending else 1)
        if unique and found and "_id" not in found:
            found["_id"] = -1 if order[-1].descending and order[-1].path != f.TEXT_SCORE else 1
        return list(found.items())


def flattened(condition: f.Filter) -> list[f.Filter]:
    """The parts of nested conjunctions, in order."""
    if isinstance(condition, f.All):
        return [inner for part in condition.parts for inner in flattened(part)]
    return [condition]


def _together(parts: list[Query]) -> Query:
    parts = [part for part in parts if part]
    if not parts:
        return {}
    return parts[0] if len(parts) == 1 else {"$and": parts}


def compiled(condition: f.Filter, depth: int = 0, *, inside: bool = False) -> Query:
    """A condition without a text search. inside: on the elements of a list."""
    if depth > _DEEPEST:
        raise InvalidQuery("a condition nested too deep")
    if isinstance(condition, f.All):
        return _together([compiled(part, depth + 1, inside=inside) for part in flattened(condition)])
    if isinstance(condition, f.AnyOf):
        parts = [compiled(part, depth + 1, inside=inside) for part in condition.parts]
        return {"$or": parts} if parts else NEVER
    if isinstance(condition, f.Not):
        return {"$nor": [compiled(condition.part, depth + 1, inside=inside)]}
    if isinstance(condition, f.Text):
        raise InvalidQuery("a text search can only be a part of the whole condition")
    path = getattr(condition, "path", None)
    if path is None:
        raise InvalidQuery(f"not a condition: {condition!r}")
    return _leaf(condition, _inner(path) if inside else field(path), depth)


def _leaf(condition: f.Filter, name: str, depth: int) -> Query:
    if isinstance(condition, f.Eq):
        return {name: {"$eq": comparable(condition.value)}}
    if isinstance(condition, f.Ne):
        return {name: {"$ne": comparable(condition.value)}}
    if isinstance(condition, f.In):
        return _in(name, condition.values)
    if isinstance(condition, f.NotIn):
        return {"$nor": [_in(name, condition.values)]}
    if isinstance(condition, f.ContainsAll):
        return _together([{name: {"$eq": comparable(value)}} for value in condition.values]) if condition.values else NEVER
    if isinstance(condition, f.Range):
        return {name: {f"${sign}": comparable(bound) for sign, bound in bounds(condition)}}
    return _shape(condition, name, depth)


def _shape(condition: f.Filter, name: str, depth: int) -> Query:
    if isinstance(condition, f.Exists):
        return {name: {"$exists": condition.present}}
    if isinstance(condition, f.Size):
        return {name: {"$size": condition.length}} if condition.length >= 0 else NEVER
    if isinstance(condition, f.Matches):
        found = translated(condition.pattern, condition.ignore_case)
        if found is None:
            raise InvalidQuery(f"a pattern that the store has to match by itself cannot stand here: {condition.pattern!r}")
        return {name: {"$regex": found[0], "$options": found[1]}}
    if isinstance(condition, f.AnyElement):
        return {name: {"$elemMatch": compiled(condition.condition, depth + 1, inside=True)}}
    raise InvalidQuery(f"not a condition: {condition!r}")


def _in(name: str, values: Sequence[Any]) -> Query:
    """NOTE: `$in` takes no object whose first key begins with `$`."""
    wanted = [comparable(value) for value in values]
    odd = [value for value in wanted if isinstance(value, dict) and next(iter(value), "").startswith("$")]
    if not odd:
        return {name: {"$in": wanted}}
    return {"$or": [{name: {"$in": [value for value in wanted if value not in odd]}}, *({name: {"$eq": value}} for value in odd)]}


# Projections


def projection(fields: Sequence[str] | None) -> tuple[dict[str, int] | None, tuple[str, ...] | None]:
    """(for the server, what is left to cut in Python). Raises: InvalidQuery for a mixture of inclusions and exclusions."""
    if fields is None:
        return None, None
    asked, cut = _projection(tuple(fields))
    return dict(asked) if asked else None, cut


@functools.lru_cache(maxsize=1024)
def _projection(fields: tuple[str, ...]) -> tuple[dict[str, int] | None, tuple[str, ...] | None]:
    """PERF: the same fields are asked for again and again."""
    excluded = [name[1:] for name in fields if name.startswith("-")]
    if excluded and len(excluded) != len(fields):
        raise InvalidQuery("a projection either includes or excludes")
    if excluded:
        sayable = [name for name in excluded if name != "id" and _sayable(name)]
        rest = tuple(f"-{name}" for name in excluded if not _sayable(name))
        return (dict.fromkeys(_shortest(sayable), 0) or None), rest or None
    names = [_sayable_part(name) for name in fields]
    if "" in names:
        return None, tuple(fields)
    asked = {"_id": 1, **{name: 1 for name in _shortest(names) if name != "id"}}
    return asked, None if all(map(_sayable, fields)) else tuple(fields)


def _sayable(path: str) -> bool:
    return not any(part.startswith("$") for part in split(path)) and "\0" not in path


def _sayable_part(path: str) -> str:
    """The path up to the first name that a projection cannot say."""
    parts = split(path)
    end = next((place for place, part in enumerate(parts) if not _sayable(part)), len(parts))
    return ".".join(parts[:end])


def _shortest(names: Sequence[str]) -> list[str]:
    """Without those below another: MongoDB refuses both together."""
    wanted = dict.fromkeys(names)
    return [name for name in wanted if not any(name[:place] in wanted for place, char in enumerate(name) if char == ".")]
