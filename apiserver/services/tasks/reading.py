"""Reading tasks. Source: spec 3 §6."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.domain.task_document import TYPES
from apiserver.generated import errors
from apiserver.generated import tasks as shapes
from apiserver.query import lists, project_tree, scope, shape
from apiserver.query.entities import TASK
from apiserver.stores.collections import TASKS
from apiserver.stores.filters import Eq, In

_UNSHOWN = tuple(f"-{name}" for name in sorted(TASK.excluded))


def get_by_id(call: Call, request: shapes.GetByIdRequest) -> dict[str, Any]:
    """One task, own or public, references as plain ids.

    QUIRK: spec 3 §6: `unique_metrics` is there, and always empty.
    """
    where = Eq("id", request.task) & scope.own_or_public(call.company)
    task = call.documents.find(TASKS, where, fields=_UNSHOWN)
    if task is None:
        raise errors.InvalidTaskId(ids=(request.task,))
    return {"task": {**shape.shape(TASK, task, call.version), "unique_metrics": []}}


def get_by_id_ex(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Tasks by id with joined references; unknown ids give fewer results."""
    return lists.get_by_id_ex(call, TASK, data)


def get_all(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Tasks by any filter, references as plain ids."""
    return lists.get_all(call, TASK, data)


def get_all_ex(call: Call, request: shapes.GetAllExRequest) -> dict[str, Any]:
    """Tasks by any filter, references as objects, joined where the projection follows them."""
    return lists.get_all_ex(call, TASK, call.data, allow_public=request.allow_public)


def get_types(call: Call, request: shapes.GetTypesRequest) -> dict[str, Any]:
    """The types of the tasks in projects (with all below them), or of all tasks."""
    where = scope.own_or_public(call.company) & In("type", TYPES)
    if request.projects:
        where = where & In("project", project_tree.with_descendants(call.documents, request.projects))
    return {"types": call.documents.distinct(TASKS, "type", where)}
