"""Finding tasks: who may read and who may change them, and the stamps that every change leaves. Source: spec 3 §1.4, §1.5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.logic import tag_cache
from apiserver.query import scope
from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, In, Set

STATUS_FIELDS = (
    "company", "project", "status", "status_reason", "status_message", "system_tags", "type", "started", "last_worker", "last_update",
    "execution.queue", "enqueue_status", "output", "models.output",
)  # fmt: skip
"""What the status actions need to know of a task."""


def writable(call: Call, task_id: str, *, fields: Sequence[str] | None = None) -> Document:
    """The task, if the caller may change it. `fields` has to include `company`.

    Raises: InvalidTaskId; NoWritePermission for a public task.
    """
    where = Eq("id", task_id) & scope.own_or_public(call.company)
    task = call.documents.find(TASKS, where, fields=fields)
    if task is None:
        raise errors.InvalidTaskId(id=task_id, company=call.company)
    if not task.get("company"):
        raise errors.NoWritePermission(f"public tasks cannot be changed: {task_id}")
    return task


def writable_many(call: Call, task_ids: Iterable[str], *, fields: Sequence[str] | None = None) -> list[Document]:
    """All of the tasks, each once, or an error that names those that are public or else those that are missing."""
    wanted = list(dict.fromkeys(task_ids))
    where = In("id", wanted) & scope.own_or_public(call.company)
    found = {task["id"]: task for task in call.documents.list(TASKS, where, fields=fields)}
    if public := [key for key, task in found.items() if not task.get("company")]:
        raise errors.NoWritePermission(f"public tasks cannot be changed: {', '.join(public)}")
    if missing := [key for key in wanted if key not in found]:
        raise errors.InvalidTaskId(ids=tuple(missing))
    return [found[key] for key in wanted]


def readable_many(call: Call, task_ids: Iterable[str], *, fields: Sequence[str] | None = None) -> list[Document]:
    """All of the tasks, each once, own or public. QUIRK: spec 3 §1.4: the error names all ids asked for, not the missing ones."""
    wanted = list(dict.fromkeys(task_ids))
    where = In("id", wanted) & scope.own_or_public(call.company)
    found = {task["id"]: task for task in call.documents.list(TASKS, where, fields=fields)}
    if len(found) < len(wanted):
        raise errors.InvalidTaskId(ids=tuple(wanted))
    return [found[key] for key in wanted]


def readable(call: Call, task_id: str, *, fields: Sequence[str] | None = None) -> Document:
    """The task, own or public. Raises: InvalidTaskId."""
    task = call.documents.find(TASKS, Eq("id", task_id) & scope.own_or_public(call.company), fields=fields)
    if task is None:
        raise errors.InvalidTaskId(id=task_id)
    return task


def updatable(call: Call, task_id: str, *, force: bool = False, fields: Sequence[str] | None = None) -> Document:
    """The task, if the caller may edit its content piecewise. Raises: as `writable`; InvalidTaskStatus."""
    task = writable(call, task_id, fields=fields)
    check_updatable(task, force=force)
    return task


def check_updatable(task: Document, *, force: bool = False) -> None:
    """Refuse a task whose status does not let its content be edited."""
    status = status_of(task)
    if not task_status.editable(status, force=force):
        raise errors.InvalidTaskStatus(expected=task_status.CREATED, status=status)


def status_of(task: Document) -> str:
    """The status of a stored task; one that has none counts as created."""
    status = task.get("status")
    return task_status.CREATED if status is None else str(status)


def changed(call: Call, *, updated: bool) -> list[Change]:
    """The stamps of a change; `updated`: it touched real content, so `last_update` moves too."""
    stamps: list[Change] = [Set("last_change", call.now), Set("last_changed_by", call.user)]
    return [Set("last_update", call.now), *stamps] if updated else stamps


def progress(call: Call, task: Document) -> list[Change]:
    """`active_duration` of a running task as of now; nothing for any other. The task needs `status` and `started`."""
    duration = task_status.active_duration(status_of(task), task.get("started"), call.now)
    return [] if duration is None else [Set("active_duration", duration)]


def touch_projects(call: Call, project_ids: Iterable[Any], *, tags: bool = True) -> None:
    """Move the projects' own `last_update`, and forget which tags were in use there (tags: whether that may have changed)."""
    wanted = [key for key in dict.fromkeys(project_ids) if key]
    if tags:
        tag_cache.forget(call, wanted)
    if wanted:
        call.documents.update_many(PROJECTS, In("id", wanted) & scope.own(call.company), Set("last_update", call.now))
