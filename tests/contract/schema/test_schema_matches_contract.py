"""`schema/` and the contract say the same, field by field; only our descriptions are our own. Exceptions are listed with their reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apiserver.codegen.load import load
from apiserver.codegen.model import Action, Contract, Service, Version

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "contract" / "data"
NAMES = sorted(path.stem for path in DATA.glob("*.json") if path.stem not in ("index", "status-matrix"))
MOST_SHOWN = 10

# What the contract has in the wrong place, or as its language's own text, and where the schema puts it.

WIRE_VALUES = {
    "EventType.metrics_scalar": "training_stats_scalar",
    "EventType.metrics_vector": "training_stats_vector",
    "EventType.metrics_image": "training_debug_image",
    "EventType.metrics_plot": "plot",
    "EventType.task_log": "log",
    "EventType.all": "*",
}
"""Enum members that the contract prints by their internal names; on the wire go their values. The other two enums
are named as their values."""


def _metadata_is_a_field(version: dict[str, Any]) -> None:
    """`metadata` stands beside request and response instead of among the request's fields."""
    version["request"]["properties"]["metadata"] = version.pop("metadata")


def _metrics_is_a_field(version: dict[str, Any]) -> None:
    """`metrics` stands beside the request's properties instead of among them."""
    version["request"]["properties"]["metrics"] = version["request"].pop("metrics")


def _roles_do_not_count(version: dict[str, Any]) -> None:
    """Roles inside a version are ignored (spec 1 §5.1)."""
    del version["allow_roles"]


def _access_key_is_required(version: dict[str, Any]) -> None:
    """The required `key_id` is no field of the request; `access_key` is what the model asks for."""
    version["request"]["required"] = ["access_key"]


def _text_is_no_field(version: dict[str, Any]) -> None:
    """The text about `total` stands among its properties."""
    del version["response"]["properties"]["total"]["properties"]["description"]


MISPLACED: dict[str, Callable[[dict[str, Any]], None]] = {
    "models.create 2.13": _metadata_is_a_field,
    "models.edit 2.13": _metadata_is_a_field,
    "models.update 2.13": _metadata_is_a_field,
    "events.get_task_log 2.30": _metrics_is_a_field,
    "auth.create_user 2.1": _roles_do_not_count,
    "auth.revoke_credentials 2.1": _access_key_is_required,
    "serving.get_endpoint_metrics_history 2.31": _text_is_no_field,
}

CONVERTED = {
    "serving.register_container": {"input_size": "text"},  # spec 5 §6: "accepts numbers, stored as string"; recorded in serving.json
    "serving.container_status_report": {"input_size": "text"},
}
"""Fields of a model that convert what they get, which the contract's plain types cannot say."""

UNNAMED_MODELS = {
    *("models.create", "organization.get_entities_count", "organization.prepare_download_for_get_all", "projects.get_all_ex"),
    *("projects.get_hyperparam_values", "projects.get_model_metadata_values", "projects.get_task_parents", "projects.get_user_names"),
    *("queues.create", "queues.update", "tasks.add_or_update_artifacts", "tasks.clone", "tasks.edit_runtime", "tasks.set_requirements"),
    "users.set_preferences",
}
"""The contract gives only the name of their model, not its fields; the schema enforces the documented request or what the spec says."""


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(ROOT / "schema")


@pytest.fixture(params=NAMES)
def pair(request: pytest.FixtureRequest, contract: Contract) -> tuple[Service, dict[str, Any]]:
    return contract.services[request.param], json.loads((DATA / f"{request.param}.json").read_text())


def test_the_schema_has_every_action_and_version(contract: Contract) -> None:
    """`index.json` lists every action with its versions, and so does the schema; 204 actions, 356 versions."""
    index = json.loads((DATA / "index.json").read_text())
    ours = {action.endpoint: [dotted(version) for version in action.versions] for action in actions(contract)}
    assert {name: sorted(versions, key=parsed) for name, versions in index.items()} == ours
    assert len(ours) >= 204
    assert sum(map(len, ours.values())) >= 356


