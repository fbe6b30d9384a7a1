"""A training script whose loss depends on two parameters: what a search is for. Prints `task=<id>`."""

from __future__ import annotations

from clearml import Task


def main() -> None:
    task = Task.init(project_name="e2e search", task_name="objective", auto_connect_frameworks=False, auto_resource_monitoring=False)
    parameters = task.connect({"x": 1.0, "y": 2})
    for step in range(3):
        loss = (float(parameters["x"]) - 3) ** 2 + int(parameters["y"]) + 1 / (step + 1)
        task.get_logger().report_scalar("loss", "total", value=loss, iteration=step)
    print(f"task={task.id}")
    task.close()


if __name__ == "__main__":
    main()
