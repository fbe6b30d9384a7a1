"""Publishing a task, with its output model. Source: spec 3 §9.6."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.logic import task_access, task_models
from apiserver.logic import task_status as status_logic
from apiserver.logic.task_status import Why
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Eq, Set


def publish(call: Call, task_id: str, why: Why, *, publish_model: bool = True) -> dict[str, Any]:
    """Publish a task and, unless told otherwise, its last output model; `{updated, fields}`.

    The task is `publishing` while it lasts; if anything fails it gets its former status back.
    Raises: InvalidTaskId, NoWritePermission, InvalidTaskStatus (also for a published task, without force), FailedChangingTaskStatus.
    """
    task = task_access.writable(call, task_id, fields=task_access.STATUS_FIELDS)
    status_logic.check(task, task_status.PUBLISHED, force=why.force, strict=task_access.status_of(task) == task_status.PUBLISHED)
    _swap_status(call, task, task.get("status"), task_status.PUBLISHING)
    try:
        if publish_model:
            task_models.publish_last_output(call, task)
        publishing = {**task, "status": task_status.PUBLISHING}
        plain = {"published": call.now, "output": task.get("output") or {}}
        return status_logic.change(call, publishing, task_status.PUBLISHED, why, plain=plain)
    except Exception:
        call.documents.update(TASKS, Eq("id", task["id"]) & Eq("status", task_status.PUBLISHING), Set("status", task.get("status")))
        raise


def _swap_status(call: Call, task: Document, old: Any, new: str) -> None:
    if old == new:
        return
    unchanged = Eq("id", task["id"]) & Eq("company", call.company) & Eq("status", old)
    if not call.documents.update(TASKS, unchanged, Set("status", new)).matched:
        raise errors.FailedChangingTaskStatus(task_id=task["id"], current_status=task_access.status_of(task), new_status=new)