def test_shapes_are_those_of_the_contract(pair: tuple[Service, dict[str, Any]]) -> None:
    """Request, batch request and response of every version are the same; a batch takes the request that the contract names."""
    service, theirs = pair
    assert service.actions.keys() == theirs["actions"].keys()
    for name, action in service.actions.items():
        wanted = theirs["actions"][name]["versions"]
        for version, shape in action.versions.items():
            known = at_its_place(f"{service.name}.{name} {dotted(version)}", wanted[dotted(version)])
            if "batch_request" in known:
                known["batch_request"] = batch_line(theirs, known["batch_request"])
            given = {key: getattr(shape, key) for key in ("request", "response", "batch_request") if getattr(shape, key) is not None}
            assert_same(bare(given), bare(known), f"{service.name}.{name} {dotted(version)}")


def test_definitions_in_use_are_those_of_the_contract(pair: tuple[Service, dict[str, Any]]) -> None:
    """Every definition that a shape refers to, directly or through another one, is defined, and in the same way."""
    service, theirs = pair
    used = set(
        references([version for action in theirs["actions"].values() for version in action["versions"].values()], theirs["definitions"])
    )
    assert used <= service.definitions.keys()
    for name, definition in service.definitions.items():
        assert_same(bare(definition), bare(theirs["definitions"][name]), f"{service.name} definitions {name}")


def test_access_is_that_of_the_contract(pair: tuple[Service, dict[str, Any]]) -> None:
    """authorize, allow_roles and internal of every action, the service's defaults and the API's laid under them."""
    service, theirs = pair
    for name, action in service.actions.items():
        usual = {"internal": False, "allow_roles": ["*"], "authorize": True}
        known = {**usual, **theirs["defaults"], **theirs["actions"][name]["options"]}
        given = {"internal": action.internal, "allow_roles": list(action.allow_roles), "authorize": action.authorize}
        assert_same(given, known, f"{service.name}.{name}")


def test_handlers_are_those_of_the_contract(pair: tuple[Service, dict[str, Any]]) -> None:
    """Every handler with its minimum version, its list of required fields, and what it enforces on a request."""
    service, theirs = pair
    for name, action in service.actions.items():
        known = sorted(theirs["actions"][name]["handlers"], key=lambda handler: parsed(handler["min_version"]))
        assert [dotted(handler.min_version) for handler in action.handlers] == [handler["min_version"] for handler in known]
        for handler, wanted in zip(action.handlers, known, strict=True):
            where = f"{service.name}.{name} handler {wanted['min_version']}"
            assert_same(list(handler.required_fields), wanted.get("required_fields", []), f"{where} required_fields")
            model = wanted.get("request_model")
            if isinstance(model, str):
                assert action.endpoint in UNNAMED_MODELS, f"{where}: the contract has no fields of {model}"
                assert handler.model is not None, where
            else:
                known_model = normal_model(model, {**theirs["definitions"], **(model or {}).get("definitions", {})})
                for field, kind in CONVERTED.get(action.endpoint, {}).items():
                    known_model["properties"][field]["coerce"] = kind
                assert_same(bare(handler.model), known_model, where)


def test_everything_has_a_description(contract: Contract) -> None:
    """Every service, action and field says what it is, in more than its own name."""
    poor = []
    for service in contract.services.values():
        schemas: list[tuple[str, Any]] = [(f"{service.name} definitions {name}", part) for name, part in service.definitions.items()]
        for action in service.actions.values():
            poor += [action.endpoint] if len(action.description.split()) < 3 else []
            for version, shape in action.versions.items():
                for part in ("request", "response", "batch_request"):
                    schemas.append((f"{action.endpoint} {dotted(version)} {part}", getattr(shape, part)))
            schemas += [(f"{action.endpoint} handler {dotted(handler.min_version)}", handler.model) for handler in action.handlers]
        for where, schema in schemas:
            poor += [f"{where} {path}" for path, part in fields(schema) if not says_something(path, part)]
    assert not poor, f"{len(poor)} without a description: " + "; ".join(poor[:MOST_SHOWN])


def says_something(path: str, schema: dict[str, Any]) -> bool:
    text = schema.get("description", "")
    name = path.rpartition(".")[2].replace("_", " ").strip().lower()
    return len(text) > 3 and text.lower().rstrip(".") != name


# Comparing.


