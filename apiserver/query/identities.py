"""Conditions on ids in a query whose texts compare by a collation: ids are compared as they are.

PERF: folding the company of each row took half of the time of a page sorted by a metric, and no index was of use.
"""

from __future__ import annotations

from apiserver.query.entity import Entity
from apiserver.stores.filters import All, AnyOf, Eq, Filter, Ids, In, Ne, Not, NotIn


def exact(entity: Entity, condition: Filter) -> Filter:
    """The condition with `Ids` where ids and references are compared."""
    if isinstance(condition, All):
        return All(*(exact(entity, part) for part in condition.parts))
    if isinstance(condition, AnyOf):
        return AnyOf(*(exact(entity, part) for part in condition.parts))
    if isinstance(condition, Not):
        return Not(exact(entity, condition.part))
    if isinstance(condition, Eq | Ne | In | NotIn) and _is_id(entity, condition.path):
        values = (condition.value,) if isinstance(condition, Eq | Ne) else condition.values
        found = Ids(condition.path, values)
        return found if isinstance(condition, Eq | In) else Not(found)
    return condition


def _is_id(entity: Entity, path: str) -> bool:
    declared = entity.collection.fields.get(path)
    return path == "id" or (declared is not None and bool(declared.reference))
