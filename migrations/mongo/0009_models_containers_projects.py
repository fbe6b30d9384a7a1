"""1.0.0: lists of models, containers, escaped keys, and no project whose name looks like a path. Source: spec 6 §3.3.

NOTE: better than the reference's own in two ways. It escapes `%` again when it is repeated; here a map whose keys are escaped stays. And
it relies on an index, which an earlier step has dropped, to find that the new name of a project is taken; here we look.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pymongo.collection import Collection

from .changing import Databases, Document, Update, Walk, drop_indexes, escaped, tasks_of

VERSION = "1.0.0"
WHAT = "the models of a task become lists, its docker command a container, label keys are escaped; `/` in names of projects becomes `_`"
LASTING = True

_OLD_FIELDS = ("execution.model", "output.model", "execution.docker_cmd")
_MAPS = ("execution.model_labels", "container")
_WHERE: dict[str, Any] = {
    "$or": [*({name: {"$exists": True}} for name in _OLD_FIELDS), *({name: {"$type": "object", "$ne": {}}} for name in _MAPS)]
}
_OLD_PROJECT = {"name": {"$regex": "/"}, "$or": [{"path": None}, {"path": {"$size": 0}}]}


def _task(document: Document) -> Update | None:
    """All in one update, so that a task is old or new and nothing between."""
    execution, output, models = (_map(document.get(name)) for name in ("execution", "output", "models"))
    changes: dict[str, Any] = {}
    removed: dict[str, str] = {}
    lists = {}
    for kind, holder, of, title in (("input", "execution", execution, "Input Model"), ("output", "output", output, "Output Model")):
        if "model" in of:
            removed[f"{holder}.model"] = ""
        if of.get("model"):
            lists[kind] = _with_model(models.get(kind), str(of["model"]), title, first=kind == "input")
    if lists and not isinstance(document.get("models", {}), Mapping):
        changes["models"] = {"input": [], "output": [], **lists}
    else:
        changes |= {f"models.{kind}": items for kind, items in lists.items()}
    container = document.get("container")
    if "docker_cmd" in execution:
        removed["execution.docker_cmd"] = ""
        image, _, arguments = str(execution["docker_cmd"] or "").strip().partition(" ")
        if image:
            container = changes["container"] = {"image": image, "arguments": arguments}
    for path, found in (("execution.model_labels", execution.get("model_labels")), ("container", container)):
        new = escaped(found) if isinstance(found, Mapping) else None
        if new is not None:
            changes[path] = new
    return {**({"$set": changes} if changes else {}), **({"$unset": removed} if removed else {})} or None


def _map(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _with_model(items: Any, model: str, title: str, *, first: bool) -> list[Any]:
    now = datetime.now(UTC)
    others = [item for item in items or () if not (isinstance(item, Mapping) and (item.get("name") == title or item.get("model") == model))]
    item = {"model": model, "name": title, "updated": now}
    return [item, *others] if first else [*others, item]


def _rename(projects: Collection[Any], walk: Walk) -> None:
    """The first name with as many `_` for each `/` as it takes to be the only one of its company."""
    old = list(projects.find(_OLD_PROJECT, {"name": 1, "company": 1, "basename": 1}).sort("_id", 1))
    for done, project in enumerate(old, start=1):
        name, underscores = project["name"], "_"
        while projects.count_documents({"company": project.get("company"), "name": (new := name.replace("/", underscores))}, limit=1):
            underscores += "_"
        changes = {"name": new, **({"basename": new} if project.get("basename") else {})}
        projects.update_one({"_id": project["_id"], "name": name}, {"$set": changes})
        walk.tell(done, len(old))


def left(databases: Databases) -> int:
    tasks = sum(1 for found in tasks_of(databases) for document in found.find(_WHERE, _projection()) if _task(document))
    return tasks + databases.backend["project"].count_documents(_OLD_PROJECT)


def _projection() -> dict[str, int]:
    return dict.fromkeys((*_OLD_FIELDS, *_MAPS, "models"), 1)


def run(databases: Databases, walk: Walk) -> None:
    for tasks in tasks_of(databases):
        walk.over(tasks, _WHERE, _task, tuple(_projection()))
    _rename(databases.backend["project"], walk)
    drop_indexes(databases.backend, [name for name in databases.backend.list_collection_names() if name.startswith("task")])
