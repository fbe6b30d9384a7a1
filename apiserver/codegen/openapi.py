"""Prints `generated/openapi.json`: OpenAPI 3.1 of every endpoint at its newest documented version.

A request body shows what is documented; where a model is enforced, its fields and its required ones win (spec 1 §5).
"""

from __future__ import annotations

import json
from typing import Any

from apiserver.codegen.bindings import is_batch
from apiserver.codegen.layout import COMMAND, summary
from apiserver.codegen.model import Action, Contract, Schema, Service

Json = dict[str, Any]

KEPT = {
    *(
        "type",
        "enum",
        "default",
        "description",
        "items",
        "properties",
        "required",
        "additionalProperties",
        "oneOf",
        "anyOf",
        "allOf",
        "not",
    ),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format"),
    *("title", "uniqueItems", "patternProperties", "multipleOf", "const"),
}
"""Keywords that are the same in draft 4 and in OpenAPI 3.1; everything else (attributes for the generator) is left out."""

WORDS = {"number": "integer", "float": "number"}
"""What a model's types are called in JSON Schema."""

SIGNED_IN: list[Json] = [{"bearer": []}, {"basic": []}, {"cookie": []}]


def print_openapi(contract: Contract) -> str:
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Trackyard API",
            "version": "2.34",
            "summary": "Experiment tracking over the ClearML wire protocol.",
            "description": f"Generated from schema/ by `{COMMAND}`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}, {"url": "/api"}],
        "tags": [{"name": name, "description": service.description or name} for name, service in sorted(contract.services.items())],
        "paths": dict(
            _path(service, service.actions[name]) for _, service in sorted(contract.services.items()) for name in sorted(service.actions)
        ),
        "components": {
            "securitySchemes": _security_schemes(),
            "responses": {"Error": _content({"$ref": "#/components/schemas/Failure"}, "Any error; the HTTP status is `meta.result_code`.")},
            "schemas": {**_common_schemas(), **_definitions(contract)},
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _path(service: Service, action: Action) -> tuple[str, Json]:
    newest = max(action.versions)
    about = action.description if action.built else f"{action.description} Not built yet: answers 404."
    operation: Json = {
        "operationId": action.endpoint,
        "tags": [service.name],
        "summary": summary(action.description) or action.endpoint,
        "description": about.strip() or action.endpoint,
        "security": _security(action),
        "requestBody": {"content": _bodies(service, action)},
        "responses": {"200": _answer(service, action), "default": {"$ref": "#/components/responses/Error"}},
        "x-versions": [f"{major}.{minor}" for major, minor in sorted(action.versions)],
    }
    if action.authorize is True and action.allow_roles != ("*",):
        operation["x-roles"] = list(action.allow_roles)
    if action.internal:
        operation["x-internal"] = True
    return f"/v{newest[0]}.{newest[1]}/{action.endpoint}", {"post": operation}


def _bodies(service: Service, action: Action) -> Json:
    body = {"schema": _request(service, action)}
    if not is_batch(action):
        return {"application/json": body}
    lines = {"type": "string", "description": "JSON lines: one object a line, each as under application/json."}
    return {"application/json-lines": {"schema": lines}, "application/json": body}


def _request(service: Service, action: Action) -> Json:
    """The documented request with the newest handler's model laid over it."""
    shape = action.versions[max(action.versions)]
    documented = shape.batch_request or shape.request or {"type": "object"}
    schema: Json = modern(documented, service.name)
    handler = action.handlers[-1]
    if handler.model is None:
        if not handler.required_fields:
            return schema
        return {**schema, "required": sorted(handler.required_fields)}
    schema.pop("required", None)
    model = modern(enforced(handler.model), service.name)
    described = schema.get("properties", {})
    fields = {name: _described(field, described.get(name)) for name, field in model.get("properties", {}).items()}
    result: Json = {**schema, "type": "object", "properties": {**described, **fields}}
    if model.get("required"):
        result["required"] = sorted(model["required"])
    return result


def _described(field: Json, documented: Json | None) -> Json:
    words = documented.get("description") if documented else None
    return {**field, "description": words} if words and "description" not in field else field


def enforced(model: Any) -> Any:
    """A model in the words of JSON Schema: its `number` is a whole number, its `float` any number."""
    if isinstance(model, list):
        return [enforced(part) for part in model]
    if not isinstance(model, dict):
        return model
    result: Json = {}
    for key, value in model.items():
        if key == "type":
            result[key] = [WORDS.get(k, k) for k in value] if isinstance(value, list) else WORDS.get(value, value)
        elif key == "properties":
            result[key] = {name: enforced(part) for name, part in value.items()}
        else:
            result[key] = value if key in ("default", "enum", "required") else enforced(value)
    return result


def _answer(service: Service, action: Action) -> Json:
    shape = action.versions[max(action.versions)]
    data: Json = modern(shape.response, service.name) if shape.response else {"type": "object"}
    if data.get("type") == "string":  # NOTE: a documented answer of plain text means a body without envelope (spec 1 §2.3)
        return {"description": "The text itself, without envelope.", "content": {"*/*": {"schema": {"type": "string"}}}}
    schema = {
        "type": "object",
        "required": ["meta", "data"],
        "properties": {"meta": {"$ref": "#/components/schemas/Meta"}, "data": data},
    }
    return _content(schema, "The answer in its envelope.")


def _content(schema: Json, description: str) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _security(action: Action) -> list[Json]:
    if action.authorize is True:
        return SIGNED_IN
    return [] if action.authorize is False else [{}, *SIGNED_IN]


def _security_schemes() -> Json:
    return {
        "basic": {"type": "http", "scheme": "basic", "description": "Access key and secret, or user name and password."},
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token from auth.login."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "clearml_token_basic", "description": "The same token, for browsers."},
    }


def _common_schemas() -> Json:
    version = {"type": ["string", "number", "null"]}
    endpoint = {"name": {"type": "string"}, "requested_version": version, "actual_version": version}
    meta = {
        "id": {"type": "string", "description": "Of this call."},
        "trx": {"type": "string", "description": "Transaction id as sent, else the call's id."},
        "endpoint": {"type": "object", "properties": endpoint},
        "result_code": {"type": "integer"},
        "result_subcode": {"type": "integer"},
        "result_msg": {"type": "string"},
        "error_stack": {"type": ["string", "null"]},
        "error_data": {"type": "object"},
    }
    required = ["id", "trx", "endpoint", "result_code", "result_subcode", "result_msg"]
    return {
        "Meta": {"type": "object", "required": required, "properties": meta},
        "Failure": {
            "type": "object",
            "required": ["meta", "data"],
            "properties": {"meta": {"$ref": "#/components/schemas/Meta"}, "data": {"type": "object"}},
        },
    }


def _definitions(contract: Contract) -> Json:
    return {
        f"{name}.{key}": modern(schema, name)
        for name, service in sorted(contract.services.items())
        for key, schema in sorted(service.definitions.items())
    }


def modern(schema: Any, service: str) -> Any:
    """Draft 4 → OpenAPI 3.1, with references to the service's definitions pointing into `components`."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/components/schemas/{service}.{schema['$ref'].rsplit('/', 1)[-1]}"}
    result: Json = {}
    for key, value in schema.items():
        if key not in KEPT or (key == "additionalProperties" and value is False):
            continue  # NOTE: unknown fields are ignored, not refused
        if key in ("properties", "patternProperties"):
            result[key] = {name: modern(part, service) for name, part in value.items() if isinstance(part, dict)}
        elif key in ("items", "additionalProperties", "not"):
            result[key] = modern(value, service)
        elif key in ("oneOf", "anyOf", "allOf"):
            result["anyOf" if key == "oneOf" else key] = [modern(part, service) for part in value]
        else:
            result[key] = value
    return _numeric_bounds(result)


def _numeric_bounds(schema: Schema) -> Schema:
    """Draft 4 marks a bound as exclusive by a boolean beside it; later drafts hold the number itself there."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if schema.get(exclusive) is True:
            schema[exclusive] = schema.pop(bound)
        elif schema.get(exclusive) is False:
            del schema[exclusive]
    return schema
