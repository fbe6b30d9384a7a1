"""Reports, tags, clones and enqueues through the SDK, until there is the file STOP: `python steady.py STOP QUEUE NAME`.

Prints `queued=<id>` of each clone, and at last `steps=<number>` and `task=<id>`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from clearml import Task

LEAST = 12


def main(stop: Path, queue: str, name: str) -> None:
    task = Task.init(project_name="steady", task_name=name, auto_connect_frameworks=False, auto_resource_monitoring=False)
    step = 0
    while step < LEAST or not stop.exists():
        task.get_logger().report_scalar("steady", "step", value=step, iteration=step)
        task.set_tags([f"{name}.{step}"])
        if step % 4 == 0:
            clone = Task.clone(task, name=f"{name} clone {step}")
            Task.enqueue(clone, queue_name=queue)
            print(f"queued={clone.id}", flush=True)
        step += 1
        time.sleep(0.1)
    print(f"steps={step}")
    print(f"task={task.id}")
    task.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
