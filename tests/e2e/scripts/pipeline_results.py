"""Reads back what `pipeline.py` (arguments: its controller) or `decorated.py` (`--decorated` too) left on the server."""

from __future__ import annotations

import json
import sys
from typing import Any

from clearml import PipelineController, Task
from clearml.backend_api.session.client import APIClient


def check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok: {what}")


def controller(task: Task, name: str) -> None:
    check("status", task.get_status(), "completed")
    check("type", str(task.task_type), "controller")
    check("it is tagged as a pipeline", "pipeline" in task.get_system_tags(), True)
    check("project", task.get_project_name(), f"e2e pipelines/.pipelines/{name}")
    project = APIClient().projects.get_all(id=[task.project], search_hidden=True, _allow_extra_fields_=True)[0]
    check("which is hidden", sorted(project.system_tags), ["hidden", "pipeline"])


def steps(task: Task) -> None:
    found = {step.name: step for step in Task.get_tasks(task_filter={"parent": task.id, "search_hidden": True})}
    check("steps", sorted(found), ["numbers", "total"])
    for step in found.values():
        check(f"{step.name} is done", step.get_status(), "completed")
    check("what the first step was given", found["numbers"].get_parameter("kwargs/count"), "5")
    check("what it returned", found["numbers"].artifacts["values"].get(), [0, 1, 4, 9, 16])
    check("what the second step returned", found["total"].get_parameter("return/sum") or found["total"].artifacts["sum"].get(), "42")
    check("what it reported", found["total"].get_reported_scalars()["sums"]["total"]["y"], [42.0])
    last = task.get_last_scalar_metrics()
    check("its metric on the controller", last["sums"]["total"]["last"], 42.0)
    graph = json.loads(task.get_configuration_object("Pipeline"))
    nodes = json.loads(task.get_configuration_object("Pipeline"))
    graph = {name: (node["job_id"], node["parents"]) for name, node in nodes.items()}
    check("the graph", graph, {"numbers": (found["numbers"].id, []), "total": (found["total"].id, ["numbers"])})


def main() -> None:
    task = Task.get_task(task_id=sys.argv[1])
    if "--decorated" in sys.argv:
        controller(task, "decorated squares")
        return
    controller(task, "squares")
    check("version", task.get_user_properties()["version"]["value"], "1.2.3")
    check("arguments", task.get_parameter("Args/count"), "5")
    steps(task)
    check("plots", sorted({plot["metric"] for plot in task.get_reported_plots()}), ["Pipeline", "Pipeline Details"])
    check("found by name", PipelineController.get(pipeline_name="squares", pipeline_project="e2e pipelines").id, task.id)


if __name__ == "__main__":
    main()
