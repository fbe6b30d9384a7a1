"""Changes of whole trees of projects: moving, renaming, merging and deleting, so that a crash in the middle leaves nothing half done.

Each change is written down first (collection `project_change`), carried out in steps that may be repeated, and struck off at the end.
Where the store has transactions all of it is one, and nobody ever sees the note. Elsewhere `alone` keeps others out meanwhile, and whoever
comes next (another change in the company, the next start, the job `projects`) completes what a process that died has left.
docs/decisions/0120-changes-of-trees-are-written-down-first.md is the page. Source: spec 2 §8.7-8.10.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from apiserver import clock
from apiserver.calls.call import Backend, Call, Identity
from apiserver.calls.endpoint import NEWEST
from apiserver.domain.tags import ARCHIVED
from apiserver.generated import errors
from apiserver.logic import project_delete, project_places, tag_cache
from apiserver.query import project_tree, scope
from apiserver.stores.collections import MODELS, PROJECT_CHANGES, PROJECTS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.errors import Unavailable
from apiserver.stores.filters import Change, Eq, In, Ne, Order, Set, Unset
from apiserver.stores.state import StateStore

log = logging.getLogger(__name__)

PLACE, MERGE, DELETE = "place", "merge", "delete"
TREE, EVENTS = "tree", "events"
"""How far a change has come: the tree may be half done; only events and files are left."""

HELD_S = 30.0
"""After this long without a sign, the process that changes a tree counts as dead."""
WAIT_S = 40.0
_PAUSE_S = 0.05
_PATIENCE = timedelta(minutes=10)
_MOST_IDS = 200_000
"""Ids that a note holds; a document has its limits."""

Keep = Callable[[], None]


# One at a time


@contextmanager
def alone(call: Call, *, wait_s: float | None = None) -> Iterator[Keep]:
    """No other change of the company's tree happens in the block, and none is half done when it begins.

    Yields what long changes call between their writes. Raises: Unavailable when others take too long.
    """
    if call.documents.capabilities.get("transactions", True):
        with call.documents.transaction():
            yield _nothing
        return
    turn = _Turn(call.state, f"project_tree/{call.company}")
    turn.take(WAIT_S if wait_s is None else wait_s)
    try:
        _complete_trees(call, turn.keep)
        yield turn.keep
    finally:
        turn.give_back()


def _nothing() -> None:
    """A transaction needs no sign of life."""


class _Turn:
    """An entry of the state store that one holds at a time, and renews."""

    def __init__(self, state: StateStore, key: str) -> None:
        self._state, self._key, self._token = state, key, uuid.uuid4().hex
        self._renewed = 0.0

    def take(self, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while not self._state.set_if_absent(self._key, self._token, ttl_s=HELD_S):
            if time.monotonic() >= deadline:
                raise Unavailable("another change of the tree of projects takes long")
            time.sleep(_PAUSE_S)
        self._renewed = time.monotonic()

    def keep(self) -> None:
        now = time.monotonic()
        if now - self._renewed < HELD_S / 3:
            return
        if not self._state.compare_and_set(self._key, self._token, self._token, ttl_s=HELD_S):
            raise Unavailable("this change of the tree of projects took too long; another one completes it")
        self._renewed = now

    def give_back(self) -> None:
        self._state.compare_and_set(self._key, self._token, None)


# Changes


def place(call: Call, keep: Keep, project: Document, where: project_places.Place, *more: Change, touched: Iterable[str] = ()) -> int:
    """Give a project, and all below it, another place; how many are below it. Only `alone`.

    touched: projects whose `last_update` moves along. Raises: ExpectedUniqueData, with nothing changed.
    """
    below = project_tree.descendants(call.documents, [project["id"]], fields=project_places.FIELDS)
    project_places.check_free(call, {project["id"]: where, **project_places.following(project["id"], where, below)})
    with _written_down(call, PLACE, project["id"], touched=list(touched)) as change:
        project_places.write(call, project["id"], where, *more)
        _carry_out(call, change, keep)
    return len(below)


def hang_below(parent: Document | None) -> Change:
    """What ties a project to its parent (None: to the top)."""
    return Set("parent", parent["id"]) if parent else Unset("parent")


def merge(call: Call, keep: Keep, source: Document, destination: Document | None) -> int:
    """Put what a project holds into another one (None: at the top) and delete it; how many tasks and models went. Only `alone`.

    Raises: ExpectedUniqueData, with nothing changed.
    """
    below = project_tree.descendants(call.documents, [source["id"]], fields=project_places.FIELDS)
    wanted: dict[str, project_places.Place] = {}
    for child in below:
        if child.get("parent") == source["id"]:
            wanted[child["id"]] = project_places.below(destination, child["basename"])
            wanted.update(project_places.following(child["id"], wanted[child["id"]], below))
    project_places.check_free(call, wanted)
    target = destination["id"] if destination else None
    moved = call.documents.count(TASKS, _moving(call, source["id"])) + call.documents.count(MODELS, _moving(call, source["id"]))
    with _written_down(call, MERGE, source["id"], destination=target, touched=[target] if target else []) as change:
        _carry_out(call, change, keep)
    return moved


def delete(
    call: Call, keep: Keep, found: project_delete.Tree, gone: project_delete.Contents | None, *, files: bool
) -> tuple[dict[str, int], str, set[str]]:
    """Delete projects with their tasks and models, or (`gone` is None) put these outside of all projects. Only `alone`.

    Returns the figures of the answer; the id of the note, with which `finish_delete` goes on outside; the urls that are taken care of.
    """
    contents = gone or project_delete.Contents()
    change = _note(call, DELETE, found.root["id"], projects=list(found.all), contents=gone is not None, files=files, **_ids(contents))
    figures = {"deleted": len(found.all), "deleted_models": len(contents.models), "deleted_tasks": len(contents.tasks)}
    left = 0 if gone else project_delete.count_tasks(call, found)
    call.documents.insert(PROJECT_CHANGES, change)
    return {**figures, "disassociated_tasks": left}, change["id"], _delete(call, change, contents, keep)


def finish_delete(call: Call, change_id: str) -> None:
    """Remove the events of what was deleted, and the note."""
    change = call.documents.find(PROJECT_CHANGES, Eq("id", change_id))
    if change is not None:
        project_delete.delete_events(call, change["project"], [*change["models"], *change["tasks"]], files=change["files"])
        _strike_off(call, change)


# Steps, all of which may be repeated


@contextmanager
def _written_down(call: Call, kind: str, project_id: str, **fields: Any) -> Iterator[Document]:
    """The note is there while the block runs, and stays if the block does not come to its end."""
    change = _note(call, kind, project_id, **fields)
    call.documents.insert(PROJECT_CHANGES, change)
    yield change
    _strike_off(call, change)


def _note(call: Call, kind: str, project_id: str, **fields: Any) -> Document:
    note = {"id": uuid.uuid4().hex, "company": call.company, "user": call.user, "created": call.now, "kind": kind, "stage": TREE}
    return {**note, "project": project_id, **fields}


def _ids(gone: project_delete.Contents) -> dict[str, list[str]]:
    return {"models": list(gone.models[:_MOST_IDS]), "tasks": list(gone.tasks[:_MOST_IDS])}


def _strike_off(call: Call, change: Document) -> None:
    call.documents.delete(PROJECT_CHANGES, Eq("id", change["id"]))


def _carry_out(call: Call, change: Document, keep: Keep, *, lenient: bool = False) -> None:
    """All of a change of the tree that is not done yet. lenient: after an interruption, when nobody is there to be refused."""
    match change["kind"]:
        case "place":
            project_places.settle(call, change["project"], keep, lenient=lenient)
        case "merge":
            _merge(call, change, keep, lenient=lenient)
        case "delete":
            _delete(call, change, project_delete.gather(call, _tree(change)) if change["contents"] else project_delete.Contents(), keep)
    touched = change.get("touched") or []
    call.documents.update_many(PROJECTS, In("id", touched) & scope.own(call.company), Set("last_update", call.now))


def _merge(call: Call, change: Document, keep: Keep, *, lenient: bool) -> None:
    source, target = change["project"], change.get("destination")
    destination = call.documents.get(PROJECTS, target, fields=project_places.FIELDS) if target else None
    for child in call.documents.list(PROJECTS, Eq("parent", source), fields=project_places.FIELDS):
        keep()
        try:
            project_places.write(call, child["id"], project_places.below(destination, child["basename"]), hang_below(destination))
        except errors.ExpectedUniqueData:
            if not lenient:
                raise
            log.error("project %s stays where it is: its name is taken where it should be merged to", child["id"])
    for parent in _moved_away(call, source):
        project_places.settle(call, parent, keep, lenient=lenient)
    for collection in (TASKS, MODELS):
        keep()
        call.documents.update_many(collection, _moving(call, source), Set("project", target))
    if not call.documents.count(PROJECTS, Eq("parent", source)):
        call.documents.delete(PROJECTS, Eq("id", source) & scope.own(call.company))


def _moved_away(call: Call, source: str) -> list[str]:
    """Projects that left the source, and whose descendants still name it in their paths."""
    stale = project_tree.descendants(call.documents, [source], fields=["parent"])
    ids = {project["id"] for project in stale}
    return sorted({project["parent"] for project in stale if project.get("parent")} - ids - {source})


def _moving(call: Call, source: str) -> Any:
    """QUIRK: spec 2 §8.9: archived tasks and models keep the id of the project that is gone."""
    return Eq("project", source) & Ne("system_tags", ARCHIVED) & scope.own_or_public(call.company)


def _tree(change: Document) -> project_delete.Tree:
    return project_delete.Tree({"id": change["project"]}, tuple(change["projects"]), (), ())


def _delete(call: Call, change: Document, gone: project_delete.Contents, keep: Keep) -> set[str]:
    found, taken = _tree(change), set[str]()
    if change["contents"]:
        taken = project_delete.delete_contents(call, found, gone, files=change["files"], keep=keep)
    else:
        project_delete.disassociate(call, found)
    keep()
    project_delete.delete_projects(call, found)
    call.documents.update(PROJECT_CHANGES, Eq("id", change["id"]), Set("stage", EVENTS))
    return taken


# After a crash


def complete_interrupted(backend: Backend, *, wait_s: float | None = None, patient: bool = False) -> int:
    """Carry out what processes that died have left; how many changes that were.

    patient: events are left alone for a while, as a live process may be at it. Raises: Unavailable, when one is.
    """
    done = 0
    for change in backend.documents.list(PROJECT_CHANGES, order=[Order("created"), Order("id")]):
        if patient and change["stage"] == EVENTS and change["created"] > clock.now() - _PATIENCE:
            continue
        call = Call("projects", NEWEST, backend, identity=Identity(change["user"], change["company"], "system"))
        if change["stage"] == TREE:
            with alone(call, wait_s=wait_s) as keep:
                _complete_trees(call, keep)
        if change["kind"] == DELETE:
            finish_delete(call, change["id"])
        done += 1
    return done


def _complete_trees(call: Call, keep: Keep) -> None:
    half_done = Eq("company", call.company) & Eq("stage", TREE)
    for change in call.documents.list(PROJECT_CHANGES, half_done, order=[Order("created"), Order("id")]):
        log.warning("completing an interrupted change of projects: %s %s", change["kind"], change["project"])
        _carry_out(call, change, keep, lenient=True)
        if change["kind"] != DELETE:
            _strike_off(call, change)
        tag_cache.forget(call, [change["project"], *(change.get("touched") or ()), *(change.get("projects") or ())])
