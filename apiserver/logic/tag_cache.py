"""The tags in use among tasks and models, of a company or of projects, kept for a while in the state store.

Whoever changes tags of tasks or models, or which project they are in, calls `forget` for the projects concerned
(`task_access.touch_projects` does). Source: spec 2 §7, §8.12, §9.1; docs/decisions/0051-caches-of-values.md.
"""

from __future__ import annotations

import contextlib
import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence

from apiserver.calls.call import Call
from apiserver.domain.tags import Kind
from apiserver.query import conditions, project_tree, scope
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.errors import Unavailable
from apiserver.stores.filters import EVERYTHING, Filter, In

log = logging.getLogger(__name__)

FIELDS = ("tags", "system_tags")
_CHANGE_KNOWN_S = 3600
"""Longer than anybody reads tags."""
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
    try:
        call.state.set(_changed(call), uuid.uuid4().hex, ttl_s=_CHANGE_KNOWN_S)
        call.state.delete(*(_key(call, kind, project) for kind in kinds for project in places))
    except Unavailable as error:
        # NOTE: the change that calls this is made; to fail now would have the client make it twice. Old tags for an hour are less bad.
        log.warning("tags that are kept may be old until they expire: %s", error)


def _key(call: Call, kind: Kind, project: str | None) -> str:
    return f"tag_names/{call.company}/{kind}/{project or ''}"


def _changed(call: Call) -> str:
    """The key of what is new with each change: by it, who has read before the change sees that what it has kept after it is old."""
    return f"tag_names/{call.company}/changed"


def _cached(call: Call, kind: Kind, field: str, project: str | None, given: Filters, where: Filter) -> list[str]:
    """One entry of the state store holds all that is kept for a project: {question: tags}."""
    key = _key(call, kind, project)
    question = json.dumps([field, given], sort_keys=True)
    kept, change = _kept(call, key)
    if kept is not None and question in kept:
        return [str(tag) for tag in kept[question]]
    selected = scope.own(call.company) & where
    if project:
        selected = selected & In("project", project_tree.with_descendants(call.documents, [project]))
    found = [str(tag) for tag in call.documents.distinct(_COLLECTIONS[kind], field, selected) if tag]
    if kept is not None:
        _keep(call, key, {**kept, question: found}, change)
    return found


def _kept(call: Call, key: str) -> tuple[dict[str, list[str]] | None, str | None]:
    """{question: tags}, and the last change. None when nothing can be kept just now: a cache that is away slows answers, and fails none."""
    try:
        text, change = call.state.get_many([key, _changed(call)])
    except Unavailable:
        return None, None
    return json.loads(text or "{}"), change


def _keep(call: Call, key: str, kept: dict[str, list[str]], change: str | None) -> None:
    """Not for longer than a moment, if tags have been changed since they were read."""
    ttl_s = call.settings.get("services.organization.tags_cache.expiration_seconds", 3600)
    with contextlib.suppress(Unavailable):
        call.state.set(key, json.dumps(kept), ttl_s=ttl_s)
        if call.state.get(_changed(call)) != change:
            call.state.delete(key)


def _condition(given: Filters) -> Filter:
    where: Filter = EVERYTHING
    for name in FIELDS:
        if (found := conditions.flat(name, given.get(name))) is not None:
            where = where & found
    return where
