"""Finding models. Source: spec 5 §3.1-3.3."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated import models as shapes
from apiserver.query import lists, patterns, project_tree, scope, shape, where
from apiserver.query.entities import MODEL
from apiserver.services.models.editing import check_linked_version
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Eq, In


def get_by_id(call: Call, request: shapes.GetByIdRequest) -> dict[str, Any]:
    """One model, own or public. QUIRK: spec 5 §3.1: other filters of the request are asked for too, its projection is not."""
    selected = (
        Eq("id", request.model)
        & scope.own_or_public(call.company)
        & where.compile_where(MODEL, where.rewritten(MODEL, call.data, call.version))
    )
    with patterns.refused():
        model = call.documents.find(MODELS, selected)
    if model is None:
        raise errors.InvalidModelId(id=request.model, company=call.company)
    return {"model": shape.shape(MODEL, model, call.version)}


def get_all(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Models that match the filters, references as plain ids."""
    return lists.get_all(call, MODEL, data)


def get_all_ex(call: Call, request: shapes.GetAllExRequest) -> dict[str, Any]:
    """Models that match the filters, references joined; with `include_stats` the number of their labels."""
    answer = lists.get_all_ex(call, MODEL, call.data, allow_public=request.allow_public)
    if request.include_stats:
        _add_stats(call, answer[MODEL.plural])
    return answer


def _add_stats(call: Call, rows: list[Document]) -> None:
    ids = [row["id"] for row in rows if "id" in row]
    labels = {m["id"]: len(m.get("labels") or {}) for m in call.documents.list(MODELS, In("id", ids), fields=["labels"])}
    for row in rows:
        if "id" in row:
            row["stats"] = {"labels_count": labels.get(row["id"], 0)}


def get_by_id_ex(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Models of these ids, references joined; unknown ids are left out."""
    return lists.get_by_id_ex(call, MODEL, data)


def get_frameworks(call: Call, request: shapes.GetFrameworksRequest) -> dict[str, Any]:
    """The frameworks in use, in the projects given and below them, or in all."""
    selected = scope.own_or_public(call.company)
    if request.projects:
        selected = selected & In("project", project_tree.with_descendants(call.documents, request.projects))
    return {"frameworks": sorted(filter(None, call.documents.distinct(MODELS, "framework", selected)))}


def get_by_task_id(call: Call, request: shapes.GetByTaskIdRequest) -> dict[str, Any]:
    """The last output model of a task. Versions up to 2.13.

    QUIRK: spec 5 §3.3: shows fields that are hidden everywhere else.
    """
    check_linked_version(call)
    task = call.documents.find(TASKS, Eq("id", request.task) & scope.own(call.company), fields=["models.output"])
    if task is None:
        raise errors.InvalidTaskId(id=request.task, company=call.company)
    outputs = (task.get("models") or {}).get("output")
    if not outputs:
        raise errors.MissingTaskFields(field="models.output")
    model_id = outputs[-1].get("model")
    model = call.documents.find(MODELS, Eq("id", model_id) & scope.own_or_public(call.company))
    if model is None:
        raise errors.InvalidModelId(id=model_id, company=call.company)
    return {"model": shape.shape(MODEL, model, call.version, asked=shape.EVERYTHING)}
