"""Reading projects. Source: spec 2 §8.3-8.6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain.tags import HIDDEN
from apiserver.generated import errors
from apiserver.generated import projects as shapes
from apiserver.logic import project_selection, project_stats, projects
from apiserver.logic.project_selection import Wanted
from apiserver.query import lists, shape, where
from apiserver.query.entities import PROJECT
from apiserver.stores.documents import Document

Data = Mapping[str, Any]


def get_by_id(call: Call, request: shapes.GetByIdRequest) -> dict[str, Any]:
    """One project, own or public, with the fields that lists leave out too."""
    project = projects.readable(call, request.project)
    project["path"] = project.get("path") or []
    return {"project": shape.shape(PROJECT, project, call.version, asked=shape.EVERYTHING)}


def get_all(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Projects by any filter, references as plain ids."""
    return lists.get_all(call, PROJECT, _placed(data, shallow=bool(data.get("shallow_search"))))


def get_all_ex(call: Call, request: shapes.GetAllExRequest) -> dict[str, Any]:
    """Projects by any filter, references joined, with figures of what they hold."""
    given = project_stats.check_filter(request.include_stats_filter or {})
    data = _placed(call.data, shallow=request.shallow_search)
    public = _allow_public(call.data)
    wanted = _wanted(call.data, request, allow_public=public)
    hidden = where.hidden(call, PROJECT, call.data)
    chosen: set[str] | None = None
    if wanted:
        chosen = project_selection.selected(call, wanted)
        data["id"] = [key for key in wanted.ids if key in chosen] if wanted.ids else sorted(chosen)
        if not data["id"]:
            return {PROJECT.plural: []}
    with_tags = _asks_for_tags(data)
    if request.search_hidden and not with_tags:
        data["only_fields"] = _with_tags(_names(data))
        data.pop("projection", None)
    answer = lists.get_all_ex(call, PROJECT, data, allow_public=public, hidden=hidden)
    rows = answer[PROJECT.plural]
    if request.search_hidden:
        _mark_hidden(rows, keep_tags=with_tags)
    if rows:
        _add_figures(call, request, rows, given or _children_filter(wanted), wanted, chosen)
    return answer


def _placed(data: Data, *, shallow: bool) -> dict[str, Any]:
    """The request with `parent` meaning what it does here: all descendants, or with a shallow search the children alone."""
    result = {name: value for name, value in data.items() if name != "path"}
    if not shallow:
        if (parent := result.pop("parent", None)) is not None:
            result["path"] = parent
    elif "parent" not in result:
        result["parent"] = [None]
    return result


def _allow_public(data: Data) -> bool:
    if data.get("allow_public") is not None:
        return bool(data["allow_public"])
    return not data.get("non_public")


def _wanted(data: Data, request: shapes.GetAllExRequest, *, allow_public: bool) -> Wanted:
    given = data.get("id")
    ids = [given] if isinstance(given, str) else given or []
    if not isinstance(ids, list):
        raise errors.FieldsValueError("invalid value type, list of strings expected", field="id")
    return Wanted(
        allow_public=allow_public,
        users=request.active_users or (),
        children_type=request.children_type,
        tags=request.children_tags or (),
        tags_filter=data.get("children_tags_filter"),  # as sent: what does not belong there is refused, not left out
        ids=[key for key in ids if isinstance(key, str)],
    )


def _names(data: Data) -> list[str]:
    given = data.get("projection") or data.get("only_fields") or []
    return list(given) if isinstance(given, list) else []


def _asks_for_tags(data: Data) -> bool:
    """Whether the projection, if there is one, shows system_tags."""
    names = _names(data)
    includes = [name for name in names if isinstance(name, str) and not name.startswith("-")]
    return "-system_tags" not in names and (not includes or bool({"system_tags", "*"} & set(includes)))


def _with_tags(names: list[Any]) -> list[Any]:
    """The projection, showing system_tags too."""
    kept = [name for name in names if name != "-system_tags"]
    includes = [name for name in kept if not (isinstance(name, str) and name.startswith("-"))]
    return [*kept, "system_tags"] if includes else kept


def _mark_hidden(rows: Sequence[Document], *, keep_tags: bool) -> None:
    for row in rows:
        if HIDDEN in (row.get("system_tags") or ()):
            row["hidden"] = True
        if not keep_tags:
            row.pop("system_tags", None)


def _children_filter(wanted: Wanted) -> dict[str, Any]:
    """The statistics filter that follows from the kind of child."""
    given: dict[str, Any] = {}
    if wanted.children_type and (chosen := wanted.tags_filter or wanted.tags):
        given["tags"] = dict(chosen) if isinstance(chosen, Mapping) else list(chosen)
    if wanted.children_type == "pipeline":
        given |= {"system_tags": ["pipeline"], "type": ["controller"]}
    elif wanted.children_type == "report":
        given |= {"system_tags": ["reports"], "type": ["report"]}
    return given


def _add_figures(
    call: Call, request: shapes.GetAllExRequest, rows: Sequence[Document], given: Data, wanted: Wanted, chosen: set[str] | None
) -> None:
    ids = [row["id"] for row in rows]
    datasets = wanted.children_type == project_stats.DATASET
    if request.check_own_contents:
        own = project_stats.own_datasets(call, ids) if datasets else project_stats.own_contents(call, ids, given, wanted.users)
        for row in rows:
            row.update(own[row["id"]])
    if request.include_stats:
        _add_stats(call, request, rows, given, wanted, chosen)
    if request.include_dataset_stats:
        for row in rows:
            row["dataset_stats"] = project_stats.dataset_version(call, row["id"], wanted.users)


def _add_stats(
    call: Call, request: shapes.GetAllExRequest, rows: Sequence[Document], given: Data, wanted: Wanted, chosen: set[str] | None
) -> None:
    ids = [row["id"] for row in rows]
    if request.stats_with_children:
        below = project_stats.below(call, ids, hidden=request.search_hidden or wanted.children_type is not None, only=chosen)
    else:
        below = {key: project_stats.Below(key) for key in ids}
    if wanted.children_type == project_stats.DATASET:
        figures = project_stats.dataset_totals(call, below.values())
    else:
        figures = project_stats.task_stats(call, below.values(), given, wanted.users)
    for row in rows:
        row["stats"] = figures[row["id"]]
        row["sub_projects"] = below[row["id"]].shown
