"""What a handler enforces on a request, worked out from the documented one and the differences that the schema states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.codegen.model import Schema

Definitions = Mapping[str, Schema]

SPOKEN = {"integer": "number", "number": "float"}
"""A model's words for numbers, as the contract has them: whole ones are `number`, fractions `float`."""


def enforced(request: Schema, rules: Mapping[str, Any], definitions: Definitions) -> Schema:
    """The model: the documented request without references, with the rules laid over it, every object with named fields closed.

    rules: `only` or `without` (names of fields), `properties` (laid over the documented ones; null takes something away),
    `required` (instead of the documented list, which otherwise loses the names that are gone).
    """
    base = inlined(request, definitions)
    fields: dict[str, Any] = base.get("properties", {})
    kept = [name for name in fields if name in rules["only"]] if rules.get("only") is not None else list(fields)
    kept = [name for name in kept if name not in (rules.get("without") or ())]
    base["properties"] = laid_over({name: fields[name] for name in kept}, inlined_all(rules.get("properties") or {}, definitions))
    required = rules["required"] if rules.get("required") is not None else base.get("required", [])
    base.pop("required", None)
    base = without_nulls(base)
    names = sorted(name for name in required if name in base["properties"] or rules.get("required") is not None)
    if names:
        base["required"] = names
    return closed(base)


def inlined(schema: Schema, definitions: Definitions) -> Schema:
    """A copy with every reference replaced by what it names; keywords beside the reference win."""
    schema = dict(schema)
    reference = schema.pop("$ref", None)
    if reference is not None:
        target = definitions.get(str(reference).removeprefix("#/definitions/")) or {}
        schema = {**inlined(target, definitions), **schema}
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            schema[key] = inlined_all(value, definitions)
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            schema[key] = inlined(value, definitions)
        elif key in ("anyOf", "oneOf", "allOf") and isinstance(value, list):
            schema[key] = [inlined(part, definitions) for part in value]
    return schema


def inlined_all(properties: Mapping[str, Any], definitions: Definitions) -> dict[str, Any]:
    return {name: inlined(part, definitions) if isinstance(part, dict) else part for name, part in properties.items()}


def laid_over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """As HOCON merges objects: key by key, lists and values replaced. Nulls stay, to be dropped afterwards."""
    merged = dict(base)
    for key, value in top.items():
        below = merged.get(key)
        merged[key] = laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def without_nulls(value: Any) -> Any:
    """HOCON cannot take a key away, so a key that is set to null is one that is not there. Nulls in lists are values."""
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def closed(schema: Schema) -> Schema:
    """The documented vocabulary turned into a model's: numbers by their kind, objects with named fields closed."""
    schema = dict(schema)
    kind = schema.get("type")
    if isinstance(kind, list):
        schema["type"] = [SPOKEN.get(one, one) for one in kind]
    elif isinstance(kind, str):
        schema["type"] = SPOKEN.get(kind, kind)
    if "properties" in schema:
        schema["properties"] = {name: closed(part) for name, part in schema["properties"].items()}
        schema["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = closed(schema[key])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            schema[key] = [closed(part) for part in schema[key]]
    return schema
