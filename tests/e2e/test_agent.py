"""The official agent takes tasks off a queue, runs them, reports them, and obeys. Source: spec 7 §16."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.agents import FOREVER, RUN_S, agent, console, enqueue, made, task_of, worker_of
from tests.e2e.running import Server, until

TRAINING = """
import time
from clearml import Task

task = Task.init(project_name="agent", task_name="training", auto_connect_frameworks=False)
params = task.connect({"steps": 3, "rate": 0.5})
for step in range(params["steps"]):
    task.get_logger().report_scalar("loss", "train", value=params["rate"] ** step, iteration=step)
print(f"steps done: {params['steps']}")
"""
FAILING = "raise SystemExit(3)\n"
QUICK = "print('quick')\n"


def test_a_changed_copy_runs_on_the_agent(server: Server, tmp_path: Path, queue: str) -> None:
    """A clone with another hyperparameter runs with it; console, scalars and the worker's data arrive."""
    original = made(server, "training", TRAINING)
    clone = server.call("tasks.clone", task=original)["id"]
    steps = [{"section": "General", "name": "steps", "value": "5", "type": "int"}]
    server.call("tasks.edit_hyper_params", task=clone, hyperparams=steps)
    with agent(server, tmp_path, queue, "clones:0"):
        assert worker_of(server, "clones:0")["queues"][0]["name"] == queue  # type: ignore[index]
        enqueue(server, queue, clone)
        until("the worker shows its task", lambda: (worker_of(server, "clones:0") or {}).get("task", {}).get("id") == clone)
        until("the task ends", lambda: task_of(server, clone)["status"] not in ("queued", "in_progress"), RUN_S)
        until("the worker is idle again", lambda: "task" not in (worker_of(server, "clones:0") or {}))
        stats = server.call("workers.get_metric_keys", worker_ids=["clones:0"])
        assert {"cpu_usage", "memory_used"} <= {metric for category in stats["categories"] for metric in category["metric_keys"]}
    until("the stopped agent is gone", lambda: worker_of(server, "clones:0") is None)
    task = task_of(server, clone)
    assert (task["status"], task["last_worker"], task["last_iteration"]) == ("completed", "clones:0", 4), console(server, clone)
    assert "steps done: 5" in console(server, clone)
    series = server.call("events.scalar_metrics_iter_histogram", task=clone)["loss"]["train"]
    assert series["y"] == [0.5**step for step in range(5)]
    assert task_of(server, original)["status"] == "created"


def test_abort_stops_it_and_a_failure_is_one(server: Server, tmp_path: Path, queue: str) -> None:
    """`tasks.stop` ends a running script; one that exits with a status fails with it."""
    endless, failing = made(server, "endless", FOREVER), made(server, "failing", FAILING)
    with agent(server, tmp_path, queue, "stops:0"):
        enqueue(server, queue, endless)
        until("the script speaks", lambda: "it begins" in console(server, endless), RUN_S)
        server.call("tasks.stop", task=endless)
        assert task_of(server, endless)["status_message"] == "stopping"
        until("the task stops", lambda: task_of(server, endless)["status"] == "stopped")
        enqueue(server, queue, failing)
        until("the task fails", lambda: task_of(server, failing)["status"] == "failed", RUN_S)
        assert "exit code 3" in task_of(server, failing)["status_reason"]


def test_two_agents_share_a_queue_in_its_order(server: Server, tmp_path: Path, queue: str) -> None:
    """Each task runs once, on one of the two; what was moved to the front comes first."""
    server.call("queues.create", name=queue)
    tasks = [made(server, f"quick {number}", QUICK) for number in range(6)]
    enqueue(server, queue, *tasks)
    found = server.call("queues.get_all", name=queue)["queues"][0]["id"]
    server.call("queues.move_task_to_front", queue=found, task=tasks[-1])
    with agent(server, tmp_path, queue, "share:0"), agent(server, tmp_path, queue, "share:1"):
        until("all are done", lambda: all(task_of(server, task)["status"] == "completed" for task in tasks), 2 * RUN_S)
    ran = [task_of(server, task) for task in tasks]
    assert {task["last_worker"] for task in ran} == {"share:0", "share:1"}
    assert all(console(server, task["id"]).count("quick") >= 1 for task in ran)
    assert min(ran, key=lambda task: str(task["started"]))["id"] == tasks[-1]
