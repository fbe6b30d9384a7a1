"""The recorded conversations about events: every answer is the reference's, numbers to the last digit where the recording says so.

Run one: pytest tests/contract/conversations/test_events.py -k events-logs
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiserver.testing.server import serving
from tests.contract.conversations.replay import Conversation

RECORDED = Path(__file__).with_name("recorded")


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("events-*.json")))
def test_answers_are_the_recorded_ones(name: str, tmp_path: Path) -> None:
    """Step by step; the first differences are shown with their step."""
    script = json.loads((RECORDED / f"{name}.json").read_text())
    found: list[str] = []
    with serving(tmp_path) as client:
        conversation = Conversation(client)
        for number, step in enumerate(script["steps"]):
            found += [f"step {number} {step['call']}: {line}" for line in conversation.play(step)]
    assert not found, "\n".join(found[:20])
