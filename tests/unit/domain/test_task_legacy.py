"""Old request and answer shapes convert as clients of those versions expect."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.domain import task_legacy
from apiserver.domain.task_legacy import (
    docker_cmd,
    flat_configuration,
    flat_params,
    merge_configuration,
    merge_params,
    split_docker_cmd,
)

NEW = {"section": "Args", "name": "n", "value": "1"}
OLD = {"section": "Args", "name": "o", "value": "1", "type": "legacy"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"), (True, "True"), (1.0, "1.0"), (1e-07, "1e-07"), ([1, "a", None], "[1, 'a', None]"), ({"a": True}, "{'a': True}"),
        (" sp ", " sp "), ({"a": 'it"s'}, "{'a': 'it\"s'}"), (10, "10"),
    ],
)  # fmt: skip
def test_text(value: Any, text: str) -> None:
    """Legacy values become the text that Python prints."""
    assert task_legacy.text(value) == text


def test_text_of_deep_value() -> None:
    """What cannot be printed is refused, not a crash."""
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(task_legacy.TooDeep):
        task_legacy.text(value)


def test_param_item() -> None:
    """Only the prefix TF_DEFINE/ names a section; other slashes belong to the name."""
    assert task_legacy.param_item("TF_DEFINE/x", 1) == {"section": "TF_DEFINE", "name": "x", "value": "1", "type": "legacy"}
    assert task_legacy.param_item("sec/x", 1) == {"section": "Args", "name": "sec/x", "value": "1", "type": "legacy"}
    assert task_legacy.param_item("TF_DEFINE/", 1)["name"] == ""


def test_merge_params() -> None:
    """Legacy parameters replace the legacy ones of before and leave the others; given ones start anew."""
    previous = {"Args": {"n": NEW, "o": OLD}, "TF_DEFINE": {"o": OLD}}
    merged = merge_params({"q": 2}, None, previous)
    assert merged == {"Args": {"n": NEW, "q": {"section": "Args", "name": "q", "value": "2", "type": "legacy"}}}
    assert merge_params({}, None, previous) == {"Args": {"n": NEW}}
    assert merge_params({}, None, {"Args": {"n": NEW}}) is None
    assert merge_params({}, None, None) is None
    given = {"B": {"y": {"section": "B", "name": "y", "value": "1"}}}
    assert merge_params({"x": 1}, given, previous) == {**given, "Args": {"x": task_legacy.param_item("x", 1)}}
    assert previous == {"Args": {"n": NEW, "o": OLD}, "TF_DEFINE": {"o": OLD}}, "nothing is changed in place"


def test_merge_configuration() -> None:
    """A legacy model description works the same way, without sections."""
    keep = {"name": "k", "value": "1"}
    old = {"name": "o", "value": "1", "type": "legacy"}
    design = {"name": "d", "value": "2", "type": "legacy"}
    assert merge_configuration({"d": 2}, None, {"k": keep, "o": old}) == {"k": keep, "d": design}
    assert merge_configuration({}, None, {"k": keep}) is None
    assert merge_configuration({}, None, {"o": old}) == {}
    assert merge_configuration({"d": 2}, {"k": keep}, {"o": old}) == {"k": keep, "d": design}


def test_flat() -> None:
    """Old clients read the legacy items only, TF_DEFINE ones with their prefix; what is odd does not disturb."""
    params = {"Args": {"n": NEW, "o": OLD}, "TF_DEFINE": {"t": {"value": "z", "type": "legacy"}}, "odd": 5}
    assert flat_params(params) == {"o": "1", "TF_DEFINE/t": "z"}
    assert flat_configuration({"a": {"value": "1", "type": "legacy"}, "b": {"value": "2"}, "c": None}) == {"a": "1"}


def test_docker_cmd() -> None:
    """A docker command is an image and its arguments, both ways."""
    assert split_docker_cmd("img:1 -e A=1 -v x") == {"image": "img:1", "arguments": "-e A=1 -v x"}
    assert split_docker_cmd("alone") == {"image": "alone", "arguments": ""}
    assert docker_cmd({"image": "img:1", "arguments": "-e A=1"}) == "img:1 -e A=1"
    assert docker_cmd({"image": "img:1", "arguments": ""}) == "img:1"
    assert docker_cmd({"arguments": "x"}) == ""
