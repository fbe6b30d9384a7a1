"""Lists of reports, and what the reports show of tasks. Source: spec 5 §9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated import reports as shapes
from apiserver.logic import report_projects
from apiserver.query import lists, project_tree, scope
from apiserver.query.entities import MODEL, REPORT, TASK
from apiserver.services.events import access, iterations, newest, scalars
from apiserver.services.reports.editing import TYPE
from apiserver.stores.collections import TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Eq

_REPORTS = Eq("type", TYPE)


def get_all_ex(call: Call, request: shapes.GetAllExRequest) -> dict[str, Any]:
    """Reports by any filter. A project stands for the `.reports` project in it."""
    data = {name: value for name, value in call.data.items() if name != "type"}
    if data.get("project"):
        data["project"] = _inside(call, data)
        if not data["project"]:
            return {"tasks": []}
    data.pop("include_subprojects", None)
    return lists.get_all_ex(call, REPORT, data, extra=_REPORTS, allow_public=request.allow_public)


def _inside(call: Call, data: dict[str, Any]) -> list[str]:
    """The `.reports` projects that the request's `project` stands for; a null in it stands for the top."""
    given = project_tree.widened(call.documents, data)["project"]
    wanted = [given] if isinstance(given, str) else given
    if not isinstance(wanted, list) or not all(key is None or isinstance(key, str) for key in wanted):
        raise errors.ValidationError("ids are expected", field="project")
    return report_projects.among(call, wanted)


def get_tags(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """The tags of the company's reports."""
    found = call.documents.distinct(TASKS, "tags", _REPORTS & scope.own(call.company))
    return {"tags": sorted(tag for tag in found if tag)}


# What reports show of tasks


def get_task_data(call: Call, request: shapes.GetTaskDataRequest) -> dict[str, Any]:
    """Tasks (or models) by any filter, and of those that were found each section that the request has."""
    entity = MODEL if request.model_events else TASK
    answer = lists.get_all_ex(call, entity, call.data, allow_public=request.allow_public)
    rows = answer.pop(entity.plural)
    answer["tasks"] = rows
    wanted = {name: options for name in _SECTIONS if (options := getattr(request, name)) is not None}
    if wanted:
        ids = [row["id"] for row in rows]
        if "scalar_metrics_iter_histogram" in wanted:
            scalars.check_count(call, len(ids))
        documents = access.documents(call, ids, models=request.model_events, fields=["last_metrics"])
        answer |= {name: _SECTIONS[name](call, documents, options) for name, options in wanted.items()}
    return answer


def _plots(call: Call, documents: list[Document], options: dict[str, Any]) -> dict[str, Any]:
    found = newest.side_by_side(
        call,
        documents,
        access.metric_filter(options.get("metrics")),
        count=options["iters"],
        per_metric=options["last_iters_per_task_metric"],
    )
    plots: dict[str, Any] = found["plots"]
    return plots


def _images(call: Call, documents: list[Document], options: dict[str, Any]) -> list[dict[str, Any]]:
    entities = [access.entity_of(document) for document in documents]
    return iterations.newest_images(call, entities, access.metric_filter(options.get("metrics")), count=options["iters"])


def _series(call: Call, documents: list[Document], options: dict[str, Any]) -> dict[str, Any]:
    wanted = access.metric_filter(options.get("metrics"))
    return scalars.histograms(call, documents, wanted, key=options["key"], samples=options["samples"])


def _values(call: Call, documents: list[Document], options: dict[str, Any]) -> list[dict[str, Any]]:
    """NOTE: spec 5 §9 knows no options of this section; clients that send some get all values."""
    return scalars.single_values(call, documents, None)


_SECTIONS: dict[str, Callable[[Call, list[Document], dict[str, Any]], Any]] = {
    "plots": _plots,
    "debug_images": _images,
    "scalar_metrics_iter_histogram": _series,
    "single_value_metrics": _values,
}
