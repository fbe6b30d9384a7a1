"""Recorded conversations with the reference server: the same calls get the same answers here.

`impossible.json` lists the steps that cannot pass, each by the name of a reason that it spells out. Two names mean more than words:
`crash` holds only where the reference ended in a server error and this server does not, and `waits for <action>` only as long as that
action answers "not built yet". Under `stacks` stand reasons that hold on one stack only. A listed step that passes is an error, too, so
the list cannot go stale.

Run one: pytest tests/contract/conversations -k tasks-edit
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from apiserver.generated.bindings import ENDPOINTS
from apiserver.testing.client import Client
from apiserver.testing.stacks import EMBEDDED, SCALE_OUT, stack
from tests.contract.conversations.probe import Probe
from tests.contract.conversations.replay import Conversation

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"
NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))
IMPOSSIBLE = json.loads((HERE / "impossible.json").read_text())
WAITS = re.compile(r"waits for (\w+\.\w+)")

USER = ("EGRTCO8JMSIGI6S39GTP43NFWXDQOW", "LPEJbGJ6bK4tujQcmrD3i1dbMBDdwUwelVa-LG0K0FFmY9bzH_H0Sw")
SYSTEM = ("62T8CP7HGBC6647XF9314C2VY67RJO", "gaOfhDX2-bpkeI7-cwEcaMuGijxaG2UG3jbIvg4DxmVGF0LNI7rgvCb1-ne38IlBo1w")
SETTINGS = {
    # The pairs that the recordings name.
    "secure.credentials.tests": {"role": "user", "user_key": USER[0], "user_secret": USER[1], "display_name": "Default User"},
    "secure.credentials.apiserver": {"role": "system", "user_key": SYSTEM[0], "user_secret": SYSTEM[1]},
    # As where they were recorded: no URL in them belongs to the server's own files.
    "services.async_urls_delete.fileserver.url_prefixes": ["https://files.example.com/"],
}


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return SETTINGS


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_the_recorded_ones(name: str, api: Client) -> None:
    """Step by step; the first differences are shown with their step."""
    api.key, api.secret = USER
    script = json.loads((RECORDED / f"{name}.json").read_text())
    player: Probe | Conversation = Probe.ready(api, script["system"]) if "system" in script else Conversation(api)
    listed = {
        number: reason
        for number, reason in IMPOSSIBLE["steps"].get(name, {}).items()
        if IMPOSSIBLE["stacks"].get(reason, stack()) == stack()
    }
    found: list[str] = []
    for number, step in enumerate(script["steps"]):
        called = step.get("call") or step["path"]
        differences = player.play(step)
        reason = listed.pop(str(number), None)
        if reason is None:
            found += [f"step {number} {called}: {line}" for line in differences]
        elif not differences:
            found.append(f"step {number} {called} passes: take it off impossible.json")
        elif reason == "crash" and not _was_a_crash(step, differences):
            found.append(f"step {number} {called}: no crash of the reference alone: {differences[0]}")
    found += [f"impossible.json: there is no step {number}" for number in listed]
    assert not found, "\n".join(found[:20])


def _was_a_crash(step: dict[str, Any], differences: list[str]) -> bool:
    """The reference ended in a server error (for an item of a bulk call, or for all of it), and this server did not."""
    return (step["expect"]["code"] >= 500 or "500" in json.dumps(step["expect"])) and not any(
        re.match(r"(code|\S+\.codes\.0): 5\d\d\b", line) for line in differences
    )


def test_every_reason_is_spelled_out_and_used() -> None:
    """No step is listed for a reason that nobody can read, and no reason is left over."""
    used = {reason for steps in IMPOSSIBLE["steps"].values() for reason in steps.values() if not WAITS.fullmatch(reason)}
    assert used == set(IMPOSSIBLE["reasons"])
    assert set(IMPOSSIBLE["steps"]) <= set(NAMES)
    assert IMPOSSIBLE["stacks"].keys() <= used
    assert set(IMPOSSIBLE["stacks"].values()) <= {EMBEDDED, SCALE_OUT}


def test_steps_wait_only_for_actions_that_are_missing() -> None:
    """Once the action is built, its steps have to pass."""
    waited_for = {found[1] for steps in IMPOSSIBLE["steps"].values() for reason in steps.values() if (found := WAITS.fullmatch(reason))}
    assert not [name for name in waited_for if ENDPOINTS[name].built]
