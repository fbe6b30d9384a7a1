"""What a scheduler and a trigger start runs on an agent."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.agents import agent, task_of
from tests.e2e.running import SCRIPTS, Run, Server, printed

QUEUE = "jobs of schedules"


def test_what_is_due_and_what_is_triggered_runs_on_an_agent(server: Server, run: Run, tmp_path: Path) -> None:
    """A task at its time, and another when a dataset is finished."""
    with agent(server, tmp_path, QUEUE, "schedules:0"):
        said = run(SCRIPTS / "remote_schedules.py", str(tmp_path), QUEUE)
    for name in ("scheduled", "triggered"):
        job = task_of(server, printed(name, said))
        assert (job["status"], job["last_worker"]) == ("completed", "schedules:0")
