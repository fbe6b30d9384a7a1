"""Finding and making projects, and what a name has to be like.

A project's `name` is its full path, `basename` the last part, `parent` the id above, `path` the ids of all above, the top one first.
What changes the place of projects that are there is in `project_changes.py`. Source: spec 2 §8.1, §8.2, §8.13.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import names
from apiserver.generated import errors
from apiserver.logic import project_changes, project_places
from apiserver.query import scope
from apiserver.stores.collections import PROJECTS
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Eq, In, Set

FEATURED_DEFAULT = 9999


def find_or_create(call: Call, name: str, *, description: str = "", system_tags: Sequence[str] = ()) -> str:
    """The id of the company's project of this full name, made with all that is missing above it.

    Raises: InvalidProjectName, ProjectPathExceedsMax, PublicProjectExists, ValidationError.
    """
    check_depth(call, names.depth(name))
    full = normalised(name)
    found = call.documents.find(PROJECTS, Eq("name", full) & scope.own(call.company), fields=["id"])
    if found is not None:
        return str(found["id"])
    try:
        return create(call, name, description=description, system_tags=list(system_tags))
    except errors.ExpectedUniqueData:  # made by another call in between
        return str(by_name(call, full)["id"])


def create(call: Call, name: str, *, description: str | None = "", **fields: Any) -> str:
    """Store a new project and the ancestors it lacks; its id. fields: further ones of the document, nulls left out.

    Raises: as `find_or_create`; ExpectedUniqueData when the company has one of that name.
    """
    check_depth(call, names.depth(name))
    full = normalised(name)
    with project_changes.alone(call):
        known = _known(call, [*names.ancestors(full), full])
        if (same := known.get(full)) is not None and same["company"]:
            raise errors.ExpectedUniqueData("Project with the same name already exists", name=full, company=call.company)
        for one in [*names.ancestors(full), full]:
            if one not in known:
                check_basename(one)
            elif not known[one]["company"]:
                raise errors.PublicProjectExists(name=one)
        parent = _ensure(call, names.location(full), known)
        project = _new(call, full, parent, description=description or "", **fields)
        with project_places.unique_names():
            call.documents.insert(PROJECTS, project)
        touch(call, [parent["id"]] if parent else [])
    return str(project["id"])


def _known(call: Call, full_names: Sequence[str]) -> dict[str, Document]:
    """Projects of these names, own ones before public ones."""
    where = In("name", full_names) & scope.own_or_public(call.company)
    found = call.documents.list(PROJECTS, where, fields=project_places.FIELDS)
    return {project["name"]: project for project in sorted(found, key=lambda p: bool(p["company"]))}


def _ensure(call: Call, full: str, known: dict[str, Document]) -> Document | None:
    """The project of a name, made with its ancestors when missing; None for the top level."""
    parent: Document | None = None
    for one in [*names.ancestors(full), full] if full else []:
        if one in known:
            parent = known[one]
            continue
        project = _new(call, one, parent)
        try:
            call.documents.insert(PROJECTS, project)
        except DuplicateKey:  # made by another call in between
            project = by_name(call, one)
        else:
            touch(call, [parent["id"]] if parent else [])
        parent = project
    return parent


def _new(call: Call, full: str, parent: Document | None, *, description: str = "", **fields: Any) -> Document:
    place = project_places.below(parent, names.basename(full))
    project = {
        "id": uuid.uuid4().hex, "company": call.company, "user": call.user, "name": full, "basename": names.basename(full),
        "description": description, "created": call.now, "last_update": call.now, "tags": [], "system_tags": [],
        "featured": FEATURED_DEFAULT, "path": list(place.path), **{name: value for name, value in fields.items() if value is not None},
    }  # fmt: skip
    if parent is not None:
        project["parent"] = parent["id"]
    return project


def by_name(call: Call, full: str) -> Document:
    """An own project by its normalised full name. Raises: InvalidProjectId."""
    found = call.documents.find(PROJECTS, Eq("name", full) & scope.own(call.company))
    if found is None:
        raise errors.InvalidProjectId(name=full)
    return found


def readable(call: Call, project_id: str, *, fields: Sequence[str] | None = None) -> Document:
    """A project, own or public. Raises: InvalidProjectId."""
    found = call.documents.find(PROJECTS, Eq("id", project_id) & scope.own_or_public(call.company), fields=fields)
    if found is None:
        raise errors.InvalidProjectId(id=project_id)
    return found


def writable(call: Call, project_id: str) -> Document:
    """A project of the company. Raises: InvalidProjectId; NoWritePermission for a public one."""
    project = readable(call, project_id)
    if not project.get("company"):
        raise errors.NoWritePermission("cannot modify public project(s)", ids=(project_id,))
    return project


def own_or_named(call: Call, project_id: str | None, name: str | None) -> str:
    """The id of the project that a request gives by id, or by name (made when missing).

    Raises: ValidationError when neither is given; InvalidProjectId for an id the company does not own.
    Source: spec 2 §11.
    """
    if project_id:
        if call.documents.find(PROJECTS, Eq("id", project_id) & scope.own(call.company), fields=["id"]) is None:
            raise errors.InvalidProjectId(id=project_id)
        return project_id
    if not name:
        raise errors.ValidationError("project id or name required")
    return find_or_create(call, name)


def touch(call: Call, ids: Iterable[Any]) -> None:
    """Set `last_update` of these projects; what is no id is skipped."""
    if wanted := [key for key in dict.fromkeys(ids) if key]:
        call.documents.update_many(PROJECTS, In("id", wanted) & scope.own(call.company), Set("last_update", call.now))


def normalised(name: str) -> str:
    """A name as it is stored. Raises: InvalidProjectName; ValidationError when its last part is blank."""
    try:
        return names.normalised(name)
    except names.BlankPart as error:
        if error.last:
            raise _blank_name() from error
        raise errors.InvalidProjectName(name=name) from error
    except names.InvalidName as error:
        raise errors.InvalidProjectName(name=name) from error


def check_basename(full: str) -> None:
    """Refuse a last part that is too short. Raises: ValidationError."""
    if len(names.basename(full)) < names.MIN_BASENAME:
        raise _blank_name()


def _blank_name() -> errors.ValidationError:
    return errors.ValidationError("Project name cannot be blank")


def check_depth(call: Call, depth: int) -> None:
    """Refuse a tree that is too deep. Raises: ProjectPathExceedsMax."""
    if depth > (most := int(call.settings.get("services.projects.sub_projects.max_depth", 10))):
        raise errors.ProjectPathExceedsMax(max_depth=most)


def check_room(call: Call, projects: Iterable[Document], old_parent: Document | None, new_parent: Document | None) -> None:
    """Refuse to move projects (with all their descendants among them) to where one would lie too deep."""
    shift = project_places.depth_of(new_parent) - project_places.depth_of(old_parent)
    check_depth(call, max((project_places.depth_of(project) + shift for project in projects), default=0))
