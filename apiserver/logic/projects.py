"""Projects as a tree: finding, making, renaming, moving and merging them, so that every descendant's name and path stay right.

A project's `name` is its full path, `basename` the last part, `parent` the id above, `path` the ids of all above, the top one first.
Whole-tree changes run in a transaction where the store has one; elsewhere the project itself is written first, so that a name that is
taken stops the change before anything else moved. Source: spec 2 §8.1, §8.7-8.9, §8.13.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import names
from apiserver.generated import errors
from apiserver.query import project_tree, scope
from apiserver.stores.collections import PROJECTS
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Change, Eq, In, Set, Unset

FEATURED_DEFAULT = 9999
_TREE = ("id", "company", "name", "basename", "parent", "path")


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
    known = _known(call, [*names.ancestors(full), full])
    if (same := known.get(full)) is not None and same["company"]:
        raise errors.ExpectedUniqueData("Project with the same name already exists", name=full, company=call.company)
    for one in [*names.ancestors(full), full]:
        if one not in known:
            check_basename(one)
        elif not known[one]["company"]:
            raise errors.PublicProjectExists(name=one)
    with call.documents.transaction():
        parent = _ensure(call, names.location(full), known)
        project = _new(call, full, parent, description=description or "", **fields)
        with unique_names():
            call.documents.insert(PROJECTS, project)
        touch(call, [parent["id"]] if parent else [])
    return str(project["id"])


def _known(call: Call, full_names: Sequence[str]) -> dict[str, Document]:
    """Projects of these names, own ones before public ones."""
    where = In("name", full_names) & scope.own_or_public(call.company)
    found = call.documents.list(PROJECTS, where, fields=_TREE)
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
    project = {
        "id": uuid.uuid4().hex, "company": call.company, "user": call.user, "name": full, "basename": names.basename(full),
        "description": description, "created": call.now, "last_update": call.now, "tags": [], "system_tags": [],
        "featured": FEATURED_DEFAULT, "path": path_below(parent), **{name: value for name, value in fields.items() if value is not None},
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


def path_below(parent: Document | None) -> list[str]:
    """The `path` of the projects directly below a parent (None: at the top)."""
    return [*(parent.get("path") or ()), parent["id"]] if parent else []


def depth_of(project: Document | None) -> int:
    """How deep a project lies; 1 at the top, 0 for no project."""
    return len(project.get("path") or ()) + 1 if project else 0


@contextmanager
def unique_names() -> Iterator[None]:
    """Turn the store's refusal of a name that is taken into the error of the wire."""
    try:
        yield
    except DuplicateKey as error:
        raise errors.ExpectedUniqueData("Value combination already exists", **error.fields) from error


def check_room(call: Call, projects: Iterable[Document], old_parent: Document | None, new_parent: Document | None) -> None:
    """Refuse to move projects (with all their descendants among them) to where one would lie too deep."""
    shift = depth_of(new_parent) - depth_of(old_parent)
    check_depth(call, max((depth_of(project) + shift for project in projects), default=0))


def rename(call: Call, project: Document, full: str, *more: Change) -> None:
    """Give a project another basename, and all its descendants the name that follows. Raises: ExpectedUniqueData."""
    _rewrite(call, project, full, project.get("path") or [], more)


def reposition(call: Call, project: Document, parent: Document | None) -> int:
    """Hang a project with all its descendants below a parent (None: at the top); how many descendants.

    Raises: ExpectedUniqueData when the parent has a child of that name.
    """
    full = names.under(parent["name"] if parent else "", project["basename"])
    above = Set("parent", parent["id"]) if parent else Unset("parent")
    return _rewrite(call, project, full, path_below(parent), (above,))


def _rewrite(call: Call, project: Document, full: str, path: list[str], more: Sequence[Change]) -> int:
    """Write name and path of a project, then of its descendants from the top down; how many descendants.

    NOTE: a descendant's name and path follow from its parent's alone, so stale ones that an earlier version of some server left
    behind come right too.
    """
    below = project_tree.descendants(call.documents, [project["id"]], fields=_TREE)
    stamp = Set("last_update", call.now)
    with call.documents.transaction():
        changes = (Set("name", full), Set("basename", names.basename(full)), Set("path", path), stamp, *more)
        with unique_names():
            call.documents.update(PROJECTS, Eq("id", project["id"]) & scope.own(call.company), *changes)
        placed = {project["id"]: (full, [*path, project["id"]])}
        for child in _top_down(below, project["id"]):
            name, above = placed[child["parent"]]
            child_name = names.under(name, child["basename"])
            placed[child["id"]] = (child_name, [*above, child["id"]])
            with unique_names():
                call.documents.update(PROJECTS, Eq("id", child["id"]), Set("name", child_name), Set("path", above), stamp)
    return len(below)


def _top_down(below: Sequence[Document], root: str) -> Iterator[Document]:
    """Descendants, each after its parent; those that are not connected to the root by `parent` are left out."""
    children: dict[str, list[Document]] = {}
    for project in below:
        children.setdefault(project.get("parent") or "", []).append(project)
    waiting = [root]
    while waiting:
        level = children.pop(waiting.pop(), [])
        yield from level
        waiting += [project["id"] for project in level]
