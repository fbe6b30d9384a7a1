"""A scheduler and a trigger start copies of a task in a queue, and an agent runs them. Arguments: a folder for files, the queue."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clearml import Dataset, Task
from clearml.automation import TaskScheduler, TriggerScheduler

PROJECT = "e2e remote schedules"
WAIT_S = 240


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """What the condition gives as soon as it gives something."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if found := condition():
            print(f"ok: {what}", flush=True)
            return found
        time.sleep(0.5)
    raise SystemExit(f"{what}: did not happen in {WAIT_S} s")


def main() -> None:
    folder, queue = Path(sys.argv[1]), sys.argv[2]
    task = Task.init(project_name=PROJECT, task_name="schedules", task_type=Task.TaskTypes.service, auto_resource_monitoring=False)
    template = Task.create(project_name=PROJECT, task_name="template", script=str(Path(__file__).with_name("objective.py")))

    def ended(parameter: str, value: str) -> Task | None:
        """The copy that has this parameter, when an agent is done with it."""
        for found in Task.get_tasks(task_filter={"parent": template.id, "status": ["completed", "failed", "stopped"]}):
            if found.get_parameter(parameter) == value:
                return found
        return None

    def check(name: str, job: Task) -> None:
        if job.get_status() != "completed":
            raise SystemExit(f"{name}: {job.get_status()}")
        print(f"{name}={job.id}", flush=True)

    scheduler = TaskScheduler(sync_frequency_minutes=10)
    scheduler.add_task(
        schedule_task_id=template.id, queue=queue, name="due", minute=30, execute_immediately=True, task_parameters={"General/x": 7}
    )
    threading.Thread(target=scheduler.start, daemon=True).start()

    (folder / "numbers.txt").write_text("1 2 3")
    dataset = Dataset.create(dataset_name="numbers", dataset_project=PROJECT)
    dataset.add_files(folder / "numbers.txt")
    dataset.upload(show_progress=False)
    triggers = TriggerScheduler(pooling_frequency_minutes=0.02, sync_frequency_minutes=10)
    triggers.add_dataset_trigger(
        name="new data", schedule_task_id=template.id, schedule_queue=queue, trigger_project=PROJECT,
        task_parameters={"General/dataset": "${dataset.id}"},
    )  # fmt: skip
    threading.Thread(target=triggers.start, daemon=True).start()
    wait_for("the trigger is watching", lambda: all(trigger.last_update for trigger in triggers.get_triggers()))
    dataset.finalize()

    check("scheduled", wait_for("what was due has run", lambda: ended("General/x", "7")))
    check("triggered", wait_for("what new data started has run", lambda: ended("General/dataset", dataset.id)))
    task.mark_completed()
    os._exit(0)  # the loops never end


if __name__ == "__main__":
    main()
