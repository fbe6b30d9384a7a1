"""Taking entries out of queues and changing their order: each one atomic step on the queue's document. Source: spec 5 §4.5, §4.6."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.logic import queue_metrics, queues
from apiserver.query import scope
from apiserver.stores.collections import QUEUES, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Eq, Exists, Filter, Move, PopFirst, Set

FAR = 2**31
"""More places than any queue has."""


def take_next(call: Call, queue_id: str, *, task_id: str | None = None) -> Document | None:
    """Take the first entry out, or None if there is none, or it is not the wanted task's. Exactly one caller gets an entry.

    Raises: InvalidQueueId.
    """
    there = _own(call, queue_id) & (Eq("entries.0.task", task_id) if task_id else Exists("entries.0"))
    changes = (PopFirst("entries"), Set("last_update", call.now))
    before = call.documents.find_and_update(QUEUES, there, *changes, fields=queues.SAMPLED, before=True)
    if before is None:
        queue = queues.get(call, queue_id, fields=queues.SAMPLED)
        if not queue.get("entries"):
            queue_metrics.record_idle(call.backend, queue, call.now)
        return None
    # QUIRK: spec 5 §4.5: the sample counts the entry that is leaving.
    queue_metrics.record(call.backend, before, call.now)
    entry: Document = before["entries"][0]
    return entry


def queued_again(call: Call, task_id: str) -> Document | None:
    """The own task of an entry that was taken, if there is one. A stopped one is queued again: it was stopped while it was enqueued."""
    where = Eq("id", task_id) & scope.own(call.company)
    task = call.documents.find(TASKS, where, fields=["company", "user", "status"])
    if task is not None and task.get("status") == task_status.STOPPED:
        call.documents.update(TASKS, where & Eq("status", task_status.STOPPED), Set("status", task_status.QUEUED))
    return task


def remove(call: Call, queue_id: str, task_id: str, *, reset: bool) -> int:
    """Take a task's entry out; how many went. reset: the task gets back the status it had. Raises: InvalidQueueOrTaskNotQueued."""
    removed = queues.remove(call, queue_id, task_id)
    if not removed:
        raise errors.InvalidQueueOrTaskNotQueued(task=task_id, id=queue_id, company=call.company)
    if reset:
        queues.send_back(call, queue_id, [task_id], f"Task was removed from the queue {queue_id}")
    return removed


def clear(call: Call, queue_id: str) -> list[str]:
    """Take all entries out and give their tasks back the status they had; the ids of those tasks. Raises: InvalidQueueId.

    NOTE: entries go first, so that no agent takes a task that was just sent back, and none that comes meanwhile is lost.
    """
    before = call.documents.find_and_update(QUEUES, _own(call, queue_id), Set("entries", []), fields=queues.SAMPLED, before=True)
    if before is None:
        raise errors.InvalidQueueId(queue=queue_id)
    waiting = [entry["task"] for entry in before.get("entries") or () if entry.get("task")]
    if not waiting:
        return []
    queue_metrics.record(call.backend, {**before, "entries": []}, call.now)
    return queues.send_back(call, queue_id, waiting, f"Queue {queue_id} was cleared")


def move(call: Call, queue_id: str, task_id: str, by: int) -> int:
    """Move a task's entry by so many places, negative towards the front; its place afterwards. Raises: InvalidQueueOrTaskNotQueued."""
    there = _own(call, queue_id) & Eq("entries.task", task_id)
    after = call.documents.find_and_update(QUEUES, there, Move("entries", Eq("task", task_id), by), fields=["entries.task"])
    if after is None:
        raise errors.InvalidQueueOrTaskNotQueued(task=task_id, id=queue_id, company=call.company)
    return next(place for place, entry in enumerate(after["entries"]) if entry.get("task") == task_id)


def first_task(queue: Document) -> Any:
    """The task that is served next, or None."""
    entries = queue.get("entries") or ()
    return entries[0].get("task") if entries else None


def _own(call: Call, queue_id: str) -> Filter:
    return Eq("id", queue_id) & scope.own(call.company)
