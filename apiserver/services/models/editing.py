"""Making and changing models. Source: spec 5 §3.4-3.7, §3.12-3.14."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import dates, model_rules, task_status
from apiserver.domain.task_document import DELETED
from apiserver.generated import errors
from apiserver.generated import models as shapes
from apiserver.logic import metadata, models, publicity, tag_cache, task_access
from apiserver.logic.projects import find_or_create
from apiserver.query import scope
from apiserver.query.entities import MODEL
from apiserver.query.writing import check_tags, echoed, split_old_tags, stored_tags
from apiserver.stores.collections import MODELS, PROJECTS, TASKS, Collection
from apiserver.stores.documents import Document
from apiserver.stores.filters import AddToSet, Change, Eq, In, Max, Pull, Set

LAST_LINKED_VERSION = (2, 13)
"""Models are linked to tasks by `tasks.add_or_update_model` since."""

_CREATED = ("name", "uri", "comment", "tags", "system_tags", "framework", "design", "labels", "project", "parent", "task", "metadata")
_EDITED = (
    "name",
    "tags",
    "system_tags",
    "task",
    "comment",
    "uri",
    "project",
    "parent",
    "framework",
    "design",
    "labels",
    "ready",
    "metadata",
)
_UPDATED = ("name", "project", "created", "comment", "tags", "system_tags", "uri", "ui_cache", "metadata")
_REFERENCES: Mapping[str, Collection] = {"task": TASKS, "project": PROJECTS, "parent": MODELS}
_SHAPES: Mapping[str, type] = {"tags": list, "system_tags": list, "metadata": dict, "design": dict, "labels": dict}
_TEXTS = ("name", "comment", "uri", "framework", "project", "parent", "task")
OUTPUT_MODEL = "Output Model"


def create(call: Call, request: shapes.CreateRequest) -> dict[str, Any]:
    """Store a new model, published unless told otherwise. It is not added to the task's output models."""
    if "ready" in call.data and call.data["ready"] is None:
        raise errors.DataValidationError("Field is required", ready="null")
    company = publicity.PUBLIC if request.public else call.company
    if request.project and not call.documents.count(PROJECTS, Eq("id", request.project) & Eq("company", company)):
        raise errors.ValidationError("Invalid project ids", project=request.project)
    if request.task:
        _check_task(call, request.task, company)
    data = {name: value for name in _CREATED if (value := getattr(request, name)) is not None}
    if isinstance(cache := call.data.get("ui_cache"), dict):
        data["ui_cache"] = cache
    return {"id": _insert(call, {**data, "ready": request.ready}, company), "created": True}


def _check_task(call: Call, task_id: str, company: str) -> None:
    """Raises as `task_access.writable`; for a public model even the company's own tasks are unknown (spec 5 §3.5)."""
    task = task_access.writable(call, task_id, fields=["company"])
    if task["company"] != company:
        raise errors.InvalidTaskId(id=task_id, company=company)


def _insert(call: Call, data: dict[str, Any], company: str) -> str:
    """Store a new model of these fields, checked and completed; its id."""
    data = _checked_tags(call, {"tags": [], **data})
    try:
        data["name"] = model_rules.name(data.get("name"))
        model_rules.distinct_labels(data.get("labels") or {})
    except model_rules.WrongModel as wrong:
        raise errors.DataValidationError(wrong.problem, field=wrong.field) from wrong
    model = {
        "id": uuid.uuid4().hex, "company": company, "user": call.user, "created": call.now, "system_tags": [], "uri": "",
        "design": {}, "labels": {}, "ui_cache": {}, "last_iteration": 0, "last_metrics": {}, "unique_metrics": [],
        **data,
        "metadata": metadata.stored(data.get("metadata") or {}),
        "last_update": call.now, "last_change": call.now, "last_changed_by": call.user,
    }  # fmt: skip
    model["uri"] = model["uri"].strip()
    call.documents.insert(MODELS, model)
    tag_cache.forget(call, [model.get("project")], kinds=("model",))
    return str(model["id"])


def edit(call: Call, request: shapes.EditRequest) -> dict[str, Any]:
    """Change fields of a model, each replaced as a whole; a published one too. Nulls count as not given."""
    model = models.own(call, request.model, fields=["task", "project"])
    data = {name: call.data[name] for name in _EDITED if call.data.get(name) is not None}
    if str(data.get("task", "")).startswith(DELETED):
        del data["task"]
    _check_references(call, data)
    data = _checked(call, data)
    if "task" in data:
        task_access.writable(call, data["task"], fields=["company"])
    if task_id := model.get("task") or request.task:
        models.report_progress(call, task_id, request.iteration)
    if not data:
        return {"updated": 0, "fields": {}}
    fields = dict(data)
    if "uri" in data:
        fields["ui_cache"] = {}
    if model_rules.TOUCHING & data.keys():
        fields["last_update"] = call.now
    return _write(call, request.model, fields)


