"""Making new tasks: from given fields, or as a copy of another. Source: spec 3 §7.1 "create", "clone"."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.domain import artifacts, task_document, task_legacy, task_status
from apiserver.generated import errors
from apiserver.logic import projects, tag_cache, task_access, task_content, task_edit, task_references
from apiserver.query.writing import check_tags
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document


def build(call: Call, fields: Mapping[str, Any]) -> Document:
    """A new task with these parts, everything else by default; not stored."""
    task = {
        "id": uuid.uuid4().hex, "company": call.company, "user": call.user, **task_document.defaults(), "created": call.now,
        "last_update": call.now, "last_change": call.now, "last_changed_by": call.user,
    }  # fmt: skip
    for name, value in task_edit.storable(fields).items():
        merges = name in ("execution", "script", "models", "output")
        task[name] = {**task[name], **value} if merges else value
    for name in ("tags", "system_tags"):
        task[name] = sorted(task[name])
    return task


def insert(call: Call, task: Document) -> str:
    """Check and store a new task; its id. Raises: DataValidationError."""
    with task_edit.refusals():
        task_document.check(task)
    project = task.get("project")
    with call.documents.transaction():
        call.documents.insert(TASKS, task)
        task_access.touch_projects(call, [project], tags=False)
    if task["tags"] or task["system_tags"]:
        tag_cache.forget(call, [project])
    return str(task["id"])


@frozen
class Copy:
    """What is to be different in a copy; None or empty: as in the source."""

    name: str | None = None
    comment: str | None = None
    parent: str | None = None
    project: str | None = None
    project_name: str | None = None
    tags: list[str] | None = None
    system_tags: list[str] | None = None
    input_models: list[dict[str, Any]] | None = None
    container: Mapping[str, Any] | None = None
    hyperparams: Mapping[str, Mapping[str, Any]] | None = None
    configuration: Mapping[str, Any] | None = None
    execution: Mapping[str, Any] | None = None
    validate_references: bool = False


def clone(call: Call, source_id: str, copy: Copy) -> tuple[Document, dict[str, str] | None]:
    """Store a copy of a readable task, without what its run produced; the copy, and the project if it was asked for by name.

    Raises: FieldsValueError (tags), InvalidTaskId, InvalidProjectId, NoWritePermission, InvalidModelId, DataValidationError.
    """
    check_tags(copy.tags, copy.system_tags)
    source = task_access.readable(call, source_id)
    execution = dict(copy.execution or {})
    fields: dict[str, Any] = {
        "name": copy.name or source.get("name"),
        "type": source.get("type"),
        "comment": copy.comment or source.get("comment"),
        "parent": copy.parent or _ancestor(source),
        "tags": copy.tags or source.get("tags") or [],
        "system_tags": copy.system_tags or _kept_tags(source),
        "script": source.get("script") or {},
        "output": _destination(source),
        "models": {"input": _input_models(call, copy, source, execution), "output": []},
        "container": _container(copy, source, execution),
        "hyperparams": source.get("hyperparams") or {},
        "configuration": source.get("configuration") or {},
    }
    with task_edit.refusals():
        if copy.hyperparams:
            fields["hyperparams"] = task_edit.escaped_params(task_document.parsed_params(copy.hyperparams))
        if copy.configuration:
            items = task_document.parsed_configuration(copy.configuration)
            fields["configuration"] = {task_content.key(name): item for name, item in items.items()}
        fields["execution"] = _execution(source, execution, fields)
    _check(call, copy, fields, source)
    task = build(call, {name: value for name, value in fields.items() if value is not None})
    with task_edit.refusals():
        task_document.check(task)  # NOTE: before a project is made for it, so that a refused copy leaves none behind.
    project, new_project = _project(call, copy, source)
    if project is not None:
        task["project"] = project
    insert(call, task)
    return task, new_project


def _ancestor(source: Document) -> str:
    """QUIRK: spec 3 §7.1 "clone": a copy of a copy names the first ancestor."""
    parent = source.get("parent")
    return str(source["id"] if not parent or task_edit.is_deleted(parent) else parent)


def _kept_tags(source: Document) -> list[str]:
    dropped = (task_status.DEVELOPMENT, task_status.ARCHIVED)
    return [tag for tag in source.get("system_tags") or () if tag not in dropped]


def _destination(source: Document) -> dict[str, Any]:
    return {k: v for k, v in (source.get("output") or {}).items() if k == "destination"}


def _input_models(call: Call, copy: Copy, source: Document, execution: dict[str, Any]) -> list[dict[str, Any]]:
    model = _text(execution, "model")
    if copy.input_models:
        return [{"name": item["name"], "model": item["model"], "updated": call.now} for item in copy.input_models]
    if model:
        return [{"name": task_legacy.INPUT_MODEL, "model": model, "updated": call.now}]
    return list((source.get("models") or {}).get("input") or [])


def _text(execution: dict[str, Any], name: str) -> str:
    """Take an old-style text out of the overrides; empty when it is not there."""
    value = execution.pop(name, None)
    if value is not None and not isinstance(value, str):
        raise errors.ValidationError("a text is expected", field=f"execution_overrides.{name}")
    return value or ""


def _container(copy: Copy, source: Document, execution: dict[str, Any]) -> dict[str, Any]:
    command = _text(execution, "docker_cmd")
    if copy.container:
        return {task_content.key(name): value for name, value in copy.container.items()}
    return task_legacy.split_docker_cmd(command) if command else dict(source.get("container") or {})


def _execution(source: Document, overrides: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """The source's execution with the overrides, without output artifacts and queue.

    QUIRK: spec 3 §7.1 "clone": flat `parameters` in the overrides are dropped; only `parameters.parameters` counts, as old-style
    parameters.
    """
    overrides = task_document.without_nulls(overrides)
    parameters = overrides.pop("parameters", None) or {}
    overrides.pop("configuration", None)
    if isinstance(parameters, Mapping) and isinstance(nested := parameters.get("parameters"), Mapping):
        merged = task_legacy.merge_params(nested, None, task_edit.unescaped(fields["hyperparams"]))
        if merged is not None:
            fields["hyperparams"] = task_edit.escaped_params(merged)
    if "artifacts" in overrides:
        overrides["artifacts"] = artifacts.to_map(task_document.parsed_artifacts(overrides["artifacts"]))
    if "model_labels" in overrides:
        labels = task_document.require_mapping("execution_overrides.model_labels", overrides["model_labels"])
        overrides["model_labels"] = {task_content.key(name): label for name, label in labels.items()}
    execution = {**(source.get("execution") or {}), **overrides}
    execution.pop("queue", None)
    inputs = (execution.get("artifacts") or {}).items()
    execution["artifacts"] = {key: item for key, item in inputs if item.get("mode") == artifacts.INPUT}
    execution["model_labels"] = {name: _label(label) for name, label in (execution.get("model_labels") or {}).items()}
    return execution


def _label(label: Any) -> int | None:
    """Labels of a copy are made integers. A null, which the reference cannot copy, stays."""
    if label is None:
        return None
    try:
        return int(label)
    except (TypeError, ValueError) as error:
        raise errors.ValidationError("labels are integers", field="execution.model_labels") from error


def _check(call: Call, copy: Copy, fields: Mapping[str, Any], source: Document) -> None:
    if copy.input_models or copy.validate_references or fields["models"]["input"] != ((source.get("models") or {}).get("input") or []):
        task_references.check_input_models(call, fields)
    if copy.parent or copy.validate_references:
        task_references.check_parent(call, fields["parent"])
    project = copy.project or (None if copy.project_name else source.get("project"))
    if project:
        task_references.check_project(call, project, must_exist=bool(copy.project) or copy.validate_references)


def _project(call: Call, copy: Copy, source: Document) -> tuple[str | None, dict[str, str] | None]:
    if copy.project or not copy.project_name:
        return copy.project or source.get("project"), None
    project = projects.find_or_create(call, copy.project_name)
    return project, {"id": project, "name": copy.project_name}
