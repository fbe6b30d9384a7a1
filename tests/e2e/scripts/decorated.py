"""The same with decorators, in this one process. Prints `controller=<id>` and `result=<number>`."""

from clearml import Task
from clearml.automation.controller import PipelineDecorator


@PipelineDecorator.component(return_values=["values"])
def numbers(count):  # type: ignore[no-untyped-def]
    return [number * number for number in range(count)]


@PipelineDecorator.component(return_values=["sum"])
def total(values):  # type: ignore[no-untyped-def]
    return sum(values)


@PipelineDecorator.pipeline(name="decorated squares", project="e2e pipelines", version="0.1", pipeline_execution_queue=None)
def squares(count=4):  # type: ignore[no-untyped-def]
    found = total(numbers(count))
    print(f"result={found}")
    print(f"controller={Task.current_task().id}")


if __name__ == "__main__":
    PipelineDecorator.debug_pipeline()
    squares(count=6)
