"""Archiving, visibility, moving and tagging tasks. Source: spec 3 §12."""

from __future__ import annotations

import contextlib
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.generated import errors
from apiserver.generated import tasks as shapes
from apiserver.logic import batch, publicity, task_access, task_queueing
from apiserver.logic import task_status as status_logic
from apiserver.logic.projects import find_or_create
from apiserver.logic.task_delete import CONTROLLER
from apiserver.logic.task_status import Why
from apiserver.query import scope
from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import AddToSet, Change, Eq, In, Pull, Set


def archive(call: Call, request: shapes.ArchiveRequest) -> dict[str, Any]:
    """Archive tasks, all or none; how many."""
    tasks = task_access.writable_many(call, request.tasks, fields=task_access.STATUS_FIELDS)
    why = Why(request.status_reason, request.status_message, force=True)
    for task in tasks:
        _archive(call, task, why, with_steps=request.include_pipeline_steps)
    return {"archived": len(tasks)}


def archive_many(call: Call, request: shapes.ArchiveManyRequest) -> dict[str, Any]:
    """Archive each of the tasks."""
    why = Why(request.status_reason, request.status_message, force=True)

    def one(task_id: str) -> dict[str, Any]:
        task = task_access.writable(call, task_id, fields=task_access.STATUS_FIELDS)
        _archive(call, task, why, with_steps=request.include_pipeline_steps)
        return {"archived": True}

    return batch.each(request.ids, one)


def unarchive_many(call: Call, request: shapes.UnarchiveManyRequest) -> dict[str, Any]:
    """Bring each of the tasks back from the archive; their status stays."""
    why = Why(request.status_reason, request.status_message)

    def one(task_id: str) -> dict[str, Any]:
        task = task_access.writable(call, task_id, fields=task_access.STATUS_FIELDS)
        for one_task in _with_steps(call, task, request.include_pipeline_steps):
            status_logic.tag(call, one_task, why, Pull("system_tags", [task_status.ARCHIVED]))
        return {"unarchived": True}

    return batch.each(request.ids, one)


def make_public(call: Call, request: shapes.MakePublicRequest) -> dict[str, Any]:
    """Let every company read the tasks; nobody can change them until they are private again."""
    return publicity.make_public(call, TASKS, request.ids, missing=errors.InvalidTaskId)


def make_private(call: Call, request: shapes.MakePrivateRequest) -> dict[str, Any]:
    """Take back what the company had made public."""
    return publicity.make_private(call, TASKS, request.ids, missing=errors.InvalidTaskId)


def move(call: Call, request: shapes.MoveRequest) -> dict[str, Any]:
    """Move tasks to a project, by id or by name (found or made), or with `project: null` to none."""
    if "project" not in call.data and not request.project_name:
        raise errors.MissingRequiredFields("project or project_name is required")
    tasks = task_access.writable_many(call, request.ids, fields=["company", "project"])
    target = _target(call, request)
    where = In("id", [task["id"] for task in tasks]) & scope.own(call.company)
    call.documents.update_many(TASKS, where, Set("project", target), *task_access.changed(call, updated=False))
    task_access.touch_projects(call, [*(task.get("project") for task in tasks), target])
    return {"project_id": target}


def update_tags(call: Call, request: shapes.UpdateTagsRequest) -> dict[str, Any]:
    """Add tags to tasks and remove others. QUIRK: spec 3 §12: each of the two passes counts in `updated`."""
    if not request.add_tags and not request.remove_tags:
        raise errors.ValidationError("add_tags or remove_tags is required")
    tasks = task_access.writable_many(call, request.ids, fields=["company", "project"])
    where = In("id", [task["id"] for task in tasks]) & scope.own(call.company)
    passes: list[Change] = []
    if request.add_tags:
        passes.append(AddToSet("tags", request.add_tags))
    if request.remove_tags:
        passes.append(Pull("tags", request.remove_tags))
    stamps = task_access.changed(call, updated=False)
    updated = sum(call.documents.update_many(TASKS, where, change, *stamps).matched for change in passes)
    task_access.touch_projects(call, [task.get("project") for task in tasks])
    return {"updated": updated}


def _target(call: Call, request: shapes.MoveRequest) -> str | None:
    if request.project or (request.project is None and not request.project_name) or not request.project_name:
        if request.project and call.documents.find(PROJECTS, Eq("id", request.project) & scope.own(call.company), fields=["id"]) is None:
            raise errors.InvalidProjectId(id=request.project)
        return request.project
    return find_or_create(call, request.project_name)


def _with_steps(call: Call, task: Document, with_steps: bool) -> list[Document]:
    if not with_steps or task.get("type") != CONTROLLER:
        return [task]
    steps = Eq("parent", task["id"]) & scope.own(call.company)
    return [*call.documents.list(TASKS, steps, fields=task_access.STATUS_FIELDS), task]


def _archive(call: Call, task: Document, why: Why, *, with_steps: bool) -> None:
    for one in _with_steps(call, task, with_steps):
        task_queueing.leave_all_queues(call, one)
        status = task_access.status_of(one)
        if status in (task_status.QUEUED, task_status.IN_PROGRESS):
            back = task_status.returns_to(status, one.get("enqueue_status"))
            with contextlib.suppress(errors.FailedChangingTaskStatus):
                status_logic.change(call, one, back, why, plain={"enqueue_status": None})
        status_logic.tag(call, one, why, AddToSet("system_tags", [task_status.ARCHIVED]))
