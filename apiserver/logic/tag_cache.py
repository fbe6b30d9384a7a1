"""The tags in use among tasks and models, of a company or of projects, kept for a while in the state store.

Whoever changes tags of tasks or models, or which project they are in, calls `forget` for the projects concerned
(`task_access.touch_projects` does). Source: spec 2 §7, §8.12, §9.1; docs/decisions/0051-caches-of-values.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from apiserver.calls.call import Call
from apiserver.domain.tags import Kind
from apiserver.query import conditions, project_tree, scope
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.filters import EVERYTHING, Filter, In

FIELDS = ("tags", "system_tags")
_COLLECTIONS = {"task": TASKS, "model": MODELS}

Filters = Mapping[str, Sequence[str]]


def tags(
    call: Call, kind: Kind, *, projects: Sequence[str] = (), include_system: bool = False, filters: Filters | None = None
) -> dict[str, list[str]]:
    """{tags, system_tags} (the latter with include_system) of the company's own tasks or models, sorted.

    projects: those and all below them; none: the whole company. filters: {tags, system_tags}, flat lists (spec 2 §1.3).
    """
    given = {name: list(values) for name, values in (filters or {}).items() if values}
    where = _condition(given)
    answer: dict[str, list[str]] = {}
    for field in FIELDS if include_system else FIELDS[:1]:
        found: set[str] = set()
        for project in dict.fromkeys(projects) if projects else (None,):
            found.update(_cached(call, kind, field, project, given, where))
        answer[field] = sorted(found)
    return answer


def forget(call: Call, projects: Iterable[str | None] = (), *, kinds: Iterable[Kind] = ("task", "model")) -> None:
    """Drop what is kept for the company as a whole and for these projects. Cheap; called on every change of a task.

    QUIRK: spec 2 §7: what is kept for a project above these stays until it expires, though their tags are part of it.
    """
    places = [None, *dict.fromkeys(key for key in projects if key)]
    call.state.delete(*(_key(call, kind, project) for kind in kinds for project in places))


def _key(call: Call, kind: Kind, project: str | None) -> str:
    return f"tag_names/{call.company}/{kind}/{project or ''}"


def _cached(call: Call, kind: Kind, field: str, project: str | None, given: Filters, where: Filter) -> list[str]:
    """One entry of the state store holds all that is kept for a project: {question: tags}."""
    key = _key(call, kind, project)
    question = json.dumps([field, given], sort_keys=True)
    kept = json.loads(call.state.get(key) or "{}")
    if question in kept:
        return [str(tag) for tag in kept[question]]
    selected = scope.own(call.company) & where
    if project:
        selected = selected & In("project", project_tree.with_descendants(call.documents, [project]))
    kept[question] = [tag for tag in call.documents.distinct(_COLLECTIONS[kind], field, selected) if tag]
    ttl_s = call.settings.get("services.organization.tags_cache.expiration_seconds", 3600)
    call.state.set(key, json.dumps(kept), ttl_s=ttl_s)
    return list(kept[question])


def _condition(given: Filters) -> Filter:
    where: Filter = EVERYTHING
    for name in FIELDS:
        if (found := conditions.flat(name, given.get(name))) is not None:
            where = where & found
    return where
