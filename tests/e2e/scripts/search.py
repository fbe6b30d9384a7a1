"""A grid search over `objective.py`; its results are read back and compared.

Arguments: the task of `objective.py`; the queue for the jobs, which are processes of this machine without one.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from clearml import Task
from clearml.automation import DiscreteParameterRange, GridSearch, HyperParameterOptimizer


def check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok: {what}")


def loss(x: float, y: int) -> float:
    return (x - 3) ** 2 + y + 1 / 3


def main() -> None:
    queue = sys.argv[2] if len(sys.argv) > 2 else ""
    task = Task.init(project_name="e2e search", task_name="search", task_type=Task.TaskTypes.optimizer, auto_resource_monitoring=False)
    search = HyperParameterOptimizer(
        base_task_id=sys.argv[1],
        hyper_parameters=[
            DiscreteParameterRange("General/x", values=[1.5, 3.0]),
            DiscreteParameterRange("General/y", values=[1, 5]),
        ],
        objective_metric_title="loss",
        objective_metric_series="total",
        objective_metric_sign="min",
        optimizer_class=GridSearch,
        max_number_of_concurrent_tasks=2,
        execution_queue=queue,
        pool_period_min=0.02,
        total_max_jobs=4,
    )
    search.set_report_period(0.05)
    search.set_time_limit(in_minutes=5)
    search.start() if queue else search.start_locally()
    search.wait()
    search.stop()

    wanted = sorted((loss(x, y), x, y) for x in (1.5, 3.0) for y in (1, 5))
    rows = []
    for top in search.get_top_experiments_details(top_k=10):
        parameters = top["hyper_parameters"]
        rows.append((top["metrics"]["loss/total"]["value"], float(parameters["General/x"]), int(parameters["General/y"])))
    check("four jobs, the best first", [(round(row[0], 4), *row[1:]) for row in rows], [(round(row[0], 4), *row[1:]) for row in wanted])
    best = search.get_top_experiments(top_k=1)[0]
    check("the best one's status", best.get_status(), "completed")
    check("the best one's parent", best.parent, task.id)
    check("the best one's parameters", [best.get_parameter(f"General/{name}") for name in "xy"], ["3.0", "1"])
    task.close()
    print(f"search={task.id}")
    table(task.id, [list(row) for row in wanted])


def table(search_id: str, wanted: list[list[float]]) -> None:
    """The search draws its results as a table on its own task."""
    plots = [json.loads(plot["plot_str"]) for plot in Task.get_task(task_id=search_id).get_reported_plots() if plot["metric"] == "summary"]
    columns = dict(zip(plots[0]["data"][0]["header"]["values"], plots[0]["data"][0]["cells"]["values"], strict=True))
    found = zip(columns["objective"], columns["General/x"], columns["General/y"], strict=True)
    check("the table", [[round(float(value), 4) for value in row] for row in found], [[round(value, 4) for value in row] for row in wanted])
    check("all jobs are done", columns["status"], ["completed"] * len(wanted))


if __name__ == "__main__":
    main()
