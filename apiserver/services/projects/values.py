"""What occurs in projects: parents, users, metrics, parameters, metadata and tags. Source: spec 2 §8.12.

`projects` (or `project`) absent means the whole company, public documents included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import keys
from apiserver.domain.tags import ARCHIVED
from apiserver.generated import errors
from apiserver.generated import projects as shapes
from apiserver.logic import metric_names, tag_cache
from apiserver.query import conditions, patterns, project_tree, scope
from apiserver.stores.collation import numeric_key
from apiserver.stores.collections import MODELS, PROJECTS, TASKS, USERS, Collection
from apiserver.stores.filters import EVERYTHING, Eq, Filter, In, Matches, Ne, Order

_MOST_PARENTS = 500


def _in_projects(call: Call, projects: Sequence[str] | None, *, subprojects: bool, allow_public: bool = True) -> Filter:
    """Tasks or models of the projects; of the whole company when none are given."""
    where = scope.visible(call.company, allow_public=allow_public)
    if not projects:
        return where
    return where & In("project", project_tree.with_descendants(call.documents, projects) if subprojects else projects)


def get_task_parents(call: Call, request: shapes.GetTaskParentsRequest) -> dict[str, Any]:
    """The tasks that are parents of tasks in the projects, by name."""
    where = _in_projects(call, request.projects, subprojects=request.include_subprojects)
    match call.data.get("tasks_state"):
        case "active":
            where = where & Ne("system_tags", ARCHIVED)
        case "archived":
            where = where & Eq("system_tags", ARCHIVED)
    ids = [key for key in call.documents.distinct(TASKS, "parent", where) if key]
    named: Filter = EVERYTHING
    if request.task_name:
        named = Matches("name", patterns.checked(request.task_name, "task_name"))
    selected = In("id", ids) & named & scope.own_or_public(call.company)
    with patterns.refused():
        found = call.documents.list(TASKS, selected, fields=["name", "project"], order=[Order("name")], limit=_MOST_PARENTS)
    projects = _project_names(call, [task.get("project") for task in found])
    parents = []
    for task in found:
        parent = {"id": task["id"], "name": task.get("name")}
        if project := task.get("project"):
            parent["project"] = {"id": project, **projects.get(project, {})}
        parents.append(parent)
    return {"parents": parents}


def _project_names(call: Call, ids: Sequence[str | None]) -> dict[str, dict[str, str]]:
    where = In("id", [key for key in dict.fromkeys(ids) if key]) & scope.own_or_public(call.company)
    return {project["id"]: {"name": project["name"]} for project in call.documents.list(PROJECTS, where, fields=["name"])}


def get_user_names(call: Call, request: shapes.GetUserNamesRequest) -> dict[str, Any]:
    """The users who made the tasks or models of the projects."""
    collection = MODELS if request.entity == "model" else TASKS
    where = _in_projects(call, request.projects, subprojects=request.include_subprojects)
    ids = [key for key in call.documents.distinct(collection, "user", where) if key]
    users = call.documents.list(USERS, In("id", ids) & scope.own(call.company), fields=["name"])
    return {"users": [{"id": user["id"], "name": user.get("name")} for user in users]}


def get_unique_metric_variants(call: Call, request: shapes.GetUniqueMetricVariantsRequest) -> dict[str, Any]:
    """The metrics and variants that tasks or models of a project report, by name, with their hashes."""
    where = scope.own_or_public(call.company)
    if request.ids:
        where = where & In("id", request.ids)
    if request.project:
        where = _in_projects(call, [request.project], subprojects=request.include_subprojects) & where
    elif not request.include_subprojects:
        where = where & Eq("project", None)
    return {"metrics": metric_names.unique(call.documents, MODELS if request.model_metrics else TASKS, where)}


def get_hyper_parameters(call: Call, request: shapes.GetHyperParametersRequest) -> dict[str, Any]:
    """The sections and names of hyperparameters.

    QUIRK: spec 2 §8.12: `total` counts this page, `remaining` is always 0.
    """
    where = _in_projects(call, [request.project] if request.project else None, subprojects=request.include_subprojects)
    found = _page(call.documents.map_keys(TASKS, "hyperparams", where, depth=2), request.page, request.page_size)
    parameters = [{"section": keys.unescape(section), "name": keys.unescape(name)} for section, name in found]
    return {"total": len(parameters), "remaining": 0, "parameters": parameters}


def get_model_metadata_keys(call: Call, request: shapes.GetModelMetadataKeysRequest) -> dict[str, Any]:
    """The keys of models' metadata. QUIRK: `total` and `remaining` as in `get_hyper_parameters`."""
    where = _in_projects(call, [request.project] if request.project else None, subprojects=request.include_subprojects)
    found = _page(call.documents.map_keys(MODELS, "metadata", where), request.page, request.page_size)
    return {"total": len(found), "remaining": 0, "keys": [keys.unescape(key) for (key,) in found]}


