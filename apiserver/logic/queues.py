"""Queues and their entries: who waits where. One queue is one document; each change of its entries is one atomic step.

A queue's `entries` are [{task, added}], the next to be served first. What happens to the tasks themselves is in `task_queueing.py`.
Source: spec 5 §4.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.logic import queue_metrics, task_access, workers
from apiserver.logic import task_status as status_logic
from apiserver.logic.task_status import Why
from apiserver.query import scope
from apiserver.stores.collections import QUEUES, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Eq, Filter, In, Ne, Not, PullWhere, Push, Set, Unset

DEFAULT_TAG = "default"
MIN_NAME = 3
SAMPLED = ("company", "entries")
"""What a sample of a queue needs to know of it."""


def get(call: Call, queue_id: str, *, fields: Sequence[str] | None = None) -> Document:
    """An own queue. Raises: InvalidQueueId."""
    queue = call.documents.find(QUEUES, Eq("id", queue_id) & scope.own(call.company), fields=fields)
    if queue is None:
        raise errors.InvalidQueueId(id=queue_id, company=call.company)
    return queue


def default(call: Call) -> Document:
    """The one own queue that carries the system tag `default`. Raises: NoDefaultQueue, MultipleDefaultQueues."""
    found = call.documents.list(QUEUES, Eq("system_tags", DEFAULT_TAG) & scope.own(call.company), fields=["name"])
    if not found:
        raise errors.NoDefaultQueue()
    if len(found) > 1:
        raise errors.MultipleDefaultQueues(queues=tuple(queue["id"] for queue in found))
    return found[0]


def check_name(name: Any) -> str:
    """The name as it is stored. Raises: DataValidationError."""
    if not isinstance(name, str) or len(name.strip()) < MIN_NAME:
        raise errors.DataValidationError(name="String value is too short")
    return name.strip()


def create(call: Call, name: str, **fields: Any) -> str:
    """Store a new queue; its id. Raises: DataValidationError; ExpectedUniqueData when the company has one of that name."""
    queue = {
        "id": uuid.uuid4().hex, "company": call.company, "name": check_name(name), "created": call.now, "last_update": call.now,
        "tags": [], "system_tags": [], "entries": [], "metadata": {}, **fields,
    }  # fmt: skip
    try:
        call.documents.insert(QUEUES, queue)
    except DuplicateKey as error:
        raise errors.ExpectedUniqueData(name=queue["name"], company=call.company) from error
    return str(queue["id"])


def find_or_create(call: Call, name: str) -> str:
    """The id of the own queue of this name, made when there is none."""
    named = Eq("name", name.strip()) & scope.own(call.company)
    if queue := call.documents.find(QUEUES, named, fields=["id"]):
        return str(queue["id"])
    try:
        return create(call, name)
    except errors.ExpectedUniqueData:
        return str(call.documents.list(QUEUES, named, fields=["id"])[0]["id"])


def add(call: Call, queue_id: str, task_id: str) -> None:
    """Put a task at the end of an own queue.

    Raises: InvalidQueueId; TaskAlreadyQueued; InvalidQueueOrTaskNotQueued when someone else took it out at the same moment.
    """
    free = Eq("id", queue_id) & scope.own(call.company) & Not(Eq("entries.task", task_id))
    entry = {"task": task_id, "added": call.now}
    changes = (Push("entries", [entry]), Set("last_update", call.now))
    after = call.documents.find_and_update(QUEUES, free, *changes, fields=SAMPLED)
    if after is None:
        queue = get(call, queue_id, fields=["entries.task"])
        if any(entry.get("task") == task_id for entry in queue.get("entries") or ()):
            raise errors.TaskAlreadyQueued(task=task_id)
        raise errors.InvalidQueueOrTaskNotQueued(id=queue_id, task=task_id)
    queue_metrics.record(call.backend, after, call.now)


def remove(call: Call, queue_id: str, task_id: str) -> int:
    """Take a task out of an own queue; how many entries went. Zero when it is not there or the queue is unknown."""
    return _remove(call, Eq("id", queue_id), task_id)


def remove_everywhere(call: Call, task_id: str, *, but: str = "") -> int:
    """Take a task out of all own queues (but one); how many entries went."""
    removed = 0
    waiting = Eq("entries.task", task_id) & scope.own(call.company) & Ne("id", but)
    for queue in call.documents.list(QUEUES, waiting, fields=["id"]):
        removed += _remove(call, Eq("id", queue["id"]), task_id)
    return removed


def _remove(call: Call, where: Filter, task_id: str) -> int:
    before = call.documents.find_and_update(
        QUEUES,
        where & scope.own(call.company) & Eq("entries.task", task_id),
        PullWhere("entries", Eq("task", task_id)),
        Set("last_update", call.now),
        fields=SAMPLED,
        before=True,
    )
    if before is None:
        return 0
    left = [entry for entry in before["entries"] if entry.get("task") != task_id]
    queue_metrics.record(call.backend, {**before, "entries": left}, call.now)
    return len(before["entries"]) - len(left)


def workers_by_queue(call: Call) -> dict[str, list[dict[str, Any]]]:
    """The live workers of the company, by the queues they listen to: [{name, ip, key, task}]. Source: spec 5 §5.1."""
    found: dict[str, list[dict[str, Any]]] = {}
    for worker in workers.live(call):
        row = {"name": worker.id, "ip": worker.ip, "key": worker.key, "task": worker.task}
        for queue_id in worker.queues:
            found.setdefault(queue_id, []).append(row)
    return found


def send_back(call: Call, queue_id: str, task_ids: Sequence[str], reason: str) -> list[str]:
    """Give the tasks that waited in a queue the status they had before; the ids of those changed.

    Only own tasks whose `execution.queue` is this queue. Source: spec 5 §4.7.
    """
    where = In("id", task_ids) & scope.own(call.company) & Eq("execution.queue", queue_id)
    done = []
    for task in call.documents.list(TASKS, where, fields=task_access.STATUS_FIELDS):
        back = task.get("enqueue_status") or task_status.CREATED
        try:
            status_logic.change(call, task, back, Why(reason, force=True), changes=[Set("enqueue_status", None), Unset("execution.queue")])
        except errors.FailedChangingTaskStatus:
            continue  # NOTE: someone else moved the task meanwhile; it no longer waits.
        done.append(task["id"])
    return done
