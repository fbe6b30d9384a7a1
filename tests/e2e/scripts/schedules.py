"""A scheduler and triggers run for a while; what they are to start really starts.

Two jobs of a `TaskScheduler` are due at once: a function, and a task for a queue. A `TriggerScheduler` watches for a published model, a
finished task and a finished dataset. Both never end by themselves, so they run in threads of this process, which ends when all happened.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clearml import Dataset, OutputModel, Task
from clearml.automation import TaskScheduler, TriggerScheduler
from clearml.backend_api.session.client import APIClient

PROJECT = "e2e schedules"
WAIT_S = 120


def check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok: {what}")


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """What the condition gives as soon as it gives something."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if found := condition():
            print(f"ok: {what}")
            return found
        time.sleep(0.2)
    raise SystemExit(f"{what}: did not happen in {WAIT_S} s")


def main() -> None:
    client = APIClient()
    task = Task.init(project_name=PROJECT, task_name="schedules", task_type=Task.TaskTypes.service, auto_resource_monitoring=False)
    queues = {name: client.queues.create(name=f"{name} {task.id}").id for name in ("scheduled", "triggered")}
    template = Task.create(project_name=PROJECT, task_name="template", script=str(Path(__file__).with_name("objective.py")))
    happened: dict[str, Any] = {}

    def queued(name: str) -> list[Task]:
        entries = client.queues.get_by_id(queue=queues[name]).entries
        return [Task.get_task(task_id=entry.task) for entry in entries]

    scheduler = TaskScheduler(sync_frequency_minutes=10)
    scheduler.add_task(schedule_function=lambda: happened.setdefault("scheduled", True), name="call", minute=30, execute_immediately=True)
    scheduler.add_task(
        schedule_task_id=template.id,
        queue=queues["scheduled"],
        name="enqueue",
        minute=30,
        execute_immediately=True,
        task_parameters={"General/x": 7},
    )
    threading.Thread(target=scheduler.start, daemon=True).start()
    wait_for("the scheduled function was called", lambda: happened.get("scheduled"))
    job = wait_for("the scheduled task is in its queue", lambda: queued("scheduled"))[0]
    check("it is a copy of the template", (job.parent, job.get_status()), (template.id, "queued"))
    check("with its parameters", job.get_parameter("General/x"), "7")

    # A trigger watches the datasets that are there when it is made.
    (Path(sys.argv[1]) / "numbers.txt").write_text("1 2 3")
    dataset = Dataset.create(dataset_name="numbers", dataset_project=PROJECT)
    dataset.add_files(Path(sys.argv[1]) / "numbers.txt")
    dataset.upload(show_progress=False)
    triggers = TriggerScheduler(pooling_frequency_minutes=0.02, sync_frequency_minutes=10)
    triggers.add_model_trigger(
        name="model", schedule_task_id=template.id, schedule_queue=queues["triggered"], trigger_project=PROJECT, trigger_on_publish=True,
        task_parameters={"General/model": "${model.id}"},
    )  # fmt: skip
    triggers.add_task_trigger(
        name="task", schedule_function=lambda key: happened.setdefault("task", key), trigger_project=PROJECT,
        trigger_on_status=["completed"], trigger_required_tags=["watched"],
    )  # fmt: skip
    triggers.add_dataset_trigger(name="dataset", schedule_function=lambda key: happened.setdefault("dataset", key), trigger_project=PROJECT)
    threading.Thread(target=triggers.start, daemon=True).start()
    wait_for("the triggers are watching", lambda: all(trigger.last_update for trigger in triggers.get_triggers()))

    model = OutputModel(task=task, name="weights", framework="custom")
    model.update_weights(register_uri="https://example.com/weights.bin")
    model.publish()
    job = wait_for("a published model puts a task into the queue", lambda: queued("triggered"))[0]
    check("it knows the model", job.get_parameter("General/model"), model.id)
    check("it is tagged with the trigger", job.get_tags(), ["model"])

    other = Task.create(project_name=PROJECT, task_name="unwatched")
    other.mark_completed(force=True)
    watched = Task.create(project_name=PROJECT, task_name="watched")
    watched.set_tags(["watched"])
    watched.mark_completed(force=True)
    check("the task that was finished", wait_for("a finished task calls a function", lambda: happened.get("task")), watched.id)

    dataset.finalize()
    check("the dataset", wait_for("a finished dataset calls a function", lambda: happened.get("dataset")), dataset.id)
    check("and nothing else was put into the queue", len(queued("triggered")), 1)
    print("done", flush=True)
    task.mark_completed()
    os._exit(0)  # the loops never end


if __name__ == "__main__":
    main()
