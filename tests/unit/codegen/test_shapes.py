"""What a model is printed as, and that the printed class behaves as the model says."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from apiserver.calls.errors import ApiError
from apiserver.codegen.layout import WIDTH, attribute, bracketed, docstring, literal
from apiserver.codegen.model import Action, Handler, Place, Schema, SchemaError, Service, Shape
from apiserver.codegen.shapes import class_name, print_shapes

STRING: Schema = {"type": "string"}
STRINGS: Schema = {"type": "array", "items": STRING}


def service(*models: Schema | None, name: str = "sample") -> Service:
    handlers = tuple(Handler((1, i), "run_it", model) for i, model in enumerate(models))
    action = Action(name, "run_it", 'Runs "it". And more.', {(2, 1): Shape({}, {})}, handlers, place=Place("services/sample.conf", 7))
    return Service(name, "Samples.", {}, {"run_it": action})


def load(text: str) -> dict[str, Any]:
    module = types.ModuleType("printed")
    sys.modules["printed"] = module
    exec(compile(text, "printed.py", "exec"), module.__dict__)
    return module.__dict__


def parse(model: Schema, data: dict[str, Any]) -> Any:
    return load(print_shapes(service(model)))["RunItRequest"].parse(data)


def fields(**properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def test_class_names() -> None:
    """The first handler has the plain name, later ones carry their version."""
    action = service(fields(), fields()).actions["run_it"]
    assert [class_name(action, handler) for handler in action.handlers] == ["RunItRequest", "RunItV1_1Request"]


def test_prints_typed_fields_with_defaults() -> None:
    """Every field is an attribute of its type; absent ones are None unless the model has a default."""
    text = print_shapes(
        service(
            {
                **fields(
                    ids={**STRINGS, "minItems": 1},
                    count={"type": "number", "default": 5},
                    ratio={"type": "float"},
                    flag={"type": "boolean", "default": True},
                    order={"type": "string", "enum": ["asc", "desc"], "default": "asc"},
                    deep={"type": "array", "items": fields(a=STRING)},
                    any={},
                    task={**STRING, "description": "Id of the task. Really."},
                ),
                "required": ["task"],
            }
        )
    )
    for line in (
        "ids: list[str]",
        "count: int = 5",
        "ratio: float | None = None",
        "flag: bool = True",
        'order: str = "asc"',
        "deep: list[dict[str, Any]] | None = None",
        "any: Any = None",
        "task: str",
        '"""Id of the task."""',
        '"""Runs "it"."""',
    ):
        assert f"    {line}\n" in text
    assert text.startswith("# Generated from schema/services/sample.conf by `trackyard generate`. Do not edit.\n")


def test_service_without_models() -> None:
    """The module is there, and empty."""
    assert "class" not in load(print_shapes(service(None))).get("__doc__", "").split("checked")[0]
    assert len(print_shapes(service(None)).splitlines()) == 2


@pytest.mark.parametrize(
    ("schema", "sent", "taken"),
    [
        ({"type": "number"}, "5", 5),
        ({"type": "integer"}, 5.7, 5),
        ({"type": "float"}, 5, 5),
        ({"type": "boolean"}, "false", True),
        ({"type": ["boolean", "null"], "default": None}, None, None),
        ({"type": "array", "items": {"type": "number"}}, [1, 2], [1, 2]),
        ({"type": "array", "items": {"oneOf": [{"type": "float"}, {"type": "float"}]}}, [1, 2.5], [1, 2.5]),
        ({"type": "object"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"type": "object", "additionalProperties": True}, {"a": None}, {"a": None}),
        ({"type": "object", "additionalProperties": {"type": ["string", "integer"]}}, {"a": 1, "b": "x"}, {"a": 1, "b": "x"}),
        ({"type": "object", "additionalProperties": fields(k=STRING)}, {"a": {"k": "v", "x": 1}}, {"a": {"k": "v"}}),
        ({"type": "array", "items": fields(k=STRING, n={"type": "number", "default": 3})}, [{}], [{"n": 3}]),
        ({"type": "string", "coerce": "text"}, 5, "5"),
        ({"enum": ["a", "b", None]}, None, None),
        ({}, [None], [None]),
        ({"type": "array", "items": STRING, "default": ["x"]}, None, ["x"]),
    ],
)
def test_takes(schema: Schema, sent: Any, taken: Any) -> None:
    """A field of the printed class converts what was sent."""
    assert parse(fields(f=schema), {"f": sent}).f == taken


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (STRING, 5),
        ({**STRING, "minLength": 2}, "a"),
        ({**STRING, "pattern": "^x"}, "a"),
        ({"type": "number", "minimum": 1, "maximum": 6000}, 0),
        ({"type": "number", "minimum": 1, "maximum": 6000}, 6001),
        ({**STRINGS, "minItems": 1}, None),
        ({**STRINGS, "maxItems": 1}, ["a", "b"]),
        ({"type": "array", "items": {"type": "string", "enum": ["a"]}}, ["b"]),
        ({"type": "array", "items": {**fields(k=STRING), "required": ["k"]}}, [{}]),
        ({"type": "array", "items": {"type": "number"}}, ["5"]),
        ({"type": "object", "additionalProperties": {"type": ["string", "integer"]}}, {"a": 1.5}),
        ({"type": "object"}, []),
        ({"type": "string", "enum": ["a"], "default": "a"}, None),
        ({"type": "number", "minimum": 1, "default": 1}, None),
    ],
)
def test_refuses(schema: Schema, sent: Any) -> None:
    """A field of the printed class refuses what does not fit, as 400/12, also when a class is deep inside another."""
    outer = {"type": "array", "items": fields(f=schema)}
    for model, data in ((fields(f=schema), {"f": sent}), (fields(outer=outer), {"outer": [{"f": sent}]})):
        with pytest.raises(ApiError) as caught:
            parse(model, data)
        assert (caught.value.code, caught.value.subcode) == (400, 12)


def test_names_of_attributes() -> None:
    """Keywords get an underscore, leading underscores go, and two names never fall together."""
    assert [attribute(name) for name in ("_any_", "from", "a-b", "4d", "task")] == ["any_", "from_", "a_b", "n4d", "task"]
    request = parse(fields(_any_=STRING, any_=STRING, parse=STRING), {"_any_": "1", "any_": "2", "parse": "3"})
    assert (request.any_, request.any__, request.parse_) == ("1", "2", "3")


def test_equal_objects_share_a_check() -> None:
    """Two fields with the same nested object use one function; another object of the same name gets its own."""
    one, other = fields(metric=STRING), fields(metric=STRING, task=STRING)
    text = print_shapes(
        service(fields(metrics={"type": "array", "items": one}), fields(metrics={"type": "array", "items": other}, again=one))
    )
    assert text.count("def _") == 2


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ({**fields(a=STRING), "required": ["b"]}, "required field b is no property"),
        (fields(a={"type": "strnig"}), "unknown type strnig"),
        (fields(a=fields(b={"type": "array", "items": {"type": "int"}})), "unknown type int"),
    ],
)
def test_wrong_model(model: Schema, problem: str) -> None:
    """One line with place, action and problem."""
    with pytest.raises(SchemaError) as caught:
        print_shapes(service(model))
    assert str(caught.value) == f"schema/services/sample.conf:7: sample.run_it: {problem}"


def test_layout() -> None:
    """Lines break when they have to, and strings are quoted as the formatter does it."""
    assert bracketed("f(", ["a", "b"], ")") == ["f(a, b)"]
    broken = bracketed("f(", ["a" * 80, "b" * 80], ")", 4)
    assert broken == ["    f(", f"        {'a' * 80},", f"        {'b' * 80},", "    )"]
    assert literal({"a": ("x", None)}) == '{"a": ("x", None)}'
    assert literal('say "hi"') == "'say \"hi\"'"
    assert docstring('ends with "quotes"') == ['"""ends with "quotes"."""']
    assert all(len(line) <= WIDTH for line in docstring("word " * 100, 4))
