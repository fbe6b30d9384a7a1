"""Who waits in a queue: adding, taking, removing, ordering. Source: spec 5 §4.5, §4.6."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated import queues as shapes
from apiserver.logic import queue_entries as entries
from apiserver.logic import queues as logic
from apiserver.query import scope
from apiserver.stores.collections import QUEUES, TASKS
from apiserver.stores.filters import Eq, Set


def add_task(call: Call, request: shapes.AddTaskRequest) -> dict[str, Any]:
    """Put a task at the end of a queue. QUIRK: spec 5 §4.5: its status stays, and there need not be such a task."""
    logic.add(call, request.queue, request.task)
    if request.update_execution_queue:
        call.documents.update(TASKS, Eq("id", request.task) & scope.own(call.company), Set("execution.queue", request.queue))
    return {"added": 1}


def get_next_task(call: Call, request: shapes.GetNextTaskRequest) -> dict[str, Any]:
    """Take the first entry out of a queue. QUIRK: spec 5 §4.5: with nothing to take, the answer has no `entry` at all."""
    entry = entries.take_next(call, request.queue, task_id=request.task)
    if entry is None:
        return {}
    answer: dict[str, Any] = {"entry": entry}
    task = entries.queued_again(call, entry["task"])
    if task is not None and request.get_task_info:
        answer["task_info"] = {"company": task.get("company"), "user": task.get("user")}
    return answer


def peek_task(call: Call, request: shapes.PeekTaskRequest) -> dict[str, Any]:
    """The task that is served next; it stays."""
    return {"task": entries.first_task(logic.get(call, request.queue, fields=["entries.task"]))}


def get_num_entries(call: Call, request: shapes.GetNumEntriesRequest) -> dict[str, Any]:
    """How many wait."""
    where = Eq("id", request.queue) & scope.own_or_public(call.company)
    queue = call.documents.find(QUEUES, where, fields=["entries.task"])
    if queue is None:
        raise errors.InvalidQueueId(queue_id=request.queue)
    return {"num": len(queue.get("entries") or ())}


def remove_task(call: Call, request: shapes.RemoveTaskRequest) -> dict[str, Any]:
    """Take a task out of a queue, and if asked give it back the status it had."""
    return {"removed": entries.remove(call, request.queue, request.task, reset=request.update_task_status)}


def clear_queue(call: Call, request: shapes.ClearQueueRequest) -> dict[str, Any]:
    """Take all tasks out of a queue and give them back the status they had."""
    return {"removed_tasks": entries.clear(call, request.queue)}


def move_task_forward(call: Call, request: shapes.MoveTaskForwardRequest) -> dict[str, Any]:
    """Move a waiting task towards the front."""
    return {"position": entries.move(call, request.queue, request.task, -request.count)}


def move_task_backward(call: Call, request: shapes.MoveTaskBackwardRequest) -> dict[str, Any]:
    """Move a waiting task towards the end."""
    return {"position": entries.move(call, request.queue, request.task, request.count)}


def move_task_to_front(call: Call, request: shapes.MoveTaskToFrontRequest) -> dict[str, Any]:
    """Make a waiting task the next one."""
    return {"position": entries.move(call, request.queue, request.task, -entries.FAR)}


def move_task_to_back(call: Call, request: shapes.MoveTaskToBackRequest) -> dict[str, Any]:
    """Make a waiting task the last one."""
    return {"position": entries.move(call, request.queue, request.task, entries.FAR)}
