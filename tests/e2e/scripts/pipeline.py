"""A pipeline of function steps, started locally; its steps run as processes of their own. Prints `controller=<id>`."""

import sys
from typing import Any

from clearml import PipelineController


def numbers(count: int) -> Any:
    """The first step."""
    return [number * number for number in range(int(count))]


def total(values: Any, offset: int) -> int:
    """The second step takes what the first one returned."""
    from clearml import Task

    found = sum(values) + int(offset)
    Task.current_task().get_logger().report_scalar("sums", "total", value=found, iteration=1)
    return found


def main() -> None:
    pipeline = PipelineController(name="squares", project="e2e pipelines", version="1.2.3", pool_frequency=0.02)
    pipeline.add_parameter("count", 5, description="how many")
    pipeline.add_function_step("numbers", numbers, function_kwargs={"count": "${pipeline.count}"}, function_return=["values"])
    pipeline.add_function_step(
        "total",
        total,
        function_kwargs={"values": "${numbers.values}", "offset": 12},
        function_return=["sum"],
        monitor_metrics=[("sums", "total")],
    )
    pipeline.start_locally(run_pipeline_steps_locally=True)
    pipeline.wait()
    if not pipeline.is_successful():
        sys.exit("the pipeline failed")
    print(f"controller={pipeline.task.id}")
    pipeline.stop()


if __name__ == "__main__":
    main()
