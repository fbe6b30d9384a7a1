"""Groups and keys of maps as aggregations. A path through a list, which only Python's walk follows, gives None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiserver.stores.collections import Collection
from apiserver.stores.documents import Measure
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.filters import Order
from apiserver.stores.match import split
from apiserver.stores.mongo.compile import Compiler, field

Stage = dict[str, Any]


def plain(path: str) -> bool:
    """Whether an expression can say the path."""
    return not any(part.startswith("$") or part.isdigit() or "\0" in part for part in split(path))


def _lists_on_the_way(path: str) -> list[Stage]:
    return [{"$isArray": [f"${path[:place]}"]} for place, char in enumerate(path) if char == "."]


def _direct(collection: Collection, path: str) -> bool:
    """Whether the path is one top-level name, or leads through a declared object that cannot be a list."""
    return plain(path) and (path.count(".") == 0 or (path.count(".") == 1 and path.split(".")[0] in collection.never_lists))


def group(
    collection: Collection, condition: dict[str, Any], *, by: Sequence[str], measures: Sequence[Measure], order: Sequence[Order]
) -> list[Stage] | None:
    """The stages; rows are {_id: {k0, k1, …}, m0, m1, …}. None: not to be said."""
    if not all(_direct(collection, path) for path in (*by, *(m.path for m in measures if m.kind != "count"))):
        return None
    stages: list[Stage] = [{"$match": condition}]
    if order:
        stages.append({"$sort": dict(Compiler(collection).order(order, unique=True))})
    keys: dict[str, Any] = {f"k{number}": _elements(field(path)) for number, path in enumerate(by)}
    used = {f"v{number}": f"${field(m.path)}" for number, m in enumerate(measures) if m.kind != "count"}
    if keys or used:
        stages.append({"$project": {"_id": 0, **keys, **used}})
    stages += [{"$unwind": f"${name}"} for name in keys]
    figures = {f"m{number}": _figure(measure, f"$v{number}") for number, measure in enumerate(measures)}
    stages.append({"$group": {"_id": {name: f"${name}" for name in keys}, **figures}})
    stages.append({"$sort": {"_id": 1}})
    return stages


def _elements(name: str) -> dict[str, Any]:
    """The values that a document counts for: the elements of a list, one null for a missing value."""
    value = f"${name}"
    return {"$cond": [{"$isArray": [value]}, value, [{"$ifNull": [value, None]}]]}


def _figure(measure: Measure, value: str) -> dict[str, Any]:
    if measure.kind == "count":
        return {"$sum": 1}
    if measure.kind in ("first", "last"):
        return {f"${measure.kind}": {"$ifNull": [value, None]}}
    if measure.kind in ("sum", "avg", "min", "max"):
        return {f"${measure.kind}": value}
    raise InvalidQuery(f"not a measure: {measure.kind!r}")


def map_keys(condition: dict[str, Any], path: str, depth: int) -> list[Stage] | None:
    """The stages; rows are {_id: [key, sub-key, …]}. None: not to be said.

    A document whose path leads through a list gives a row whose first key is None.
    """
    if not plain(path):
        return None
    name = field(path)
    value = f"${name}"
    pairs: Any = {"$cond": [{"$eq": [{"$type": value}, "object"]}, {"$objectToArray": value}, []]}
    if lists := _lists_on_the_way(name):
        pairs = {"$cond": [{"$or": lists}, [{"k": None}], pairs]}
    stages: list[Stage] = [{"$match": condition}, {"$project": {"_id": 0, "kv": pairs}}, {"$unwind": "$kv"}]
    keys: list[Any] = ["$kv.k"]
    for level in range(1, depth):
        inner = {"$cond": [{"$eq": [{"$type": "$kv.v"}, "object"]}, {"$objectToArray": "$kv.v"}, []]}
        stages.append({"$project": {**{f"k{n}": key for n, key in enumerate(keys)}, "kv": _or_odd(inner, level)}})
        stages.append({"$unwind": "$kv"})
        keys = [*(f"$k{n}" for n in range(level)), "$kv.k"]
    stages.append({"$group": {"_id": keys}})
    return stages


def _or_odd(inner: Any, level: int) -> Any:
    """NOTE: a marked document stays marked on its way down."""
    first = "$kv.k" if level == 1 else "$k0"
    return {"$cond": [{"$eq": [first, None]}, [{"k": None}], inner]}
