"""`order_by` of a request. Source: spec 2 §2.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from apiserver.generated import errors
from apiserver.query import conditions, fields
from apiserver.query.entity import Entity
from apiserver.query.where import unresolved
from apiserver.stores.filters import TEXT_SCORE, Filter, In, Not, Order

SCORE = "@text_score"


@frozen
class Ordering:
    """keys: the sort; empty: the condition of documents that come after all others, whatever the sort says (None: no such split)."""

    keys: tuple[Order, ...] = ()
    empty: Filter | None = None

    @property
    def present(self) -> Filter | None:
        return None if self.empty is None else Not(self.empty)


def names(data: Mapping[str, Any]) -> list[str]:
    """The names of `order_by` as they came; a single text is a list of it. Raises: InvalidFields (400/14)."""
    given = data.get("order_by")
    if not given:
        return []
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list) or not all(isinstance(name, str) and name.lstrip("-") for name in given):
        raise errors.InvalidFields("a list of field names is expected", field="order_by")
    return given


def parse(entity: Entity, given: list[str], *, text: bool) -> Ordering:
    """text: whether the request searches by text. Raises: InvalidFields (400/14), FieldsValueError (400/16)."""
    if not given:
        return Ordering()
    keys = [_key(name, text=text) for name in given]
    first = keys[0]
    plain = first.path != TEXT_SCORE and not first.descending
    if plain and not fields.exists(entity.collection, first.path):
        raise unresolved(first.path)
    if all(key.path != "id" for key in keys):
        keys.append(Order("id", exact=True))
    return Ordering(tuple(keys), _empty(entity, first.path) if plain else None)


def _key(name: str, *, text: bool) -> Order:
    if name == SCORE:
        if not text:
            raise errors.FieldsValueError("text score cannot be used in order_by when search text is not used")
        return Order(TEXT_SCORE)
    path = name.removeprefix("-")
    if not path or "" in path.split(".") or "\0" in path:
        raise unresolved(path.replace("\0", "\\0"))
    return Order(path, descending=name.startswith("-"))


def _empty(entity: Entity, path: str) -> Filter | None:
    """Which documents have nothing to be ordered by; None where that cannot be, or is not asked."""
    found = fields.find(entity.collection, path)
    if path == "id" or "[" in path or found is None:
        return None
    if found.inside:
        return In(path, [None])
    if found.field.kind == "list":
        return conditions.empty(path)
    return In(path, [None, ""] if found.field.kind == "text" else [None])
