"""Creating and editing tasks. Source: spec 3 §7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import artifacts, task_document, task_status
from apiserver.generated import errors
from apiserver.generated import tasks as shapes
from apiserver.logic import task_access, task_create, task_edit, task_references
from apiserver.query import present, scope
from apiserver.query.entities import TASK
from apiserver.query.writing import check_tags, split_old_tags
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, In, Set

_UPDATED = ("name", "tags", "system_tags", "comment", "project", "status_message", "output__error")
"""What `update` and `update_batch` can change."""

_QUIET = frozenset({"name", "status_message", "comment", "created", "project", "tags", "system_tags"})
"""Edits of these alone do not move `last_update`."""

_MERGED = ("execution", "script", "output", "models")
"""Parts that an edit merges over the stored ones, one level deep; all others are replaced whole."""

_HEAVY = ("-last_metrics", "-metric_stats", "-unique_metrics")


def create(call: Call, request: shapes.CreateRequest) -> dict[str, Any]:
    """Make a new task; its id."""
    fields = task_edit.parse(call, call.data, task_edit.CREATE)
    task_references.check(call, fields)
    return {"id": task_create.insert(call, task_create.build(call, fields))}


def validate(call: Call, request: shapes.ValidateRequest) -> dict[str, Any]:
    """Say whether `create` would take the fields. QUIRK: spec 3 §7.1: the rules of the stored document are not asked."""
    data = {name: value for name, value in call.data.items() if name != "parent" or not task_edit.is_deleted(value)}
    task_references.check(call, task_edit.parse(call, data, task_edit.CREATE))
    return {}


def update(call: Call, request: shapes.UpdateRequest) -> dict[str, Any]:
    """Change name, tags, comment, project and messages of a task in any status."""
    task = task_access.writable(call, request.task, fields=["company"])
    fields = _simple_fields(call, call.data)
    with task_edit.refusals():
        task_document.check(fields)
    if not fields:
        return {"updated": 0, "fields": {}}
    if "output__error" in fields:
        fields["output.error"] = fields.pop("output__error")
    written = [Set(name, value) for name, value in task_edit.storable(fields).items()]
    where = Eq("id", task["id"]) & scope.own(call.company)
    updated = call.documents.update(TASKS, where, *written, *task_access.changed(call, updated=False)).matched
    task_access.touch_projects(call, [fields.get("project")])
    for name in ("tags", "system_tags"):
        if name in fields:
            fields[name] = sorted(fields[name])
    return {"updated": updated, "fields": {**present.old_tags(fields, call.version), **_change_stamps(call)}}


def update_batch(call: Call, items: list[dict[str, Any]]) -> dict[str, Any]:
    """`update` for many tasks, all or none; the last line of a task wins.

    QUIRK: spec 3 §7.1: names may be short here, and `output__error` changes nothing but the stamps.
    """
    lines = _lines(items)
    if not lines:
        return {"updated": 0}
    tasks = {task["id"]: task for task in task_access.writable_many(call, lines, fields=["company", "project"])}
    changes = {key: _simple_fields(call, line) for key, line in lines.items()}
    with task_edit.refusals():
        for fields in changes.values():
            task_document.check({name: value for name, value in fields.items() if name != "name"})
    updated = 0
    projects: list[Any] = []
    with call.documents.transaction():
        for key, fields in changes.items():
            if not fields:
                continue
            stored = {name: value for name, value in task_edit.storable(fields).items() if name != "output__error"}
            written = [Set(name, value) for name, value in stored.items()]
            where = Eq("id", key) & scope.own(call.company)
            updated += call.documents.update(TASKS, where, *written, *task_access.changed(call, updated=False)).matched
            projects += _touched(tasks[key].get("project"), fields)
    task_access.touch_projects(call, projects)
    return {"updated": updated}


def edit(call: Call, request: shapes.EditRequest) -> dict[str, Any]:
    """Change any part of a draft, or with `force` of any task.

    QUIRK: spec 3 §7.1 "edit": type and status are taken as they come, without their enums and without the status machine.
    """
    task = task_access.writable(call, request.task, fields=_HEAVY)
    status = task_access.status_of(task)
    if status != task_status.CREATED and not request.force:
        raise errors.InvalidTaskStatus(expected=task_status.CREATED, status=status)
    fields = task_edit.parse(call, call.data, task_edit.EDIT, previous=task)
    if not fields:
        return {"updated": 0, "fields": {}}
    task_references.check(call, fields)
    with task_edit.refusals():
        task_document.check(task_edit.storable(fields), items=False, enums=False)
    stamps = task_access.changed(call, updated=not fields.keys() <= _QUIET)
    where = Eq("id", task["id"]) & scope.own(call.company)
    if not request.force:
        where = where & In("status", [task_status.CREATED, None])
    if not call.documents.update(TASKS, where, *_edits(fields), *stamps).matched:
        raise errors.FailedChangingTaskStatus("the task changed meanwhile", task_id=task["id"], current_status=status)
    task_access.touch_projects(call, [fields.get("project"), *_touched(task.get("project"), fields)])
    echo = _echo(call, task, fields)
    if not fields.keys() <= _QUIET:
        echo["last_update"] = call.now
    return {"updated": 1, "fields": {**echo, **_change_stamps(call)}}


def set_requirements(call: Call, request: shapes.SetRequirementsRequest) -> dict[str, Any]:
    """Replace the script's requirements, in any status. QUIRK: spec 3 §7.1: `fields` stays empty."""
    task = task_access.writable(call, request.task, fields=["company"])
    where = Eq("id", task["id"]) & scope.own(call.company)
    stamps = task_access.changed(call, updated=True)
    call.documents.update(TASKS, where, Set("script.requirements", request.requirements), *stamps)
    return {"updated": 1, "fields": {}}