def get_hyperparam_values(call: Call, request: shapes.GetHyperparamValuesRequest) -> dict[str, Any]:
    """The values of one hyperparameter, numbers by size. QUIRK: spec 2 §8.12: `total` counts this page."""
    path = f"hyperparams.{_key(request.section)}.{_key(request.name)}.value"
    where = _in_projects(call, request.projects, subprojects=request.include_subprojects, allow_public=request.allow_public is not False)
    if request.pattern:
        where = where & Matches(path, patterns.checked(request.pattern, "pattern"), ignore_case=True)
    return _values(call, TASKS, path, where, request.page, request.page_size)


def get_model_metadata_values(call: Call, request: shapes.GetModelMetadataValuesRequest) -> dict[str, Any]:
    """The values of one key of models' metadata. QUIRK: spec 2 §8.12: `total` counts this page."""
    where = _in_projects(call, request.projects, subprojects=request.include_subprojects, allow_public=request.allow_public is not False)
    return _values(call, MODELS, f"metadata.{_key(request.key)}.value", where, request.page, request.page_size)


def _key(name: str) -> str:
    try:
        return keys.escape(name)
    except keys.EmptyKey as error:
        raise errors.ValidationError(str(error)) from error


def _values(call: Call, collection: Collection, path: str, where: Filter, page: int, size: int) -> dict[str, Any]:
    with patterns.refused():
        values = [value for value in call.documents.distinct(collection, path, where) if value is not None]
    found = _page(sorted(values, key=lambda value: numeric_key(str(value))), page, size)
    return {"total": len(found), "values": found}


def _page(items: Sequence[Any], page: int, size: int) -> list[Any]:
    start, size = max(page, 0) * max(size, 1), max(size, 1)
    return list(items[start : start + size])


def get_project_tags(call: Call, request: shapes.GetProjectTagsRequest) -> dict[str, Any]:
    """The tags of the company's own projects: of the given ones with all below them, or of all."""
    where = scope.own(call.company)
    if request.projects:
        where = where & In("id", project_tree.with_descendants(call.documents, request.projects))
    for name, values in (request.filter or {}).items():
        if (found := conditions.flat(name, values)) is not None:
            where = where & found

    def tags(field: str) -> list[str]:
        return sorted(tag for tag in call.documents.distinct(PROJECTS, field, where) if tag)

    return {"tags": tags("tags"), "system_tags": tags("system_tags") if request.include_system else []}


def get_task_tags(call: Call, request: shapes.GetTaskTagsRequest) -> dict[str, Any]:
    """The tags of the company's own tasks, in the projects and below them, or everywhere."""
    return tag_cache.tags(call, "task", projects=request.projects or (), include_system=request.include_system, filters=request.filter)


def get_model_tags(call: Call, request: shapes.GetModelTagsRequest) -> dict[str, Any]:
    """The tags of the company's own models, in the projects and below them, or everywhere."""
    return tag_cache.tags(call, "model", projects=request.projects or (), include_system=request.include_system, filters=request.filter)
