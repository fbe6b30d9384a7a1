"""Making and changing projects. Source: spec 2 §8.2, §8.7-8.9, §8.11."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import names
from apiserver.generated import errors
from apiserver.generated import projects as shapes
from apiserver.logic import project_changes, project_places, projects, publicity, tag_cache
from apiserver.query import project_tree, scope
from apiserver.query.entities import PROJECT
from apiserver.query.writing import check_tags, echoed, picked, split_old_tags
from apiserver.stores.collections import PROJECTS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, Set

FIELDS = ("name", "description", "tags", "system_tags", "default_output_destination")
_TEXTS = ("description", "default_output_destination")


def create(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """A new project; those above it that are missing are made too."""
    given = split_old_tags(PROJECT, call.version, {name: data[name] for name in FIELDS if data.get(name) is not None})
    name = given.get("name")
    if not isinstance(name, str):
        raise errors.ValidationError("a text is expected", field="name")
    if given.get("tags"):  # QUIRK: spec 2 §8.2: system tags are looked at only when tags are there too
        check_tags(_texts(given["tags"]), _texts(given.get("system_tags") or []))
    _check(given)
    fields: dict[str, Any] = {key: sorted(given[key]) for key in ("tags", "system_tags") if key in given}
    if "default_output_destination" in given:
        fields["default_output_destination"] = given["default_output_destination"].strip()
    return {"id": projects.create(call, name, description=given.get("description"), **fields)}


def _texts(value: Any) -> list[str]:
    return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


def _check(given: dict[str, Any]) -> None:
    """Refuse values that a project cannot hold. Raises: DataValidationError (400/800)."""
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise errors.DataValidationError(f"a text is expected: {name}")
    for name in ("tags", "system_tags"):
        if not isinstance(value := given.get(name, []), list) or not all(isinstance(tag, str) for tag in value):
            raise errors.DataValidationError(f"a list of texts is expected: {name}")


def update(call: Call, request: shapes.UpdateRequest) -> dict[str, Any]:
    """Change a project's own fields; a new name also renames all that lies below, but moves nothing."""
    given = picked(PROJECT, call.data, FIELDS, call.version)
    project = projects.writable(call, request.project)
    _check({name: value for name, value in given.items() if value is not None})
    changes: list[Change] = [Set(name, given[name]) for name in ("tags", "system_tags", "description") if name in given]
    if "default_output_destination" in given:
        destination = given["default_output_destination"]
        changes.append(Set("default_output_destination", destination if destination is None else destination.strip()))
    if _new_name(project, given.get("name")) is None:
        where = Eq("id", project["id"]) & scope.own(call.company)
        call.documents.update(PROJECTS, where, *changes, Set("last_update", call.now))
    else:
        _rename(call, request.project, given["name"], changes)
    return {"updated": 1, "fields": echoed(given, call.version)}


def _rename(call: Call, project_id: str, name: str, changes: list[Change]) -> None:
    """NOTE: the project is read again, as it may have moved until nobody else changes the tree."""
    with project_changes.alone(call) as keep:
        project = projects.writable(call, project_id)
        full = _new_name(project, name) or project["name"]
        place = project_places.Place(full, tuple(project.get("path") or ()))
        project_changes.place(call, keep, project, place, *changes)


def _new_name(project: Document, given: Any) -> str | None:
    """The normalised new name; None when it stays. Raises: InvalidProjectName, CannotUpdateProjectLocation, ValidationError."""
    if given is None or given == "":
        return None
    if not isinstance(given, str):
        raise errors.DataValidationError("a text is expected: name")
    try:
        full = names.normalised(given)
    except names.BlankPart as error:
        raise errors.CannotUpdateProjectLocation(name=given) from error
    except names.InvalidName as error:
        raise errors.InvalidProjectName(name=given) from error
    if names.location(full) != names.location(project["name"]):
        raise errors.CannotUpdateProjectLocation(name=given)
    projects.check_basename(full)
    return full if full != project["name"] else None


def move(call: Call, request: shapes.MoveRequest) -> dict[str, Any]:
    """Hang a project with all below it under another one, named by its full name and made when missing.

    QUIRK: spec 2 §8.8: the place is made before the checks that may refuse the move.
    """
    if request.new_location is None:
        raise errors.ValidationError("new_location is required", field="new_location")
    location = request.new_location.strip("/")
    project, old = _with_parent(call, request.project)
    below = project_tree.descendants(call.documents, [project["id"]], fields=["path"])
    _check_new_depth(call, [project, *below], old, location)
    target = projects.find_or_create(call, location) if location else None
    with project_changes.alone(call) as keep:
        project, old = _with_parent(call, request.project)
        new = projects.readable(call, target) if target else None
        if (new and new["id"]) == (old and old["id"]):
            raise errors.ProjectSourceAndDestinationAreTheSame(location=request.new_location)
        if new and project["id"] in (new["id"], *(new.get("path") or ())):
            raise errors.ProjectCannotBeMovedUnderItself(project=project["id"], parent=new["id"])
        parents = [parent for parent in (old, new) if parent]
        place, hung = project_places.below(new, project["basename"]), project_changes.hang_below(new)
        moved = 1 + project_changes.place(call, keep, project, place, hung, touched=[parent["id"] for parent in parents])
    tag_cache.forget(call, [key for parent in parents for key in (*(parent.get("path") or ()), parent["id"])])
    return {"moved": moved}


def _with_parent(call: Call, project_id: str) -> tuple[Document, Document | None]:
    """A project and the one above it, both writable. Raises: InvalidProjectId, NoWritePermission."""
    project = projects.writable(call, project_id)
    return project, projects.writable(call, project["parent"]) if project.get("parent") else None


def _check_new_depth(call: Call, moved: list[Document], old: Document | None, location: str) -> None:
    shift = (names.depth(location) if location else 0) - project_places.depth_of(old)
    projects.check_depth(call, max(project_places.depth_of(project) for project in moved) + shift)


def merge(call: Call, request: shapes.MergeRequest) -> dict[str, Any]:
    """Put what a project holds into another one (none: the top level), and delete it.

    QUIRK: spec 2 §8.9: archived tasks and models keep the id of the project that is gone.
    """
    if request.project == request.destination_project:
        raise errors.ProjectSourceAndDestinationAreTheSame(source=request.project)
    with project_changes.alone(call) as keep:
        source = projects.writable(call, request.project)
        destination = projects.writable(call, request.destination_project) if request.destination_project else None
        if destination and source["id"] in (destination.get("path") or ()):
            raise errors.ProjectCannotBeMergedIntoItsChild(source=source["id"], destination=destination["id"])
        below = project_tree.descendants(call.documents, [source["id"]], fields=["parent", "path"])
        projects.check_room(call, below, source, destination)
        moved = project_changes.merge(call, keep, source, destination)
    affected = [key for project in (source, destination) if project for key in (*(project.get("path") or ()), project["id"])]
    tag_cache.forget(call, affected)
    return {"moved_entities": moved, "moved_projects": sum(1 for project in below if project.get("parent") == source["id"])}


def make_public(call: Call, request: shapes.MakePublicRequest) -> dict[str, Any]:
    """Show own projects to every company; nobody can change them then. What they hold is not touched."""
    return publicity.make_public(call, PROJECTS, request.ids, missing=errors.InvalidProjectId)


def make_private(call: Call, request: shapes.MakePrivateRequest) -> dict[str, Any]:
    """Take back projects that the company made public."""
    return publicity.make_private(call, PROJECTS, request.ids, missing=errors.InvalidProjectId)