def actions(contract: Contract) -> Iterator[Action]:
    for service in contract.services.values():
        yield from service.actions.values()


def parsed(version: str) -> Version:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def dotted(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def at_its_place(where: str, version: dict[str, Any]) -> dict[str, Any]:
    """A copy of a version of the contract, its misplaced parts moved."""
    copy: dict[str, Any] = json.loads(json.dumps(version))
    if where in MISPLACED:
        MISPLACED[where](copy)
    return copy


def batch_line(theirs: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    """The request of another action that a batch names. A version that the action does not have means its lowest."""
    versions = theirs["actions"][named["action"]]["versions"]
    chosen = versions.get(str(named["version"])) or versions[min(versions, key=parsed)]
    request: dict[str, Any] = chosen["request"]
    return request


def bare(value: Any) -> Any:
    """Without descriptions, with what is a set in a fixed order. Fields may themselves be called `description`."""
    if isinstance(value, list):
        return [bare(part) for part in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, part in value.items():
        if key == "description" and isinstance(part, str):
            continue
        result[key] = sorted(part, key=str) if key in ("required", "enum") and isinstance(part, list) else bare(part)
    return result


def normal_model(model: Any, definitions: dict[str, Any]) -> Any:
    """An enforced model of the contract: without references, wire values for members, no default where it is null."""
    if model is None:
        return None
    if isinstance(model, str):
        return normal_model(definitions[model.removeprefix("#/definitions/")], definitions)
    result: dict[str, Any] = {}
    for key, part in model.items():
        if key == "properties":
            result[key] = {name: normal_model(field, definitions) for name, field in part.items()}
        elif key in ("items", "additionalProperties") and not isinstance(part, bool):
            result[key] = normal_model(part, definitions)
        elif key == "enum":
            result[key] = [wire_value(member) for member in part]
        elif key == "default" and part is not None:
            result[key] = wire_value(part)
        elif key not in ("default", "definitions"):
            result[key] = part
    if result.get("oneOf") == [{"type": "number"}, {"type": "number"}]:
        # NOTE: two kinds of numbers, whole and fraction, printed alike: any number.
        del result["oneOf"]
        result["type"] = "float"
    return bare(result)


def wire_value(member: Any) -> Any:
    if member in WIRE_VALUES:
        return WIRE_VALUES[member]
    return member.partition(".")[2] if isinstance(member, str) and member.startswith(("MetricType.", "AggregationType.")) else member


def references(value: Any, definitions: dict[str, Any], seen: set[str] | None = None) -> Iterator[str]:
    """Names of the definitions that a value refers to, also through other definitions."""
    seen = set() if seen is None else seen
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    reference = value.get("$ref") if isinstance(value, dict) else None
    if isinstance(reference, str):
        name = reference.removeprefix("#/definitions/")
        if name not in seen:
            seen.add(name)
            yield name
            parts.append(definitions[name])
    for part in parts:
        yield from references(part, definitions, seen)


def fields(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field at any depth."""
    if not isinstance(schema, dict):
        return
    for name, part in schema.get("properties", {}).items():
        yield f"{path}{name}", part
        yield from fields(part, f"{path}{name}.")
    for key in ("items", "additionalProperties"):
        yield from fields(schema.get(key), path)
    for key in ("anyOf", "oneOf"):
        for part in schema.get(key, []):
            yield from fields(part, path)


def assert_same(given: Any, wanted: Any, where: str) -> None:
    found = list(differences(given, wanted))
    assert not found, f"{where}:\n" + "\n".join(found[:MOST_SHOWN])


def differences(given: Any, wanted: Any, path: str = "") -> Iterator[str]:
    """`path: schema has … contract has …`, one line each."""
    if isinstance(given, dict) and isinstance(wanted, dict):
        for key in sorted(given.keys() | wanted.keys(), key=str):
            here = f"{path}/{key}"
            if key not in given:
                yield f"{here}: missing in the schema, the contract has {short(wanted[key])}"
            elif key not in wanted:
                yield f"{here}: the contract has no {short(given[key])}"
            else:
                yield from differences(given[key], wanted[key], here)
    elif given != wanted or type(given) is not type(wanted):
        yield f"{path}: the schema has {short(given)}, the contract {short(wanted)}"


def short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
