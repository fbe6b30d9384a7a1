"""Copying tasks. Source: spec 3 §7.1 "clone"."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import tasks as shapes
from apiserver.logic import task_create
from apiserver.logic.task_create import Copy


def clone(call: Call, request: shapes.CloneRequest) -> dict[str, Any]:
    """Make a new draft task from another one."""
    copy = Copy(
        name=request.new_task_name,
        comment=request.new_task_comment,
        parent=request.new_task_parent,
        project=request.new_task_project,
        project_name=request.new_project_name,
        tags=request.new_task_tags,
        system_tags=request.new_task_system_tags,
        input_models=request.new_task_input_models,
        container=request.new_task_container,
        hyperparams=request.new_task_hyperparams,
        configuration=request.new_task_configuration,
        execution=request.execution_overrides,
        validate_references=bool(request.validate_references),
    )
    task, new_project = task_create.clone(call, request.task, copy)
    return {"id": task["id"], **({"new_project": new_project} if new_project else {})}
