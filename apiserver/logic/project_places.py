"""Where a project hangs in the tree: the only place that changes `name`, `basename`, `parent` and `path` of stored projects.

A project's place is its own document's alone; the name and path of all below it follow from there, level by level. So `settle` may be
repeated, and brings right whatever an interrupted change, or another server, left stale. Source: spec 2 §8.7-8.9.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.domain import names
from apiserver.generated import errors
from apiserver.query import project_tree, scope
from apiserver.stores.collections import PROJECTS
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Change, Eq, In, NotIn, Set

log = logging.getLogger(__name__)

FIELDS = ("id", "company", "name", "basename", "parent", "path")


@frozen
class Place:
    """A full name, and the ids of all projects above."""

    name: str
    path: tuple[str, ...]

    def above(self, project_id: str) -> tuple[str, ...]:
        """The `path` of what hangs directly below the project that has this place."""
        return (*self.path, project_id)


def of(project: Document) -> Place:
    """The place that a stored project says it has."""
    return Place(project["name"], tuple(project.get("path") or ()))


def below(parent: Document | None, basename: str) -> Place:
    """The place of a project of this basename directly below a parent (None: at the top)."""
    if parent is None:
        return Place(basename, ())
    return Place(names.under(parent["name"], basename), of(parent).above(parent["id"]))


def depth_of(project: Document | None) -> int:
    """How deep a project lies; 1 at the top, 0 for no project."""
    return len(project.get("path") or ()) + 1 if project else 0


def following(root: str, place: Place, descendants: Sequence[Document]) -> dict[str, Place]:
    """The places of descendants when their root has this one, each after its parent's.

    Descendants that no chain of parents ties to the root are left out.
    """
    children: dict[str, list[Document]] = {}
    for project in descendants:
        children.setdefault(project.get("parent") or "", []).append(project)
    found, waiting = {root: place}, [root]
    while waiting:
        parent = waiting.pop()
        for child in children.pop(parent, ()):
            found[child["id"]] = Place(names.under(found[parent].name, child["basename"]), found[parent].above(parent))
            waiting.append(child["id"])
    del found[root]
    return found


def check_free(call: Call, wanted: Mapping[str, Place]) -> None:
    """Refuse places whose names belong to projects that are not among these. Raises: ExpectedUniqueData."""
    others = In("name", [place.name for place in wanted.values()]) & scope.own(call.company) & NotIn("id", list(wanted))
    if (taken := call.documents.find(PROJECTS, others, fields=["name"])) is not None:
        raise errors.ExpectedUniqueData("Value combination already exists", name=taken["name"], company=call.company)


def write(call: Call, project_id: str, place: Place, *more: Change) -> None:
    """Give one project its place, in one step. Raises: ExpectedUniqueData."""
    changes = (Set("name", place.name), Set("basename", names.basename(place.name)), Set("path", list(place.path)))
    with unique_names():
        call.documents.update(PROJECTS, Eq("id", project_id) & scope.own(call.company), *changes, Set("last_update", call.now), *more)


def settle(call: Call, root_id: str, keep: Callable[[], None], *, lenient: bool = False) -> int:
    """Bring name and path of all below a project in line with its own, from the top down; how many are below it.

    keep: called between writes. lenient: a name that another project has is left as it is, and told to the log.
    Raises: ExpectedUniqueData, unless lenient.
    """
    root = call.documents.find(PROJECTS, Eq("id", root_id), fields=FIELDS)
    if root is None:
        return 0
    descendants = project_tree.descendants(call.documents, [root_id], fields=FIELDS)
    stored = {project["id"]: of(project) for project in descendants}
    for key, place in following(root_id, of(root), descendants).items():
        if stored[key] == place:
            continue
        keep()
        try:
            write(call, key, place)
        except errors.ExpectedUniqueData:
            if not lenient:
                raise
            log.error("project %s cannot be named %r, which is taken; it keeps %r", key, place.name, stored[key].name)
            call.documents.update(PROJECTS, Eq("id", key), Set("path", list(place.path)))
    return len(descendants)


@contextmanager
def unique_names() -> Iterator[None]:
    """Turn the store's refusal of a name that is taken into the error of the wire."""
    try:
        yield
    except DuplicateKey as error:
        raise errors.ExpectedUniqueData("Value combination already exists", **error.fields) from error
