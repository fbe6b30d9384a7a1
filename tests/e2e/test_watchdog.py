"""Tasks whose machine is gone are stopped by the watchdog, and only those. Source: spec 3 §14.2, spec 6 §11."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from tests.e2e.agents import FOREVER, RUN_S, agent, console, enqueue, made, task_of, worker_of
from tests.e2e.running import Server, place, served_in, until

SETTINGS = {
    "TRACKYARD__services__tasks__non_responsive_tasks_watchdog__threshold_sec": "15",
    "TRACKYARD__services__tasks__non_responsive_tasks_watchdog__watch_interval_sec": "1",
    "TRACKYARD__apiserver__workers__default_timeout": "15",
}
"""Two hours, fifteen and ten minutes otherwise."""


def running(server: Server, name: str) -> str:
    """A task that the agent on the queue of this name runs, and that has spoken."""
    task = made(server, name, FOREVER)
    enqueue(server, name, task)
    until("the script speaks", lambda: "it begins" in console(server, task), RUN_S)
    return task


def test_a_killed_agents_task_is_stopped_and_a_living_ones_is_not(tmp_path: Path) -> None:
    """With `kill -9` for the agent and its script, as in a power cut; then another machine takes the task over."""
    with (
        place(tmp_path) as environment,
        served_in(tmp_path, {**environment, **SETTINGS}) as server,
        agent(server, tmp_path, "doomed", "doomed:0") as process,
        agent(server, tmp_path, "living", "living:0"),
    ):
        lost, kept = running(server, "doomed"), running(server, "living")
        os.killpg(process.pid, signal.SIGKILL)
        said: dict[str, Any] = until("the lost task is stopped", lambda: stopped(server, lost), RUN_S)
        until("the killed worker is forgotten", lambda: worker_of(server, "doomed:0") is None)
        assert said["status_reason"] == said["status_message"] == "Forced stop (non-responsive)"
        assert (said["last_worker"], said.get("completed")) == ("doomed:0", None)
        assert task_of(server, kept)["status"] == "in_progress"
        assert worker_of(server, "living:0")

        server.call("tasks.stop", task=kept)
        until("the living agent is free", lambda: stopped(server, kept), RUN_S)
        enqueue(server, "living", lost)
        until("the lost task runs elsewhere", lambda: task_of(server, lost).get("last_worker") == "living:0", RUN_S)


def stopped(server: Server, task: str) -> dict[str, Any] | None:
    found = task_of(server, task)
    return found if found["status"] == "stopped" else None
