"""The comparer of conversations and cases sees differences: a test that cannot fail would show nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from apiserver.testing.client import Client, Raw
from tests.contract import cases
from tests.contract.conversations.replay import Conversation

TASK = "0123456789abcdef0123456789abcdef"


class _Answering(Client):
    """Answers everything with the same data."""

    def __init__(self, data: Any, code: int = 200) -> None:
        self.answer = Raw(
            code, {"meta": {"endpoint": {}, "result_code": code, "result_subcode": 0, "result_msg": "no"}, "data": data}, {}, b""
        )

    def send(self, *_: Any, **__: Any) -> Raw:
        return self.answer


def played(data: Any, step: dict[str, Any], **kept: Any) -> list[str]:
    conversation = Conversation(_Answering(data))
    conversation.kept.update(kept)
    return conversation.play({"call": "tasks.get_by_id", "as": "none", **step})


@pytest.mark.parametrize(
    ("data", "part"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}),
        ({"a": None, "n": 1.5, "t": "x"}, {"a": "<any>", "n": "<number>", "t": "<text>", "z": "<absent>"}),
        ({"id": TASK[::-1], "at": "2026-01-01T00:00:00.5+00:00"}, {"id": "<id>", "at": "<time>"}),
        ({"id": TASK, "n": 7, "short": "abc"}, {"id": "$task", "n": "$seven", "short": "$abc"}),
    ],
)
def test_part_fits(data: Any, part: Any) -> None:
    """Members that are not named are free, placeholders fit their kind, kept values are known by name."""
    assert played(data, {"expect": {"code": 200, "part": part}}, task=TASK, seven=7, abc="abc") == []


@pytest.mark.parametrize(
    "expect",
    [
        {"part": {"a": 2}},
        {"part": {"missing": 1}},
        {"part": {"a": "<absent>"}},
        {"part": {"a": "<text>"}},
        {"part": {"flag": "<number>"}},
        {"part": {"flag": 1}},
        {"part": {"items": [{"n": 1}]}},
        {"part": {"items": [{"n": 2}, {"n": 1}]}},
        {"part": {"id": "$other"}},
        {"data": {"a": 1}},
        {"code": 400},
        {"code": 200, "subcode": 10},
    ],
)
def test_differences_are_seen(expect: Any) -> None:
    """Each of these is one."""
    data = {"a": 1, "flag": True, "items": [{"n": 1}, {"n": 2}], "id": TASK}
    assert played(data, {"expect": expect}, task=TASK)


def test_without_an_expectation_the_call_has_to_succeed() -> None:
    """So that a stage that could not be set is noticed."""
    step = {"call": "tasks.get_by_id", "as": "none"}
    assert Conversation(_Answering({})).play(step) == []
    assert Conversation(_Answering({}, code=400)).play(step)


def test_lists_without_order() -> None:
    """Items fit in any order, each once, whether wanted whole or in part."""
    data = {"items": [{"n": 1, "m": 1}, {"n": 2, "m": 1}, {"n": 2, "m": 2}]}
    for name, items, fits in (
        ("data", [{"n": 2, "m": 2}, {"n": 1, "m": 1}, {"n": 2, "m": 1}], True),
        ("part", [{"n": 2}, {"n": 2}, {"m": 1}], True),
        ("part", [{"n": 1}, {"n": 1}, {"n": 2}], False),
        ("part", [{"n": 2}, {"n": 1}], False),
    ):
        found = played(data, {"unordered": ["data.items"], "expect": {"code": 200, name: {"items": items}}})
        assert (not found) is fits, found


def test_documented_answers() -> None:
    """Cases hold answers to their documented shape."""
    found = Conversation(_Answering({"task": {"id": 5}}), documented=True).play({"call": "tasks.get_by_id", "as": "none"})
    assert any("task.id" in line for line in found)


def test_every_case_file_is_run() -> None:
    """Every JSON file two folders below is a case."""
    stray = [path for path in cases.HERE.glob("*/*/*.json") if path not in cases.PATHS and path.parent.name != "recorded"]
    assert stray == []


def test_misspelt_members_are_refused(tmp_path: Path) -> None:
    """A case that says nothing, or nothing that is understood, is no case."""
    path = tmp_path / "debug" / "ping" / "case.json"
    path.parent.mkdir(parents=True)
    good: dict[str, Any] = {"description": "it answers", "spec": "spec 1 §13", "call": {}}
    for change, fits in (({}, True), ({"spec": "ch. 1"}, False), ({"expected": {}}, False), ({"call": {"expects": {}}}, False)):
        path.write_text(json.dumps({**good, **change}))
        if fits:
            assert cases.load(path)["call"] == {"call": "debug.ping"}
        else:
            with pytest.raises(jsonschema.ValidationError):
                cases.load(path)
