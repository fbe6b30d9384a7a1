"""The recorded conversations about queues and workers: every answer is the reference's, but where `OTHERWISE` says why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiserver.testing.server import serving
from tests.contract.conversations.replay import Conversation

RECORDED = Path(__file__).with_name("recorded")
OTHERWISE = {
    # (conversation, number of the step): why the answer is another.
    ("queues-lists", 17): "spec 5 §4.4: the reference crashes on a path below `entries` together with max_task_entries; we cut the entries",
}


@pytest.mark.parametrize("name", sorted(path.stem for kind in ("queues", "workers") for path in RECORDED.glob(f"{kind}-*.json")))
def test_answers_are_the_recorded_ones(name: str, tmp_path: Path) -> None:
    """Step by step; the first differences are shown with their step."""
    script = json.loads((RECORDED / f"{name}.json").read_text())
    found: list[str] = []
    with serving(tmp_path) as client:
        conversation = Conversation(client)
        for number, step in enumerate(script["steps"]):
            differences = conversation.play(step)
            if (name, number) not in OTHERWISE:
                found += [f"step {number} {step['call']}: {line}" for line in differences]
    assert not found, "\n".join(found[:20])
