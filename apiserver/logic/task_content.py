"""Writing parts of a task's content: parameters, configuration, artifacts, model lists, runtime. Source: spec 3 §1.4, §8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import keys, task_status
from apiserver.generated import errors
from apiserver.logic import task_access
from apiserver.query import scope
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, Filter, In

FIELDS = ("company", "status", "started", "project")


def key(name: str) -> str:
    """The name as a stored key. Raises: ValidationError for an empty one."""
    try:
        return keys.escape(name)
    except keys.EmptyKey as error:
        raise errors.ValidationError("Empty key is not allowed") from error


def known_item(item: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The item with these fields only, without nulls."""
    return {name: item[name] for name in names if item.get(name) is not None}


def open_task(call: Call, task_id: str, *, force: bool = False, any_status: bool = False) -> Document:
    """The task, if its content may be edited in the status it has. any_status: it may in all."""
    task = task_access.writable(call, task_id, fields=FIELDS)
    if not any_status:
        task_access.check_updatable(task, force=force)
    return task


def still_open(call: Call, task: Document, *, force: bool = False, any_status: bool = False) -> Filter:
    """Selects the task as long as it may be edited, so that a write and the check of the status are one step."""
    where = Eq("id", task["id"]) & scope.own(call.company)
    if any_status:
        return where
    statuses = task_status.EDITABLE_WITH_FORCE if force else task_status.EDITABLE
    return where & In("status", [*sorted(statuses), None])


def write(
    call: Call,
    task_id: str,
    changes: Sequence[Change],
    *,
    force: bool = False,
    any_status: bool = False,
    updated: bool = True,
    running: bool = False,
) -> None:
    """Check that the task may be edited, and apply the changes with the stamps.

    any_status: the status does not matter; updated: `last_update` moves; running: `active_duration` is renewed.
    Raises: InvalidTaskId, NoWritePermission, InvalidTaskStatus.
    """
    task = open_task(call, task_id, force=force, any_status=any_status)
    stamps = task_access.changed(call, updated=updated)
    if running:
        stamps += task_access.progress(call, task)
    where = still_open(call, task, force=force, any_status=any_status)
    if not call.documents.update(TASKS, where, *changes, *stamps).matched:
        refuse_changed(call, task_id, force=force)


def refuse_changed(call: Call, task_id: str, *, force: bool) -> None:
    """Say why a task that could be edited a moment ago cannot any more."""
    task = open_task(call, task_id, force=force)
    status = task_access.status_of(task)
    raise errors.FailedChangingTaskStatus("the task changed meanwhile", task_id=task_id, current_status=status, new_status=status)
