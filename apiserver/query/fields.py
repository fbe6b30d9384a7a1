"""Finding a dotted path among the declared fields of a collection."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from apiserver.stores.collections import Collection, Field


@frozen
class Found:
    """field: the declared one the path ends in (for a path inside a free map: the map); inside: it ends below a free map.

    reference: the path of the first reference on the way, if the path goes beyond it; rest: what follows it.
    """

    field: Field
    inside: bool = False
    reference: str = ""
    rest: str = ""


def find(collection: Collection, path: str) -> Found | None:
    """None: the collection declares no such path."""
    fields: Mapping[str, Field] = collection.fields
    parts = path.split(".")
    i = 0
    while i < len(parts):
        declared = fields.get(parts[i])
        if declared is None:
            return None
        i += 1
        if i == len(parts):
            return Found(declared)
        if declared.reference:
            return Found(declared, reference=".".join(parts[:i]), rest=".".join(parts[i:]))
        if declared.kind == "map" and declared.fields:
            i += 1  # one free key, then the declared fields of its value
            if i == len(parts):
                return Found(declared, inside=True)
        elif declared.kind in ("map", "any"):
            return Found(declared, inside=True)
        elif declared.kind == "list" and parts[i].isdigit():
            i += 1
            if i == len(parts):
                return Found(declared, inside=True)
        if not declared.fields:
            return None
        fields = declared.fields
    return None


def exists(collection: Collection, path: str) -> bool:
    """Whether the path is declared, without going through a reference."""
    found = find(collection, path)
    return found is not None and not found.reference
