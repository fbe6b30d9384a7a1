"""A pipeline of which nothing runs here: an agent runs the controller, other agents its steps, in the order of the graph.

Arguments, which the controller records and finds again: the queue of the steps, the queue of controllers.

NOTE: imports from `__future__` have no place here: the SDK makes a script of each step, with the imports of this one in its middle.
A step is a file of its name, so none may be called like a module.
"""

import argparse
from typing import Any

from clearml import PipelineController


def squares(count: int) -> list[int]:
    """The first step."""
    return [number * number for number in range(int(count))]


def total(values: Any, offset: int) -> int:
    """Two steps at once take what the first one returned."""
    from clearml import Task

    found = sum(values) + int(offset)
    Task.current_task().get_logger().report_scalar("sums", "total", value=found, iteration=1)
    return found


def main() -> None:
    pipeline = PipelineController(name="remote squares", project="e2e controllers", version="1.0.0", pool_frequency=0.02)
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps")
    parser.add_argument("--controllers")
    queues = parser.parse_args()
    pipeline.set_default_execution_queue(queues.steps)
    pipeline.add_function_step("squares", squares, function_kwargs={"count": 5}, function_return=["values"])
    for name, offset in (("left", 12), ("right", 30)):
        kwargs = {"values": "${squares.values}", "offset": offset}
        pipeline.add_function_step(name, total, function_kwargs=kwargs, function_return=["sum"])
    print(f"controller={pipeline.task.id}", flush=True)
    pipeline.start(queue=queues.controllers)


if __name__ == "__main__":
    main()
