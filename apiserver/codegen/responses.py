"""Prints `generated/responses.json`: what each version of each action answers, for tests that check every response.

Shape: {service: {"definitions": {name: schema}, "responses": {"action version": schema}}}; no descriptions.
Read by `apiserver/testing/schemas.py`.
"""

from __future__ import annotations

import json
from typing import Any

from apiserver.codegen.model import Contract, Schema, Service

ANNOTATIONS = {"description", "title", "default", "example", "examples"}
PLACES_OF_SCHEMAS = {"properties", "definitions", "patternProperties"}


def print_responses(contract: Contract) -> str:
    """One line for each shape, so that a change shows as one line."""
    services = [_service(name, service) for name, service in sorted(contract.services.items())]
    return "{\n" + ",\n".join(services) + "\n}\n"


def _service(name: str, service: Service) -> str:
    responses = {}
    for action in sorted(service.actions):
        for version, shape in sorted(service.actions[action].versions.items()):
            if shape.response is not None:
                responses[f"{action} {version[0]}.{version[1]}"] = bare(shape.response)
    definitions = {key: bare(value) for key, value in sorted(service.definitions.items())}
    return f'"{name}": {{\n"definitions": {_lines(definitions)},\n"responses": {_lines(responses)}\n}}'


def _lines(schemas: dict[str, Any]) -> str:
    rows = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in schemas.items()]
    return "{\n" + ",\n".join(rows) + "\n}" if rows else "{}"


def bare(schema: Any) -> Any:
    """A schema without what says nothing about validity. Members of `properties` keep names such as `description`."""
    if isinstance(schema, list):
        return [bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result: Schema = {}
    for key, value in sorted(schema.items()):
        if key in PLACES_OF_SCHEMAS and isinstance(value, dict):
            result[key] = {name: bare(part) for name, part in sorted(value.items()) if isinstance(part, dict)}
        elif key not in ANNOTATIONS:
            result[key] = bare(value)
    return result
