"""events.delete_for_task, delete_for_model, clear_task_log. Source: spec 4 §4.9."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.generated.events import ClearTaskLogRequest, DeleteForModelRequest, DeleteForTaskRequest
from apiserver.logic import task_access
from apiserver.query import scope
from apiserver.stores.collections import MODELS
from apiserver.stores.filters import Eq


def delete_for_task(call: Call, request: DeleteForTaskRequest) -> dict[str, Any]:
    """Delete all events of a task; the task itself stays as it is."""
    _check_task(call, request.task, allow_locked=bool(call.data.get("allow_locked")))
    return {"deleted": call.events.delete(call.company, [request.task])}


def delete_for_model(call: Call, request: DeleteForModelRequest) -> dict[str, Any]:
    """Delete all events of a model; the model itself stays as it is."""
    model = call.documents.find(MODELS, Eq("id", request.model) & scope.own(call.company), fields=["ready"])
    if model is None:
        raise errors.InvalidModelId(ids=(request.model,))
    if model.get("ready") is True and not call.data.get("allow_locked"):
        raise errors.InvalidModelId("Cannot update events for a published model", company=call.company, id=request.model)
    return {"deleted": call.events.delete(call.company, [request.model])}


def clear_task_log(call: Call, request: ClearTaskLogRequest) -> dict[str, Any]:
    """Delete console lines by age and metric."""
    _check_task(call, request.task, allow_locked=request.allow_locked)
    threshold = request.threshold_sec
    before_ms = call.now.timestamp() * 1000 - threshold * 1000 if threshold else None
    deleted = call.events.clear_log(
        call.company, request.task, before_ms=before_ms, include=request.include_metrics or (), exclude=request.exclude_metrics or ()
    )
    return {"deleted": deleted}


def _check_task(call: Call, task_id: str, *, allow_locked: bool) -> None:
    task = task_access.writable(call, task_id, fields=["company", "status"])
    if task_access.status_of(task) in task_status.LOCKED and not allow_locked:
        raise errors.InvalidTaskId("Cannot update events for a published task", company=call.company, id=task_id)
