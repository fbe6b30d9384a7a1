"""Changing a task's status: the one function that does it, and the fields it writes. Source: spec 3 §5.3-5.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.logic import task_access
from apiserver.query import scope
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import EVERYTHING, Change, Eq, Filter, Pull, Set


@frozen
class Why:
    """What a caller says about a status change. force: the table of transitions does not bind."""

    reason: str = ""
    message: str = ""
    force: bool = False


def check(task: Document, new: str, *, force: bool, strict: bool = False) -> None:
    """Raises: InvalidTaskStatus when the task may not go there. strict: nor stay where it is."""
    current = task_access.status_of(task)
    if not task_status.allowed(current, new, force=force, strict=strict):
        raise errors.InvalidTaskStatus("Invalid status change", current_status=current, new_status=new)


def change(
    call: Call,
    task: Document,
    new: str,
    why: Why,
    *,
    plain: Mapping[str, Any] | None = None,
    changes: Sequence[Change] = (),
    only_if: Filter = EVERYTHING,
) -> dict[str, Any]:
    """Put a task into a status; the `{updated, fields}` of the answer.

    task: as just read, with `status`, `project` and `system_tags`; the write happens only if the status is still that. plain: further
    fields to set, shown in `fields`; changes: further changes, not shown; only_if: a further condition.
    Raises: InvalidTaskStatus; FailedChangingTaskStatus when the status changed meanwhile.
    """
    check(task, new, force=why.force)
    fields = {
        "status": new,
        "status_reason": why.reason,
        "status_message": why.message,
        "status_changed": call.now,
        "last_update": call.now,
        "last_change": call.now,
        "last_changed_by": call.user,
        **(plain or {}),
    }
    written: list[Change] = [Set(name, value) for name, value in fields.items()]
    if new == task_status.QUEUED:
        written.append(Pull("system_tags", [task_status.DEVELOPMENT]))
    unchanged = Eq("id", task["id"]) & Eq("company", call.company) & Eq("status", task.get("status")) & only_if
    if not call.documents.update(TASKS, unchanged, *written, *changes).matched:
        raise errors.FailedChangingTaskStatus(task_id=task["id"], current_status=task_access.status_of(task), new_status=new)
    task_access.touch_projects(call, [task.get("project")], tags=task_status.DEVELOPMENT in (task.get("system_tags") or ()))
    return {"updated": 1, "fields": fields}


def tag(call: Call, task: Document, why: Why, change: Change) -> None:
    """Archive a task or bring it back (`change` adds or removes the tag), with what the caller says about it; its status stays."""
    said = [Set("status_reason", why.reason), Set("status_message", why.message)]
    where = Eq("id", task["id"]) & scope.own(call.company)
    call.documents.update(TASKS, where, change, *said, *task_access.changed(call, updated=False))