def _simple_fields(call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
    """What `update` takes from a request, checked by kind."""
    fields = {name: data[name] for name in _UPDATED if data.get(name) is not None}
    if "project" in fields:
        task_references.check_exists(call, "project", fields["project"])
    for name in ("tags", "system_tags"):
        if name in fields and not isinstance(fields[name], list | str):
            raise errors.FieldsValueError("a list is expected", field=name)
    for name in ("name", "comment", "status_message", "output__error"):
        if name in fields and not isinstance(fields[name], str):
            raise errors.DataValidationError(**{name: "a text is expected"})
    if any(name in fields for name in ("tags", "system_tags")):
        with task_edit.refusals():
            task_document.check({name: fields[name] for name in ("tags", "system_tags") if name in fields})
    fields.update(split_old_tags(TASK, call.version, fields))
    if "tags" in fields:
        check_tags(fields["tags"], fields.get("system_tags"))
    return fields


def _lines(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    lines: dict[str, dict[str, Any]] = {}
    for item in items:
        if not item:
            continue
        key = item.get("task")
        if not isinstance(key, str):
            raise errors.ValidationError("each line needs the id of a task", field="task")
        lines.pop(key, None)
        lines[key] = item
    return lines


def _touched(old: Any, fields: Mapping[str, Any]) -> list[Any]:
    if "project" in fields and fields["project"] != old:
        return [old, fields["project"]]
    return [old] if "tags" in fields or "system_tags" in fields else []


def _change_stamps(call: Call) -> dict[str, Any]:
    return {"last_change": call.now, "last_changed_by": call.user}


def _edits(fields: Mapping[str, Any]) -> list[Change]:
    """NOTE: merged parts are written field by field, so that an edit does not undo what someone else just wrote beside it."""
    changes: list[Change] = []
    for name, value in task_edit.storable(fields).items():
        if name in _MERGED:
            changes += [Set(f"{name}.{inner}", part) for inner, part in value.items()]
        else:
            changes.append(Set(name, value))
    return changes


def _echo(call: Call, task: Document, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The edited parts as the answer shows them: merged, in the shapes of the caller's version."""
    defaults = task_document.defaults()
    row = {name: {**defaults[name], **(task.get(name) or {}), **value} if name in _MERGED else value for name, value in fields.items()}
    if "execution" in row:
        given = "artifacts" in fields["execution"]
        row["execution"]["artifacts"] = artifacts.to_list(row["execution"]["artifacts"], complete=not given)
    row = present.old_tags(present.task(row, call.version), call.version)
    for name in ("tags", "system_tags"):
        if name in row:
            row[name] = sorted(row[name])
    return row
