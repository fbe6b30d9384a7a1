"""Enqueueing and dequeueing tasks. Source: spec 3 §10, §13."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import tasks as shapes
from apiserver.logic import batch, task_access, task_queueing, task_references
from apiserver.logic.task_queueing import Destination
from apiserver.logic.task_status import Why


def enqueue(call: Call, request: shapes.EnqueueRequest) -> dict[str, Any]:
    """Put a task into a queue, named by id or name, or into the default one."""
    where = Destination(request.queue, request.queue_name, keep_field=not request.update_execution_queue)
    task_queueing.check_destination(where, verify_watched=request.verify_watched_queue)
    why = Why(request.status_reason, request.status_message, request.force)
    result, queue_id = task_queueing.enqueue(call, request.task, where, why)
    if request.verify_watched_queue:
        result["queue_watched"] = task_queueing.watched(call, queue_id)
    return result


def enqueue_many(call: Call, request: shapes.EnqueueManyRequest) -> dict[str, Any]:
    """`enqueue` for each id. `queue_watched` is told from the first that succeeds."""
    where = Destination(request.queue, request.queue_name)
    why = Why(request.status_reason, request.status_message)
    used: list[str] = []

    def one(task_id: str) -> dict[str, Any]:
        task_queueing.check_destination(where)
        if request.validate_tasks:
            task_references.check(call, task_access.writable(call, task_id))
        result, queue_id = task_queueing.enqueue(call, task_id, where, why)
        used.append(queue_id)
        return {**result, "queued": True}

    answer = batch.each(request.ids, one)
    if request.verify_watched_queue and used:
        answer["queue_watched"] = task_queueing.watched(call, used[0])
    return answer


def dequeue(call: Call, request: shapes.DequeueRequest) -> dict[str, Any]:
    """Take a task out of its queue."""
    return _dequeue(call, request.task, request)


def dequeue_many(call: Call, request: shapes.DequeueManyRequest) -> dict[str, Any]:
    """`dequeue` for each id; an unknown one succeeds."""
    return batch.each(request.ids, lambda key: {**_dequeue(call, key, request), "dequeued": True})


def _dequeue(call: Call, task_id: str, request: shapes.DequeueRequest | shapes.DequeueManyRequest) -> dict[str, Any]:
    return task_queueing.dequeue(
        call,
        task_id,
        Why(request.status_reason, request.status_message),
        new_status=request.new_status,
        from_all_queues=request.remove_from_all_queues,
    )
