"""Status actions of tasks. Source: spec 3 §9."""

from __future__ import annotations

from typing import Any, Protocol

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.generated import tasks as shapes
from apiserver.logic import batch, queues, task_access, task_publish, task_queueing
from apiserver.logic import task_status as status_logic
from apiserver.logic.task_delete import CONTROLLER
from apiserver.logic.task_status import Why
from apiserver.query import scope
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, Min, Unset


class _Request(Protocol):
    status_reason: str
    status_message: str
    force: bool


def started(call: Call, request: shapes.StartedRequest) -> dict[str, Any]:
    """A task begins to run. Started again while it runs, it keeps its start time.

    QUIRK: spec 3 §9.1: an unknown id is 400/10 here.
    """
    if call.documents.find(TASKS, Eq("id", request.task), fields=["id"]) is None:
        raise errors.InvalidId(task=request.task)
    task = _task(call, request.task)
    if task_access.status_of(task) == task_status.IN_PROGRESS and task.get("started"):
        plain: dict[str, Any] = {}
        changes: list[Change] = [Min("started", call.now)]
    else:
        plain = {"started": call.now}
        changes = [Unset("completed"), Unset("active_duration")]
    why = _why(request)
    return {"started": 1, **status_logic.change(call, task, task_status.IN_PROGRESS, why, plain=plain, changes=changes)}


def stopped(call: Call, request: shapes.StoppedRequest) -> dict[str, Any]:
    """A task was ended before it was done."""
    return _ended(call, request.task, task_status.STOPPED, _why(request))


def failed(call: Call, request: shapes.FailedRequest) -> dict[str, Any]:
    """A task ended with an error."""
    return _ended(call, request.task, task_status.FAILED, _why(request))


def completed(call: Call, request: shapes.CompletedRequest) -> dict[str, Any]:
    """A task is done; with `publish` it is published at once. If that fails the task stays completed."""
    result = _ended(call, request.task, task_status.COMPLETED, _why(request))
    result["published"] = 0
    if request.publish:
        result["published"] = task_publish.publish(call, request.task, _why(request))["updated"]
        result["fields"]["status"] = task_status.PUBLISHED
    return result


def close(call: Call, request: shapes.CloseRequest) -> dict[str, Any]:
    """A stopped task is put away."""
    return status_logic.change(call, _task(call, request.task), task_status.CLOSED, _why(request))


def stop(call: Call, request: shapes.StopRequest) -> dict[str, Any]:
    """Stop a task: at once, or by asking the worker that runs it."""
    return _stop(call, request.task, _why(request), with_steps=request.include_pipeline_steps)


def stop_many(call: Call, request: shapes.StopManyRequest) -> dict[str, Any]:
    """`stop` for each id."""
    why = _why(request)
    return batch.each(request.ids, lambda key: _stop(call, key, why, with_steps=request.include_pipeline_steps))


def publish(call: Call, request: shapes.PublishRequest) -> dict[str, Any]:
    """Publish a task and its last output model."""
    return task_publish.publish(call, request.task, _why(request), publish_model=request.publish_model)


def publish_many(call: Call, request: shapes.PublishManyRequest) -> dict[str, Any]:
    """`publish` for each id."""
    why = _why(request)
    return batch.each(request.ids, lambda key: task_publish.publish(call, key, why, publish_model=request.publish_model))


def ping(call: Call, request: shapes.PingRequest) -> dict[str, Any]:
    """A running task says it is alive. QUIRK: spec 3 §9.5: an unknown, public or foreign id is no error and nothing happens."""
    own = Eq("id", request.task) & scope.own(call.company)
    task = call.documents.find(TASKS, own, fields=["status", "started"])
    if task is not None:
        call.documents.update(TASKS, own, *task_access.changed(call, updated=True), *task_access.progress(call, task))
    return {}


def _task(call: Call, task_id: str) -> Document:
    return task_access.writable(call, task_id, fields=task_access.STATUS_FIELDS)


def _why(request: _Request) -> Why:
    return Why(request.status_reason, request.status_message, request.force)


def _ended(call: Call, task_id: str, status: str, why: Why) -> dict[str, Any]:
    return status_logic.change(call, _task(call, task_id), status, why, plain={"completed": call.now})


def _stop(call: Call, task_id: str, why: Why, *, with_steps: bool) -> dict[str, Any]:
    """QUIRK: spec 3 §9.4: the message of the request is ignored, and `completed` is not set."""
    task = _task(call, task_id)
    if with_steps and task.get("type") == CONTROLLER:
        forced = Why(why.reason, force=True)
        for step in call.documents.list(TASKS, Eq("parent", task_id) & scope.own(call.company), fields=task_access.STATUS_FIELDS):
            _stop_one(call, step, forced)
    return _stop_one(call, task, why)


def _stop_one(call: Call, task: Document, why: Why) -> dict[str, Any]:
    status = task_access.status_of(task)
    at_once = task_status.stops_at_once(
        status,
        task.get("system_tags") or (),
        task.get("last_worker"),
        task.get("last_update"),
        now=call.now,
        timeout_s=float(call.settings.get("apiserver.workers.task_update_timeout", 600)),
    )
    if not at_once:
        return status_logic.change(call, task, status, Why(why.reason, task_status.STOPPING))
    message = f"Stopped by {call.identity.user_name or call.user}"
    result = status_logic.change(call, task, task_status.STOPPED, Why(why.reason, message, why.force))
    queue_id = task_queueing.queue_of(task)
    if status == task_status.QUEUED and queue_id:
        queues.remove(call, queue_id, task["id"])
    return result
