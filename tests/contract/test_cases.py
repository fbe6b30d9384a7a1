"""Contract cases as data: one file each, see `cases.py`. Every action has at least one in which it succeeds.

An action that has none yet is listed in `<service>/not_yet.json`, and a listed one that has one fails, so that the lists only shrink.

Run one: pytest tests/contract/test_cases.py -k tasks/enqueue/again
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apiserver.generated.bindings import ENDPOINTS
from apiserver.testing.client import Client
from tests.contract import cases
from tests.contract.conversations.replay import Conversation

COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"


@pytest.fixture
def settings_overrides(path: Path) -> dict[str, Any]:
    return dict(cases.load(path).get("settings", {}))


@pytest.mark.parametrize("path", cases.PATHS, ids=cases.name_of)
def test_case(path: Path, api: Client) -> None:
    """The stage can be set, the call is answered as expected, and has the effect."""
    case = cases.load(path)
    conversation = Conversation(api, documented=True)
    conversation.kept["COMPANY"] = COMPANY
    for part, steps in (("given", case.get("given", [])), ("call", [case["call"]]), ("then", case.get("then", []))):
        for number, step in enumerate(steps):
            found = conversation.play(step)
            assert not found, "\n".join([case["description"], *(f"{part} {number} {step['call']}: {line}" for line in found[:20])])


@pytest.mark.parametrize("service", cases.SERVICES)
def test_every_action_has_a_case_in_which_it_succeeds(service: str) -> None:
    """Or is listed as having none yet."""
    actions = {name for name in ENDPOINTS if name.startswith(f"{service}.")}
    paths = [path for path in cases.PATHS if cases.action_of(path) in actions]
    shown = {cases.action_of(path) for path in paths if cases.is_success(cases.load(path))}
    listed = cases.HERE / service / "not_yet.json"
    without = {f"{service}.{action}" for action in json.loads(listed.read_text())} if listed.exists() else set()
    assert without <= actions, f"{listed} lists actions that do not exist"
    assert not without & shown, f"have a case now, take them off {listed}"
    assert not actions - shown - without, f"have no case in which they succeed, and are not on {listed}"


def test_the_documented_case_is_a_real_one() -> None:
    """What docs/testing.md shows runs here."""
    shown = cases.HERE / "tasks" / "enqueue" / "moves-to-another-queue.json"
    assert shown.read_text() in (cases.HERE.parents[1] / "docs" / "testing.md").read_text()
