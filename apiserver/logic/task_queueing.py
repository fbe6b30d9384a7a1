"""Putting a task into a queue and taking it out: the status, the entry, and what is undone when one of them fails.

Source: spec 3 §10.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.calls.errors import ApiError
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.logic import queues, task_access
from apiserver.logic import task_status as status_logic
from apiserver.logic.task_status import Why
from apiserver.stores.documents import Document
from apiserver.stores.filters import Eq, Set, Unset

FAILED_ENQUEUEING = "failed enqueueing"


@frozen
class Destination:
    """Where to enqueue: by id, by name (made when missing), or neither: the default queue. keep_field: `execution.queue` stays."""

    queue: str | None = None
    queue_name: str | None = None
    keep_field: bool = False


def check_destination(where: Destination, *, verify_watched: bool = False) -> None:
    """Raises: ValidationError for arguments that contradict each other."""
    if verify_watched and where.keep_field:
        raise errors.ValidationError("verify_watched_queue cannot go with update_execution_queue=false")
    if where.queue and where.queue_name:
        raise errors.ValidationError("either queue or queue_name, not both")


def enqueue(call: Call, task_id: str, where: Destination, why: Why) -> tuple[dict[str, Any], str]:
    """Put a task at the end of a queue; `{queued, updated, fields}` and the queue's id.

    When the queue refuses the task, its status goes back to what it was. QUIRK: spec 3 §10 step 8: `enqueue_status` is lost then, and
    the reason is "failed enqueueing".
    """
    task = task_access.writable(call, task_id, fields=task_access.STATUS_FIELDS)
    status = task_access.status_of(task)
    if where.keep_field and (status != task_status.QUEUED or not queue_of(task)):
        raise errors.ValidationError("update_execution_queue=false needs a task that waits in a queue")
    queue_id = _resolve(call, where)
    before = (task.get("enqueue_status") if status == task_status.QUEUED else None) or status
    names = {} if where.keep_field else {"execution.queue": queue_id}
    result = status_logic.change(call, task, task_status.QUEUED, why, plain={"enqueue_status": before, **names})
    try:
        queues.add(call, queue_id, task_id)
    except ApiError:
        _undo(call, task, status, result["fields"]["status_changed"])
        raise
    queues.remove_everywhere(call, task_id, but=queue_id)
    return {"queued": 1, **result}, queue_id


def dequeue(call: Call, task_id: str, why: Why, *, new_status: str | None = None, from_all_queues: bool = False) -> dict[str, Any]:
    """Take a task out of its queue and give it back the status it had; `{dequeued, updated, fields}`.

    A task that nobody knows only loses its entries. QUIRK: spec 3 §10: a running task is sent back too.
    """
    if new_status is not None and new_status not in task_status.STATUSES:
        raise errors.ValidationError(f"unknown task status: {new_status[:100]}")
    nothing: dict[str, Any] = {"dequeued": 1, "updated": 0, "fields": {}}
    try:
        task = task_access.writable(call, task_id, fields=task_access.STATUS_FIELDS)
    except errors.InvalidTaskId:
        queues.remove_everywhere(call, task_id)
        return nothing
    leave_queue(call, task)
    if from_all_queues:
        queues.remove_everywhere(call, task_id)
    if task_access.status_of(task) not in (task_status.QUEUED, task_status.IN_PROGRESS):
        return nothing
    back = new_status or task.get("enqueue_status") or task_status.CREATED
    forced = Why(why.reason, why.message, force=True)
    return {"dequeued": 1, **status_logic.change(call, task, back, forced, plain={"enqueue_status": None})}


def leave_queue(call: Call, task: Document) -> int:
    """Remove a waiting task's entry from the queue it names; how many entries went."""
    queue_id = queue_of(task)
    if task_access.status_of(task) != task_status.QUEUED or not queue_id:
        return 0
    return queues.remove(call, queue_id, task["id"])


def leave_all_queues(call: Call, task: Document) -> int:
    """Remove a task's entries from its own and all other queues; how many went from its own."""
    removed = leave_queue(call, task)
    queues.remove_everywhere(call, task["id"])
    return removed


def queue_of(task: Document) -> str:
    """The queue that the task names, or an empty text."""
    return str((task.get("execution") or {}).get("queue") or "")


def watched(call: Call, queue_id: str) -> bool:
    """Whether a live worker of the company listens to the queue."""
    return queue_id in queues.workers_by_queue(call)


def _resolve(call: Call, where: Destination) -> str:
    if where.queue_name:
        return queues.find_or_create(call, where.queue_name)
    return where.queue or str(queues.default(call)["id"])


def _undo(call: Call, task: Document, status: str, written: datetime) -> None:
    """NOTE: only what this call wrote: who enqueued the task meanwhile, and so is why this one failed, keeps its status."""
    moved = {**task, "status": task_status.QUEUED}
    mine = Eq("status_changed", written)
    back = Why(FAILED_ENQUEUEING, force=True)
    queue_id = queue_of(task)
    named = Set("execution.queue", queue_id) if queue_id else Unset("execution.queue")
    with contextlib.suppress(errors.FailedChangingTaskStatus):
        status_logic.change(call, moved, status, back, plain={"enqueue_status": None}, changes=[named], only_if=mine)
