"""A pipeline runs on agents: one has the controllers, two share the steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.agents import RUN_S, agent, console, task_of
from tests.e2e.running import SCRIPTS, Run, Server, printed, until

STEPS, CONTROLLERS = "steps of pipelines", "controllers of pipelines"


def test_controller_and_steps_run_on_agents(server: Server, run: Run, tmp_path: Path) -> None:
    """Each step begins after those it depends on, with what they returned; the controller ends when all are done."""
    for queue in (STEPS, CONTROLLERS):
        server.call("queues.create", name=queue)
    said = run(SCRIPTS / "remote_pipeline.py", "--steps", STEPS, "--controllers", CONTROLLERS)
    controller = printed("controller", said)
    assert task_of(server, controller)["status"] == "queued"
    with (
        agent(server, tmp_path, CONTROLLERS, "controllers:0"),
        agent(server, tmp_path, STEPS, "steps:0"),
        agent(server, tmp_path, STEPS, "steps:1"),
    ):
        until("the pipeline ends", lambda: task_of(server, controller)["status"] not in ("queued", "in_progress"), 2 * RUN_S)
    found = server.call("tasks.get_all", parent=controller, search_hidden=True)["tasks"]
    steps: dict[str, dict[str, Any]] = {step["name"]: step for step in found}
    ended = task_of(server, controller)
    said = "\n\n".join(console(server, task) for task in (controller, *(step["id"] for step in found)))
    assert (ended["status"], ended["last_worker"]) == ("completed", "controllers:0"), said
    assert {name: step["status"] for name, step in steps.items()} == dict.fromkeys(("squares", "left", "right"), "completed")
    assert {step["last_worker"] for step in steps.values()} <= {"steps:0", "steps:1"}
    for name, wanted in (("left", 42), ("right", 60)):
        assert steps[name]["started"] >= steps["squares"]["completed"]
        series = server.call("events.scalar_metrics_iter_histogram", task=steps[name]["id"])["sums"]["total"]
        assert series["y"] == [wanted]
