"""Changes as MongoDB's own updates, wherever those mean exactly the same.

Three ways, tried in this order (`Plan.of`):
- operators (`$set`, `$push`, …), when no change touches what another one does: the server applies all of them at once;
- a pipeline, when there is a `Fold`: it computes from what is stored. It would silently make objects out of what is none, so a guard
  stands in its condition; a document that the guard keeps out goes the third way;
- nothing: the store applies the changes to the document in Python (`stores/changes.py`) and writes it if it is still the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import Factory, define, frozen

from apiserver.stores import filters as f
from apiserver.stores.collections import Collection
from apiserver.stores.errors import InvalidQuery, InvalidValue
from apiserver.stores.match import split
from apiserver.stores.mongo.compile import NEVER, compiled, field
from apiserver.stores.mongo.encoding import checked
from apiserver.stores.ordering import order_key

Stage = dict[str, Any]


@frozen
class Plan:
    """update: operators or a pipeline. guard: a condition on what a pipeline may change; None: none is needed."""

    update: dict[str, Any] | list[Stage]
    guard: dict[str, Any] | None = None

    @staticmethod
    def of(collection: Collection, changes: Sequence[f.Change]) -> Plan | None:
        """None: only Python can say it. Raises: InvalidQuery, InvalidValue."""
        _check(collection, changes)
        if not changes or any(not _sayable(collection, change) for change in changes):
            return None
        if any(isinstance(change, f.Fold) for change in changes):
            return _pipeline(changes)
        apart = _Changed().add(change.path for change in changes)  # type: ignore[attr-defined]
        return _operators(changes) if apart else None


def _check(collection: Collection, changes: Sequence[f.Change]) -> None:
    for change in changes:
        path = getattr(change, "path", "")
        split(path)
        for value in (getattr(change, "value", None), *getattr(change, "values", ())):
            checked(value)
        if isinstance(change, f.Set) and path in collection.never_lists and isinstance(change.value, list | tuple):
            raise InvalidValue(f"{collection.name}.{path}: a list where one value is declared")
        if isinstance(change, f.Set | f.Max | f.Min) and path == "_id":
            raise InvalidQuery("the id of a document cannot change")


def _sayable(collection: Collection, change: f.Change) -> bool:
    """Whether the change's names are plain ones for MongoDB and its operator is ours."""
    path: str = change.path  # type: ignore[attr-defined]
    parts = split(path)
    if parts[0] in ("id", "_id") or any(part.startswith("$") or "\0" in part or _odd_number(part) for part in parts):
        return False
    if isinstance(change, f.Push | f.AddToSet | f.Max | f.Min) and path in collection.never_lists:
        # NOTE: they may make a list there, which is only seen afterwards.
        return isinstance(change, f.Max | f.Min) and not isinstance(change.value, list | tuple)
    return not isinstance(change, f.SetElement | f.Move)


def _odd_number(part: str) -> bool:
    """`00` is a place in a list for MongoDB."""
    return part.isdigit() and (not part.isascii() or (part[0] == "0" and part != "0"))


@define
class _Changed:
    """Paths that are changed at once. PERF: each is looked at once; a batch of 2,000 series changes 20,000."""

    paths: set[str] = Factory(set)
    above: set[str] = Factory(set)
    """All that lead to one of them."""

    def add(self, paths: Iterable[str]) -> bool:
        """Take these as well, unless one is the same as, above or below another: whether they were taken."""
        paths, above = list(paths), set[str]()
        for path in paths:
            above.update(path[:place] for place, char in enumerate(path) if char == ".")
        new = set(paths)
        if len(new) < len(paths) or new & self.paths or new & self.above or new & above or above & self.paths:
            return False
        self.paths |= new
        self.above |= above
        return True


# Operators

_SIMPLE = {f.Set: "$set", f.Max: "$max", f.Min: "$min"}


def _operators(changes: Sequence[f.Change]) -> Plan | None:
    update: dict[str, dict[str, Any]] = {}
    for change in changes:
        operator, value = _operator(change)
        update.setdefault(operator, {})[field(change.path)] = value  # type: ignore[attr-defined]
    return Plan(update)