def update(call: Call, request: shapes.UpdateRequest) -> dict[str, Any]:
    """Change a few fields of a model; the older, looser form of `edit`. QUIRK: spec 5 §3.7: nulls are stored."""
    models.own(call, request.model, fields=[])
    if request.task:
        task_access.writable(call, request.task, fields=["company"])
    _check_labels(call.data.get("labels"))
    fields = _checked(call, {name: call.data[name] for name in _UPDATED if name in call.data})
    if request.task:
        models.report_progress(call, request.task, request.iteration)
    if not fields:
        return {"updated": 0, "fields": {}}
    return _update(call, request.model, fields)


def _update(call: Call, model_id: str, fields: dict[str, Any]) -> dict[str, Any]:
    touched = bool(model_rules.TOUCHING & fields.keys())
    if "uri" in fields:
        fields.setdefault("ui_cache", {})
    answer = _write(call, model_id, fields)
    if touched:
        # QUIRK: spec 5 §3.7: `last_update` moves, but is not among the answered fields.
        models.write(call, model_id, Set("last_update", call.now))
    return answer


def _write(call: Call, model_id: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Set the fields and stamp the change; the answer shows them as clients know them."""
    shown = {**fields, "last_change": call.now, "last_changed_by": call.user}
    projects = [fields.get("project")]
    if tagged := bool(fields.keys() & {"tags", "system_tags", "project"}):
        projects += call.documents.distinct(MODELS, "project", Eq("id", model_id) & scope.own(call.company))
    updated = models.write(call, model_id, *(Set(name, _stored(name, value)) for name, value in shown.items()))
    if tagged:
        tag_cache.forget(call, projects, kinds=("model",))
    return {"updated": updated, "fields": echoed(shown, call.version)}


def _stored(name: str, value: Any) -> Any:
    """QUIRK: spec 5 §3.6: answers repeat names, URIs and dates as they came."""
    if name == "created" and value is not None:
        return _date(value)
    if name == "metadata" and value:
        return metadata.stored(value)
    return value.strip() if name in ("name", "uri") and isinstance(value, str) else value


def _check_references(call: Call, data: Mapping[str, Any]) -> None:
    """What an edited model points to has to exist, in whatever company. Raises: FieldsValueError."""
    for field, collection in _REFERENCES.items():
        if (key := data.get(field)) and (not isinstance(key, str) or not call.documents.count(collection, Eq("id", key))):
            raise errors.FieldsValueError("no such document", id=key, field=field)


def _checked(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Fields of an edit as they are stored. Raises: FieldsValueError, ValidationError, DataValidationError."""
    for field, value in data.items():
        shape = _SHAPES.get(field) or (str if field in _TEXTS else bool if field == "ready" else None)
        if shape and value is not None and not isinstance(value, shape):
            raise errors.FieldsValueError(f"a {shape.__name__} is needed", field=field)
    _check_labels(data.get("labels"))
    data = _checked_tags(call, data)
    if data.get("name") is not None:
        try:
            model_rules.name(data["name"])
        except model_rules.WrongModel as wrong:
            raise errors.DataValidationError(wrong.problem, field=wrong.field) from wrong
    if data.get("created") is not None:
        _date(data["created"])
    return data


def _date(value: Any) -> datetime:
    found = dates.parse(value) if isinstance(value, str) else None
    if found is None:
        raise errors.FieldsValueError("a date is needed", field="created")
    return found


def _check_labels(labels: Any) -> None:
    if labels is None:
        return
    if not isinstance(labels, dict):
        raise errors.FieldsValueError("a dict is needed", field="labels")
    if wrong := model_rules.wrong_labels(labels):
        raise errors.ValidationError("labels have to be whole numbers", values=wrong)


def _checked_tags(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    data = dict(split_old_tags(MODEL, call.version, data))
    if "tags" in data:
        check_tags(data.get("tags"), data.get("system_tags"))
    for field in ("tags", "system_tags"):
        if field in data:
            data[field] = stored_tags(data[field], field)
    return data


def update_for_task(call: Call, request: shapes.UpdateForTaskRequest) -> dict[str, Any]:
    """Let a running task report its output model: a new one by its URI, or another one in its place. Versions up to 2.13."""
    check_linked_version(call)
    if bool(request.uri) == bool(request.override_model_id):
        raise errors.MissingRequiredFields("exactly one of them is needed", fields=("uri", "override_model_id"))
    task = task_access.writable(call, request.task)
    status = task_access.status_of(task)
    if status not in (task_status.CREATED, task_status.IN_PROGRESS):
        raise errors.InvalidTaskStatus("the task has to be a draft or running", task=task["id"], status=status)
    if request.override_model_id:
        model_id = str(models.own(call, request.override_model_id, fields=[])["id"])
    else:
        if outputs := (task.get("models") or {}).get("output"):
            return _update_output(call, request, task, outputs[-1].get("model"))
        model_id = _create_output(call, task)
    item = {"name": OUTPUT_MODEL, "model": model_id, "updated": call.now}
    raised = [] if request.iteration is None else [Max("last_iteration", request.iteration)]
    where = Eq("id", task["id"]) & scope.own(call.company)
    call.documents.update(TASKS, where, Set("models.output", [item]), *raised, *task_access.changed(call, updated=True))
    return {"id": model_id, "created": True}


def check_linked_version(call: Call) -> None:
    """Refuse clients above the last version of the old links. Raises: MovedPermanentlyNotSupported."""
    if call.version > LAST_LINKED_VERSION:
        raise errors.MovedPermanentlyNotSupported("use tasks.add_or_update_model", endpoint=call.endpoint)


def _own_words(call: Call, task: Document) -> dict[str, Any]:
    """Name and comment of a task's model, as given or made from the task."""
    name = call.data.get("name") or task.get("name")
    return {"name": name, "comment": call.data.get("comment") or f"Created by task `{task.get('name')}` ({task['id']})"}


def _update_output(call: Call, request: shapes.UpdateForTaskRequest, task: Document, model_id: str) -> dict[str, Any]:
    models.own(call, model_id, fields=[])
    given = {name: call.data[name] for name in _UPDATED if name in call.data}
    fields = _checked(call, {**given, **_own_words(call, task)})
    models.report_progress(call, task["id"], request.iteration)
    return {"id": model_id, "created": False, **_update(call, model_id, fields)}


def _create_output(call: Call, task: Document) -> str:
    """A new model of the task, with what the task says of it. Fields that it takes from there cannot be given as well."""
    execution = task.get("execution") or {}
    inputs = (task.get("models") or {}).get("input") or []
    taken = {
        "project": task.get("project"),
        "framework": execution.get("framework"),
        "parent": inputs[0].get("model") if inputs else None,
        "design": execution.get("model_desc") or {},
        "labels": execution.get("model_labels") or {},
        "ready": task_access.status_of(task) == task_status.PUBLISHED,
    }
    if twice := sorted(taken.keys() & call.data.keys()):
        raise errors.FieldsConflict("these come from the task", fields=twice)
    given = {name: call.data[name] for name in ("uri", "tags", "system_tags") if call.data.get(name) is not None}
    fields = {name: value for name, value in {**taken, **given, "task": task["id"]}.items() if value is not None}
    return _insert(call, {**_checked(call, fields), **_own_words(call, task)}, call.company)


def move(call: Call, request: shapes.MoveRequest) -> dict[str, Any]:
    """Move models to a project, by id or by name (found or made), or with `project: null` to none. Unknown models are passed over."""
    if "project" not in call.data and not request.project_name:
        raise errors.MissingRequiredFields("project or project_name is required")
    project = request.project
    if project:
        if not call.documents.count(PROJECTS, Eq("id", project) & scope.own(call.company)):
            raise errors.InvalidProjectId(id=project)
    elif request.project_name:
        project = find_or_create(call, request.project_name)
    where = In("id", request.ids) & scope.own(call.company)
    projects = [*call.documents.distinct(MODELS, "project", where), project]
    call.documents.update_many(MODELS, where, Set("project", project), *models.stamps(call))
    tag_cache.forget(call, projects, kinds=("model",))
    return {"project_id": project}


def update_tags(call: Call, request: shapes.UpdateTagsRequest) -> dict[str, Any]:
    """Add tags to models and remove others. QUIRK: spec 5 §3.13: each of the two passes counts in `updated`."""
    if not request.add_tags and not request.remove_tags:
        raise errors.ValidationError("add_tags or remove_tags is required")
    where = In("id", request.ids) & scope.own(call.company)
    passes: list[Change] = []
    if request.add_tags:
        passes.append(AddToSet("tags", request.add_tags))
    if request.remove_tags:
        passes.append(Pull("tags", request.remove_tags))
    updated = sum(call.documents.update_many(MODELS, where, change, *models.stamps(call)).matched for change in passes)
    task_access.touch_projects(call, call.documents.distinct(MODELS, "project", where))
    return {"updated": updated}


def add_or_update_metadata(call: Call, request: shapes.AddOrUpdateMetadataRequest) -> dict[str, Any]:
    """Put items into a model's metadata, or these in place of all."""
    models.own(call, request.model, fields=[])
    changes = metadata.setting(request.metadata, replace=request.replace_metadata)
    return {"updated": models.write(call, request.model, *changes, *models.stamps(call, updated=True))}


def delete_metadata(call: Call, request: shapes.DeleteMetadataRequest) -> dict[str, Any]:
    """Take items out of a model's metadata; keys that it has not are fine."""
    models.own(call, request.model, fields=[])
    return {"updated": models.write(call, request.model, *metadata.removing(request.keys), *models.stamps(call, updated=True))}
