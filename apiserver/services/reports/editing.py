"""Making, changing, moving and deleting reports. Source: spec 5 §9."""

from __future__ import annotations

import textwrap
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import task_document, task_status
from apiserver.generated import errors
from apiserver.generated import reports as shapes
from apiserver.logic import report_projects, task_access, task_content, task_create, task_delete, task_edit
from apiserver.logic import task_status as status_logic
from apiserver.logic.task_status import Why
from apiserver.query import scope
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import AddToSet, Change, Eq, Pull, Set, Unset

TYPE = "report"
_SETTABLE = ("name", "tags", "comment", "report", "report_assets")
_ALWAYS = frozenset({"name", "tags", "comment"})
"""What may change in a report that is published."""
_ECHOED = 100
"""Characters of the text in the answer of an update."""


def create(call: Call, request: shapes.CreateRequest) -> dict[str, Any]:
    """Make a report; it lies in the `.reports` project of the one that is given.

    QUIRK: spec 5 §9 "create": the text and its assets are not taken here. Clients send them with `update` next.
    """
    fields = {"name": request.name, "type": TYPE, "system_tags": list(report_projects.SYSTEM_TAGS)}
    given = {"comment": request.comment, "tags": request.tags}
    task = task_create.build(call, {**fields, **{name: value for name, value in given.items() if value is not None}})
    with task_edit.refusals():
        task_document.check(task)  # NOTE: before a project is made for it.
    with call.documents.transaction():
        task["project"] = report_projects.of_project(call, request.project)
        return {"id": task_create.insert(call, task), "project_id": task["project"]}


def update(call: Call, request: shapes.UpdateRequest) -> dict[str, Any]:
    """Change a report. Once it is published its text is fixed; name, tags and comment are not. Null takes a field away."""
    task = _report(call, request.task)
    fields = {name: getattr(request, name) for name in _SETTABLE if name in call.data}
    if not fields:
        return {"updated": 0, "fields": {}}
    if fields.get("name") is not None:
        fields["name"] = fields["name"].strip()
    if fields.get("tags") is not None:
        fields["tags"] = sorted(fields["tags"])
    with task_edit.refusals():
        task_document.check(fields)
    changes: list[Change] = [Unset(name) if value is None else Set(name, value) for name, value in fields.items()]
    task_content.write(call, task["id"], changes, any_status=fields.keys() <= _ALWAYS)
    task_access.touch_projects(call, [task.get("project")])
    return {"updated": 1, "fields": fields | _shortened(fields)}


def _shortened(fields: dict[str, Any]) -> dict[str, Any]:
    """The text as the answer shows it."""
    text = fields.get("report")
    return {} if text is None else {"report": textwrap.shorten(text, _ECHOED, placeholder=" [...]")}


def move(call: Call, request: shapes.MoveRequest) -> dict[str, Any]:
    """Move a report to a project by name (made if missing) or id; a null project is the top. What is left empty behind it goes."""
    if not {"project", "project_name"} & call.data.keys():
        raise errors.MissingRequiredFields("project or project_name is required", missing=("project", "project_name"))
    task = _report(call, request.task)
    with call.documents.transaction():
        if request.project_name:
            target = report_projects.of_name(call, request.project_name)
        else:
            target = report_projects.of_project(call, request.project)
        where = Eq("id", task["id"]) & scope.own(call.company)
        call.documents.update(TASKS, where, Set("project", target), *task_access.changed(call, updated=False))
    task_access.touch_projects(call, [task.get("project"), target])
    report_projects.remove_empty(call, task.get("project"))
    return {"project_id": target}


def publish(call: Call, request: shapes.PublishRequest) -> dict[str, Any]:
    """Publish a report, whatever its status. QUIRK: spec 5 §9 "publish": `message` is read, the documented `comment` is not."""
    task = _report(call, request.task)
    why = Why(message=request.message, force=True)
    return status_logic.change(call, task, task_status.PUBLISHED, why, plain={"published": call.now})


def archive(call: Call, request: shapes.ArchiveRequest) -> dict[str, Any]:
    """Archive a report."""
    task = _report(call, request.task)
    status_logic.tag(call, task, Why(message=request.message), AddToSet("system_tags", [task_status.ARCHIVED]))
    return {"archived": 1}


def unarchive(call: Call, request: shapes.UnarchiveRequest) -> dict[str, Any]:
    """Bring a report back from the archive."""
    task = _report(call, request.task)
    status_logic.tag(call, task, Why(message=request.message), Pull("system_tags", [task_status.ARCHIVED]))
    return {"unarchived": 1}


def delete(call: Call, request: shapes.DeleteRequest) -> dict[str, Any]:
    """Delete a report. QUIRK: spec 5 §9 "delete": a published one goes without force, too."""
    task = _report(call, request.task)
    _, cleanup = task_delete.delete(call, task["id"], task_delete.Options(force=True))
    task_delete.finish(call, cleanup, delete_external_artifacts=False)
    report_projects.remove_empty(call, task.get("project"))
    return {"deleted": 1}


def _report(call: Call, task_id: str) -> Document:
    """A task that the caller may change and that is a report. Raises: InvalidTaskId, NoWritePermission, OperationSupportedOnReportsOnly."""
    task = task_access.writable(call, task_id, fields=task_access.STATUS_FIELDS)
    if task.get("type") != TYPE:
        raise errors.OperationSupportedOnReportsOnly(id=task_id)
    return task