def _operator(change: f.Change) -> tuple[str, Any]:
    if isinstance(change, f.Set | f.Max | f.Min):
        return _SIMPLE[type(change)], change.value
    if isinstance(change, f.Unset):
        return "$unset", ""
    if isinstance(change, f.Inc):
        return "$inc", change.by
    if isinstance(change, f.Push):
        place = {} if change.position is None else {"$position": change.position}
        return "$push", {"$each": list(change.values), **place}
    if isinstance(change, f.AddToSet):
        return "$addToSet", {"$each": list(change.values)}
    if isinstance(change, f.Pull):
        return "$pullAll", list(change.values)
    if isinstance(change, f.PullWhere):
        condition = compiled(change.condition, inside=True)
        return "$pull", {"$and": [condition]} if condition else {"$nor": [NEVER]}
    if isinstance(change, f.PopFirst):
        return "$pop", -1
    raise InvalidQuery(f"not a change: {change!r}")


# Pipelines


def _pipeline(changes: Sequence[f.Change]) -> Plan | None:
    """Stages that change one after the other, each as much as does not touch itself."""
    stages: list[Stage] = []
    changed = _Changed()
    allowed: dict[str, tuple[str, ...]] = {}
    for change in changes:
        expressions = _EXPRESSIONS.get(type(change))
        if expressions is None:
            return None
        path: str = change.path  # type: ignore[attr-defined]
        made = expressions(path, change)
        if not stages or not changed.add(made):
            stages.append({"$set": {}})
            changed = _Changed()
            changed.add(made)
        stages[-1]["$set"].update(made)
        _allow(allowed, path, change)
    types = [{"$in": [{"$type": f"${path}"}, list(kinds)]} for path, kinds in allowed.items()]
    return Plan(list(stages), {"$expr": {"$and": types}} if types else {})


def _allow(allowed: dict[str, tuple[str, ...]], path: str, change: f.Change) -> None:
    """What may stand on the way to the path, and at it."""
    for place, char in enumerate(path):
        if char == ".":
            allowed[path[:place]] = ("missing", "object")
    if isinstance(change, f.Fold):
        allowed[path] = ("missing", "object")
    elif isinstance(change, f.AddToSet):
        allowed.setdefault(path, ("missing", "array"))


def _set(path: str, change: f.Set) -> dict[str, Any]:
    return {path: {"$literal": change.value}}


def _unset(path: str, change: f.Unset) -> dict[str, Any]:
    return {path: "$$REMOVE"}


def _extreme(operator: str) -> Callable[[str, Any], dict[str, Any]]:
    def made(path: str, change: f.Max | f.Min) -> dict[str, Any]:
        stored, new = f"${path}", {"$literal": change.value}
        wanted = {"$or": [{"$eq": [{"$type": stored}, "missing"]}, {operator: [new, stored]}]}
        return {path: {"$cond": [wanted, new, stored]}}

    return made


def _add_to_set(path: str, change: f.AddToSet) -> dict[str, Any]:
    values = list({order_key(value): value for value in reversed(change.values)}.values())[::-1]
    there = {"$ifNull": [f"${path}", []]}
    new = {"$filter": {"input": {"$literal": values}, "cond": {"$not": [{"$in": ["$$this", there]}]}}}
    return {path: {"$concatArrays": [there, new]}}


def _fold(path: str, change: f.Fold) -> dict[str, Any]:
    """See `stores/changes.py`; `$round` is Python's `round`."""
    made: dict[str, Any] = {}
    for name, (value, iteration), operator in (
        ("min", change.minimum, "$lt"), ("max", change.maximum, "$gt"), ("first", change.first, None),
    ):  # fmt: skip
        stored = f"${path}.{name}_value"
        newer = [{"$lte": [stored, None]}, *([{operator: [{"$literal": value}, stored]}] if operator else [])]
        wanted = {"$or": newer}
        number = "$$REMOVE" if iteration is None else {"$literal": iteration}
        made[f"{path}.{name}_value"] = {"$cond": [wanted, {"$literal": value}, stored]}
        made[f"{path}.{name}_value_iteration"] = {"$cond": [wanted, number, f"{stored}_iteration"]}
    count, mean = _number(f"${path}.count"), _number(f"${path}.mean_value")
    total = {"$add": [{"$multiply": [mean, count]}, change.total]}
    number_of_all = {"$add": [count, change.count]}
    made[f"{path}.mean_value"] = {"$toDouble": {"$round": [{"$divide": [{"$toDouble": total}, number_of_all]}, 2]}}
    made[f"{path}.count"] = {"$add": [{"$toLong": count}, change.count]}
    return made


def _number(stored: str) -> dict[str, Any]:
    return {"$cond": [{"$isNumber": stored}, stored, 0]}


_EXPRESSIONS: dict[type, Callable[[str, Any], dict[str, Any]]] = {
    f.Set: _set, f.Unset: _unset, f.Max: _extreme("$gt"), f.Min: _extreme("$lt"), f.AddToSet: _add_to_set, f.Fold: _fold,
}  # fmt: skip
