"""Deleting a project with all below it: what stands in the way, and what happens to the tasks and models. Source: spec 2 §8.10."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.domain import artifacts, task_status
from apiserver.domain.tags import ARCHIVED
from apiserver.domain.task_document import DELETED
from apiserver.generated import errors
from apiserver.logic import url_deletion
from apiserver.logic.project_selection import CONTAINERS
from apiserver.query import project_tree, scope
from apiserver.stores.collections import MODELS, PROJECTS, QUEUES, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, Filter, In, Ne, NotIn, PullWhere, Set, SetElement

_REPORT = Eq("system_tags", "reports")
_NO_REPORT = Ne("system_tags", "reports")
_ACTIVE = Ne("system_tags", ARCHIVED)
_FORCE = "use force=true to delete"


@frozen
class Tree:
    """A project and all below it, by what they are for."""

    root: Document
    all: tuple[str, ...]
    pipelines: tuple[str, ...]
    datasets: tuple[str, ...]

    @property
    def regular(self) -> list[str]:
        special = {*self.pipelines, *self.datasets}
        return [key for key in self.all if key not in special]


def tree(call: Call, root: Document) -> Tree:
    below = project_tree.descendants(call.documents, [root["id"]], fields=["basename", "system_tags"])
    projects = [root, *below]

    def of(kind: str) -> tuple[str, ...]:
        return tuple(p["id"] for p in projects if kind in (p.get("system_tags") or ()) and p["basename"] != CONTAINERS[kind])

    return Tree(root, tuple(p["id"] for p in projects), of("pipeline"), of("dataset"))


def counts(call: Call, found: Tree) -> dict[str, int]:
    """What `validate_delete` answers."""
    regular = _within(call, found.regular)
    return {
        "pipelines": _busy(call, found.pipelines, Eq("type", "controller")),
        "datasets": _busy(call, found.datasets),
        "tasks": call.documents.count(TASKS, regular & _NO_REPORT),
        "non_archived_tasks": call.documents.count(TASKS, regular & _NO_REPORT & _ACTIVE),
        "models": call.documents.count(MODELS, regular),
        "non_archived_models": call.documents.count(MODELS, regular & _ACTIVE),
        "reports": call.documents.count(TASKS, regular & _REPORT),
        "non_archived_reports": call.documents.count(TASKS, regular & _REPORT & _ACTIVE),
    }


def check(call: Call, found: Tree) -> None:
    """Refuse a tree with anything in it that is not archived.

    Raises: ProjectHasPipelines, ProjectHasDatasets, ProjectHasTasks (reports count), ProjectHasModels.
    """
    regular = _within(call, found.regular) & _ACTIVE
    root = found.root["id"]
    if _busy(call, found.pipelines, Eq("type", "controller")):
        raise errors.ProjectHasPipelines(_FORCE, id=root)
    if _busy(call, found.datasets):
        raise errors.ProjectHasDatasets(_FORCE, id=root)
    if call.documents.find(TASKS, regular, fields=["id"]):
        raise errors.ProjectHasTasks(_FORCE, id=root)
    if call.documents.find(MODELS, regular, fields=["id"]):
        raise errors.ProjectHasModels(_FORCE, id=root)


def _within(call: Call, projects: Sequence[str]) -> Filter:
    return In("project", projects) & scope.own_or_public(call.company)


def _busy(call: Call, projects: Sequence[str], *more: Filter) -> int:
    """How many of the projects hold a task that is not archived."""
    if not projects:
        return 0
    where = _within(call, projects) & _ACTIVE
    for part in more:
        where = where & part
    return sum(1 for key in call.documents.distinct(TASKS, "project", where) if key)


# Steps of the deletion, all of which may be repeated (`project_changes.py` puts them together)


def count_tasks(call: Call, found: Tree) -> int:
    return call.documents.count(TASKS, _within(call, found.all))


def disassociate(call: Call, found: Tree) -> None:
    """Take tasks and models out of the projects."""
    for collection in (MODELS, TASKS):
        call.documents.update_many(collection, _within(call, found.all), Set("project", None))


@frozen
class Contents:
    """What is deleted with the projects. urls: of files nobody names any more."""

    models: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    model_urls: tuple[str, ...] = ()
    artifact_urls: tuple[str, ...] = ()


def gather(call: Call, found: Tree) -> Contents:
    """All models and tasks in the projects."""
    where = In("project", found.all) & scope.own(call.company)
    models = call.documents.list(MODELS, where, fields=["uri", "task"])
    tasks = call.documents.list(TASKS, where, fields=["execution.artifacts"])
    return Contents(
        models=tuple(model["id"] for model in models),
        tasks=tuple(task["id"] for task in tasks),
        model_urls=_unique(model.get("uri") for model in models),
        artifact_urls=_unique(_artifact_urls(tasks)),
    )


def delete_contents(call: Call, found: Tree, gone: Contents, *, files: bool, keep: Callable[[], None]) -> set[str]:
    """Delete the models and tasks, and what refers to them from outside; the urls of theirs that the server will delete.

    Their events are left to `delete_events`. files: put the urls on the list. keep: called between writes.
    """
    taken = url_deletion.schedule(call, found.root["id"], [*gone.model_urls, *gone.artifact_urls], folders=True) if files else set()
    outside = NotIn("project", found.all) & scope.own(call.company)
    for forget, collection, ids in ((_forget_models, MODELS, gone.models), (_forget_tasks, TASKS, gone.tasks)):
        keep()
        forget(call, ids, outside=outside)
        call.documents.delete(collection, In("id", ids) & scope.own(call.company))
    return taken


def delete_events(call: Call, project_id: str, ids: Sequence[str], *, files: bool) -> None:
    """Remove the events of deleted models and tasks, and put their files on the list.

    QUIRK: spec 2 §8.10: urls of events are never told.
    """
    if not ids:
        return
    if files and url_deletion.enabled(call.settings) and (urls := call.events.urls(call.company, ids)):
        with call.documents.transaction():
            url_deletion.schedule(call, project_id, urls, folders=True)
    call.events.delete(call.company, ids)


def delete_projects(call: Call, found: Tree) -> int:
    return call.documents.delete(PROJECTS, In("id", found.all) & scope.own(call.company))


def _artifact_urls(tasks: Iterable[Document]) -> Iterable[Any]:
    for task in tasks:
        for item in ((task.get("execution") or {}).get("artifacts") or {}).values():
            if item.get("mode", artifacts.OUTPUT) == artifacts.OUTPUT:
                yield item.get("uri")


def _unique(urls: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for url in urls if url))


def _stamps(call: Call) -> list[Change]:
    return [Set("last_change", call.now), Set("last_changed_by", call.user)]


def _referring(call: Call, path: str, ids: Sequence[str], outside: Filter) -> list[Document]:
    return call.documents.list(TASKS, In(path, ids) & outside, fields=[path, "status"]) if ids else []


def _forget_models(call: Call, ids: Sequence[str], *, outside: Filter) -> None:
    """Tasks elsewhere that use or made the models."""
    gone = frozenset(ids)
    for task in _referring(call, "models.input.model", ids, outside):
        _each(call, task["id"], "models.input", _named(task, "input", gone), ())
    for task in _referring(call, "models.output.model", ids, outside):
        named = _named(task, "output", gone)
        if task.get("status") == task_status.PUBLISHED:
            _each(call, task["id"], "models.output", named, _stamps(call))
        else:
            where = Eq("id", task["id"]) & scope.own(call.company)
            call.documents.update(TASKS, where, PullWhere("models.output", In("model", sorted(named))), *_stamps(call))


def _named(task: Document, side: str, gone: frozenset[str]) -> list[str]:
    items = (task.get("models") or {}).get(side) or ()
    return [item["model"] for item in items if item.get("model") in gone]


def _each(call: Call, task_id: str, path: str, models: Sequence[str], stamps: Sequence[Change]) -> None:
    """Write that the models are deleted, one entry after the other."""
    changes = [SetElement(path, Eq("model", model), {"model": DELETED}) for model in models]
    call.documents.update(TASKS, Eq("id", task_id) & scope.own(call.company), *changes, *stamps)


def _forget_tasks(call: Call, ids: Sequence[str], *, outside: Filter) -> None:
    """Children and models elsewhere of the tasks, and the queues they wait in (docs/decisions/0121-deleted-projects-leave-queues.md)."""
    if ids:
        waiting = In("entries.task", ids) & scope.own(call.company)
        call.documents.update_many(QUEUES, waiting, PullWhere("entries", In("task", ids)), Set("last_update", call.now))
        call.documents.update_many(TASKS, In("parent", ids) & outside, Set("parent", None), *_stamps(call))
        call.documents.update_many(MODELS, In("task", ids) & outside, Set("task", None), *_stamps(call))
