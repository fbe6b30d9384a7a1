"""Which projects a list by active users or by kind of child takes in. Source: spec 2 §8.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.query import conditions, project_tree, scope
from apiserver.stores.collections import MODELS, PROJECTS, TASKS, Collection
from apiserver.stores.filters import EVERYTHING, Eq, Filter, In, Ne

CONTAINERS: Mapping[str, str] = {"pipeline": ".pipelines", "dataset": ".datasets", "report": ".reports"}
"""{kind of child: base name of the project that holds them} (spec 2 §10)."""


@frozen
class Wanted:
    """What a request asks for. tags: flat list; tags_filter: structured. ids: projects to look in, with all below them."""

    allow_public: bool = True
    users: Sequence[str] = ()
    children_type: str | None = None
    tags: Sequence[str] = ()
    tags_filter: Mapping[str, Any] | None = None
    ids: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.users or self.children_type)


def tags_condition(wanted: Wanted) -> Filter:
    """The condition on the tags of the children looked for."""
    structured = wanted.tags_filter
    found = conditions.structured("tags", structured) if structured else conditions.flat("tags", list(wanted.tags))
    return EVERYTHING if found is None else found


def selected(call: Call, wanted: Wanted) -> set[str]:
    """Ids of the projects that have what is wanted, with all their ancestors."""
    base = scope.visible(call.company, allow_public=wanted.allow_public)
    if wanted.users:
        base = base & In("user", wanted.users)
    inside = project_tree.with_descendants(call.documents, wanted.ids) if wanted.ids else None
    match wanted.children_type:
        case "dataset" | "pipeline" as kind:
            where = base & Eq("system_tags", kind) & Ne("basename", CONTAINERS[kind]) & tags_condition(wanted)
            found = _ids(call, where & _within("parent", inside))
        case "report":
            found = _projects_of(call, TASKS, base & Eq("system_tags", "reports") & tags_condition(wanted), inside)
        case _:
            found = _ids(call, base & _within("id", inside))
            found |= _projects_of(call, TASKS, base, inside) | _projects_of(call, MODELS, base, inside)
    return _with_ancestors(call, found)


def _within(path: str, ids: Sequence[str] | None) -> Filter:
    return EVERYTHING if ids is None else In(path, ids)


def _ids(call: Call, where: Filter) -> set[str]:
    return {project["id"] for project in call.documents.list(PROJECTS, where, fields=["id"])}


def _projects_of(call: Call, collection: Collection, where: Filter, inside: Sequence[str] | None) -> set[str]:
    return {key for key in call.documents.distinct(collection, "project", where & _within("project", inside)) if key}


def _with_ancestors(call: Call, ids: Iterable[str]) -> set[str]:
    found = set(ids)
    for project in call.documents.list(PROJECTS, In("id", sorted(found)), fields=["path"]):
        found.update(project.get("path") or ())
    return found
