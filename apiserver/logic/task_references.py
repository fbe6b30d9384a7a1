"""Checks that what a task refers to is there and may be referred to. Source: spec 3 §7.1 steps 1 and 6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain.task_document import DELETED
from apiserver.generated import errors
from apiserver.query import scope
from apiserver.stores.collections import MODELS, PROJECTS, TASKS, Collection
from apiserver.stores.filters import Eq, In

_ANYWHERE: Mapping[str, Collection] = {"parent": TASKS, "project": PROJECTS}


def check_exists(call: Call, field: str, value: Any) -> None:
    """QUIRK: spec 3 §7.1 step 1: whether a parent or project id exists is asked of all companies. Raises: FieldsValueError."""
    if not isinstance(value, str):
        raise errors.FieldsValueError("an id is expected", field=field)
    if call.documents.find(_ANYWHERE[field], Eq("id", value), fields=["id"]) is None:
        raise errors.FieldsValueError("no such object", id=value, field=field)


def check(call: Call, fields: Mapping[str, Any]) -> None:
    """Check parent, project and input models, those that are given."""
    if fields.get("parent"):
        check_parent(call, fields["parent"])
    if fields.get("project"):
        check_project(call, fields["project"])
    check_input_models(call, fields)


def check_parent(call: Call, parent: str) -> None:
    """A parent is a task that can be read, or one that is marked as gone. Raises: InvalidTaskId."""
    if parent.startswith(DELETED):
        return
    if call.documents.find(TASKS, Eq("id", parent) & scope.own_or_public(call.company), fields=["id"]) is None:
        raise errors.InvalidTaskId("invalid parent", parent=parent)


def check_project(call: Call, project: str, *, must_exist: bool = True) -> None:
    """A project is an own one. Raises: InvalidProjectId; NoWritePermission for a public one."""
    found = call.documents.find(PROJECTS, Eq("id", project) & scope.own_or_public(call.company), fields=["company"])
    if found is not None and not found.get("company"):
        raise errors.NoWritePermission(f"public projects cannot be changed: {project}")
    if found is None and must_exist:
        raise errors.InvalidProjectId(id=project)


def check_input_models(call: Call, fields: Mapping[str, Any]) -> None:
    """Input models can be read; output models are not looked at. Raises: InvalidModelId."""
    items = (fields.get("models") or {}).get("input") or ()
    wanted = list(dict.fromkeys(item.get("model") for item in items))
    if not wanted:
        return
    where = In("id", [key for key in wanted if isinstance(key, str)]) & scope.own_or_public(call.company)
    found = {model["id"] for model in call.documents.list(MODELS, where, fields=["id"])}
    if missing := [key for key in wanted if key not in found]:
        raise errors.InvalidModelId(models=tuple(missing))
