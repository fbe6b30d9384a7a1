"""The hidden projects that reports lie in: `<project>/.reports`, made for the first report and removed after the last.

Source: spec 5 §9; spec 2 §10.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import names
from apiserver.generated import errors
from apiserver.logic import projects
from apiserver.logic.project_selection import CONTAINERS
from apiserver.query import scope
from apiserver.stores.collections import MODELS, PROJECTS, TASKS
from apiserver.stores.filters import Eq, In

BASENAME = CONTAINERS["report"]
SYSTEM_TAGS = ("hidden", "reports")
_DESCRIPTION = "Reports project"


def of_project(call: Call, project_id: str | None) -> str:
    """The id of the `.reports` project of an own project (None: at the top), made if it is missing. Raises: InvalidProjectId."""
    if not project_id:
        return of_name(call, "")
    where = Eq("id", project_id) & scope.own(call.company)
    project = call.documents.find(PROJECTS, where, fields=["name"])
    if project is None:
        raise errors.InvalidProjectId(id=project_id)
    return of_name(call, project["name"])


def of_name(call: Call, name: str) -> str:
    """The same by the project's full name, which is made, too. A `.reports` project is its own.

    Raises: as `projects.find_or_create`.
    """
    full = projects.normalised(name) if name else ""
    if names.basename(full) != BASENAME:
        full = names.under(full, BASENAME)
    return projects.find_or_create(call, full, description=_DESCRIPTION, system_tags=SYSTEM_TAGS)


def among(call: Call, project_ids: Iterable[str | None]) -> list[str]:
    """Ids of the `.reports` projects among these and directly below them; None stands for the top."""
    wanted = set(project_ids)
    ids = [key for key in wanted if key]
    readable = Eq("basename", BASENAME) & scope.own_or_public(call.company)
    found = call.documents.list(PROJECTS, readable & (In("id", ids) | In("parent", ids)), fields=["id"]) if ids else []
    if None in wanted:
        found += call.documents.list(PROJECTS, readable & Eq("parent", None), fields=["id"])
    return list(dict.fromkeys(project["id"] for project in found))


def remove_empty(call: Call, project_id: Any) -> None:
    """Remove a `.reports` project that holds nothing any more; any other project is left alone."""
    if not project_id:
        return
    here = Eq("id", project_id) & Eq("basename", BASENAME) & scope.own(call.company)
    with call.documents.transaction():
        if call.documents.find(PROJECTS, here, fields=["id"]) is None:
            return
        inside = ((TASKS, "project"), (MODELS, "project"), (PROJECTS, "parent"))
        if not any(call.documents.find(kind, Eq(field, project_id), fields=["id"]) for kind, field in inside):
            call.documents.delete(PROJECTS, here)
