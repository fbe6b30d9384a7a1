"""What may stand in a task document, and what is refused how."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.domain import task_document
from apiserver.domain.task_document import FieldError, check


def refused(kind: str, call: Any, *args: Any, **more: Any) -> None:
    with pytest.raises(FieldError) as caught:
        call(*args, **more)
    assert caught.value.kind == kind


def test_new_task_is_valid() -> None:
    """A task by defaults, with a name and a type, passes."""
    check({**task_document.defaults(), "name": "abc", "type": "training"})


@pytest.mark.parametrize(
    "part",
    [
        {"name": "ab"}, {"name": "  ab "}, {"name": 5}, {"comment": 5}, {"type": "banana"}, {"status": "banana"}, {"tags": "abc"},
        {"tags": [1]}, {"runtime": {"c": {"d": {"$f": 1}}}}, {"container": {"image": 5}}, {"output": {"destination": 5}},
        {"script": {"branch": 5}}, {"execution": {"model_labels": {"a": 1, "b": 1}}}, {"execution": {"model_labels": {"a": "1"}}},
        {"execution": {"model_labels": {"a": 1.5}}}, {"execution": {"test_split": "x"}}, {"execution": {"framework": 5}},
        {"execution": {"test_split": 2**63}}, {"models": {"input": [{"model": "m"}], "output": []}},
        {"execution": {"artifacts": {"x": {"key": "k"}}}}, {"execution": {"artifacts": {"x": {"key": "k", "type": "t", "mode": "z"}}}},
        {"execution": {"artifacts": {"x": {"key": "k", "type": "t", "display_data": ["a"]}}}},
        {"hyperparams": {"A": {"b": {"section": "A", "name": "b"}}}}, {"configuration": {"b": {"name": "b", "value": 1}}},
    ],
)  # fmt: skip
def test_invalid(part: dict[str, Any]) -> None:
    """A part that breaks a rule is refused as invalid."""
    refused("invalid", check, part)


@pytest.mark.parametrize(
    "part",
    [
        {"name": "abc"}, {"runtime": {"c": [{"$f": 2}], "a.b": 1}}, {"execution": {"model_labels": {"a": 0, "b": 0, "c": None}}},
        {"container": {"image": None}}, {"comment": ""}, {"models": {}}, {"script": {"requirements": {"a.b": {"c": 1}}}},
    ],
)  # fmt: skip
def test_valid(part: dict[str, Any]) -> None:
    """What looks odd but is allowed passes."""
    check(part)


def test_edit_looks_less_closely() -> None:
    """An edit neither checks the words of type and status nor looks into items."""
    check({"type": "banana", "status": "", "hyperparams": {"A": {"b": {"value": 5}}}}, items=False, enums=False)
    refused("invalid", check, {"type": 5}, items=False, enums=False)


def test_unknown_fields() -> None:
    """Unknown fields of strict parts are refused by name."""
    refused("unknown", task_document.parsed_script, {"nope": 1})
    refused("unknown", task_document.parsed_model_items, [{"nope": 1}], None)
    refused("unknown", task_document.parsed_params, {"A": {"b": {"nope": 1}}})
    refused("unknown", task_document.parsed_configuration, {"b": {"nope": 1}})
    refused("unknown", task_document.parsed_artifacts, [{"key": "k", "nope": 1}])
    refused("unknown", task_document.parsed_artifacts, [{"key": "k", "type_data": {"nope": 1}}])


def test_shapes() -> None:
    """What is no object or list where one is needed is refused by shape, at any depth."""
    for value in ("abc", 5, [1], None):
        refused("shape", task_document.parsed_script, value)
        refused("shape", task_document.parsed_params, {"A": value})
        refused("shape", task_document.parsed_artifacts, {"a": value})
    refused("shape", task_document.parsed_artifacts, [{"type": "t"}])
    refused("shape", task_document.parsed_model_items, "ab", None)


def test_script_is_stripped() -> None:
    """Texts of a script lose blanks around them, except the diff; nulls are left out."""
    given = {"branch": " b ", "diff": " d ", "tag": None, "requirements": {"pip": " x "}}
    assert task_document.parsed_script(given) == {"branch": "b", "diff": " d ", "requirements": {"pip": " x "}}
