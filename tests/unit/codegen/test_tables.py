"""The printed tables: bindings, errors, responses, OpenAPI."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from apiserver.calls.endpoint import Binding, Endpoint
from apiserver.codegen.bindings import print_bindings
from apiserver.codegen.error_classes import print_errors
from apiserver.codegen.model import Action, Contract, ErrorCode, Handler, Schema, Service, Shape
from apiserver.codegen.openapi import print_openapi
from apiserver.codegen.responses import print_responses
from apiserver.testing.schemas import response_schema

REQUEST: Schema = {
    "type": "object",
    "required": ["task", "old"],
    "properties": {
        "task": {"type": "string", "description": "Id."},
        "old": {"$ref": "#/definitions/thing"},
        "n": {"type": "number", "exclusiveMinimum": True, "minimum": 0},
    },
}
RESPONSE: Schema = {"type": "object", "properties": {"thing": {"$ref": "#/definitions/thing"}, "description": {"type": "string"}}}
MODEL: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["task"],
    "properties": {"task": {"type": "string"}, "count": {"type": "number"}, "size": {"type": "float"}},
}
SHAPES = {(2, 1): Shape(REQUEST, {"type": "object"}), (2, 9): Shape(REQUEST, RESPONSE)}
ACTION = Action("things", "get", "Get a thing. It is one.", SHAPES, (Handler((1, 0), "get", MODEL), Handler((2, 9), "get_v2_9", MODEL)))
LINES = Action(
    "things",
    "add_batch",
    "Add things.",
    {(2, 1): Shape(None, None, {"type": "object"})},
    (Handler((1, 0), "add_batch", None, ("id",)),),
    internal=True,
    allow_roles=("system", "root"),
)
LATER = Action("later", "do", "", {(2, 1): Shape(None, {"type": "string"})}, (Handler((2, 1), "do", MODEL),), authorize=False, built=False)
CONTRACT = Contract(
    {
        "things": Service(
            "things", "Things.", {"thing": {"type": "object", "description": "A thing."}}, {"get": ACTION, "add_batch": LINES}
        ),
        "later": Service("later", "Later.", {}, {"do": LATER}),
    },
    (
        ErrorCode(400, 12, "validation_error", "ValidationError", "Validation error"),
        ErrorCode(301, 1, "not_supported", "Moved", 'Not "it"'),
    ),
)


def test_bindings() -> None:
    """Plain imports of built services only, and rows that say what differs from the usual."""
    text = print_bindings(CONTRACT)
    assert "from apiserver.generated import things as things_shapes\nfrom apiserver.services import things\n" in text
    assert "later_shapes" not in text

    class Any_:
        def __getattr__(self, name: str) -> str:
            return name

    body = text[text.index("ENDPOINTS") :]
    space: dict[str, Any] = {"Binding": Binding, "Endpoint": Endpoint, "things": Any_(), "things_shapes": Any_()}
    exec(body, space)
    table = space["ENDPOINTS"]
    assert list(table) == ["later.do", "things.add_batch", "things.get"]
    assert table["later.do"] == Endpoint("later.do", (Binding((2, 1), None),), authorize=False, built=False, versions=((2, 1),))
    batch = table["things.add_batch"]
    assert (batch.batch, batch.internal, batch.allow_roles) == (True, True, ("system", "root"))
    assert batch.bindings[0] == Binding((1, 0), "add_batch", None, ("id",), batch=True)  # type: ignore[arg-type]
    assert [b.handler for b in table["things.get"].bindings] == ["get", "get_v2_9"]
    assert table["things.get"].bindings[1].request == "GetV2_9Request"


def test_errors() -> None:
    """One class a code, sorted, found again by code."""
    space: dict[str, Any] = {}
    exec(print_errors(CONTRACT), space)
    assert list(space["BY_CODE"]) == [(301, 1), (400, 12)]
    error = space["ValidationError"]("why", field="x")
    assert (error.code, error.subcode, error.message) == (400, 12, "Validation error (why): field=x")


def test_responses() -> None:
    """Valid JSON without words; fields that are called description stay."""
    file = json.loads(print_responses(CONTRACT))
    assert file["things"]["definitions"] == {"thing": {"type": "object"}}
    assert set(file["things"]["responses"]) == {"get 2.1", "get 2.9"}
    assert set(file["things"]["responses"]["get 2.9"]["properties"]) == {"thing", "description"}


def test_openapi() -> None:
    """Paths at the newest version, models over the documented request, references into components."""
    document = json.loads(print_openapi(CONTRACT))
    assert list(document["paths"]) == ["/v2.1/later.do", "/v2.1/things.add_batch", "/v2.9/things.get"]
    get = document["paths"]["/v2.9/things.get"]["post"]
    body = get["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["task"]
    assert body["properties"]["task"] == {"type": "string", "description": "Id."}
    assert body["properties"]["old"] == {"$ref": "#/components/schemas/things.thing"}
    assert body["properties"]["n"] == {"type": "number", "exclusiveMinimum": 0}
    assert (body["properties"]["count"]["type"], body["properties"]["size"]["type"]) == ("integer", "number")
    assert get["summary"] == "Get a thing."
    batch = document["paths"]["/v2.1/things.add_batch"]["post"]
    assert set(batch["requestBody"]["content"]) == {"application/json-lines", "application/json"}
    assert (batch["x-roles"], batch["x-internal"]) == (["system", "root"], True)
    assert document["paths"]["/v2.1/later.do"]["post"]["security"] == []
    assert list(document["paths"]["/v2.1/later.do"]["post"]["responses"]["200"]["content"]) == ["*/*"]
    assert "Not built yet" in document["paths"]["/v2.1/later.do"]["post"]["description"]


@pytest.mark.parametrize("name", ["things", "later"])
def test_order_of_the_source_is_not_shown(name: str) -> None:
    """Services and actions in another order print the same."""
    turned = {key: evolve(s, actions=dict(reversed(s.actions.items()))) for key, s in reversed(CONTRACT.services.items())}
    other = evolve(CONTRACT, services=turned, errors=tuple(reversed(CONTRACT.errors)))
    for printer in (print_bindings, print_errors, print_responses, print_openapi):
        assert printer(other) == printer(CONTRACT)


def test_response_schema() -> None:
    """The newest documented version up to the requested one, else the oldest; unknown endpoints are told."""
    now, old = response_schema("tasks.get_all_ex", (2, 34)), response_schema("tasks.get_all_ex", (1, 0))
    assert "scroll_id" in now["properties"]
    assert "scroll_id" not in old["properties"]
    assert "task" in now["definitions"]
    assert response_schema("tasks.get_all_ex", (999, 0)) == now
    with pytest.raises(KeyError):
        response_schema("tasks.nothing", (2, 34))
