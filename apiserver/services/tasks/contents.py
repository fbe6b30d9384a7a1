"""Artifacts, model lists and runtime of tasks. Source: spec 3 §8.

All of these are open to created, queued and running tasks, whatever `force` says.
"""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import artifacts
from apiserver.generated import errors
from apiserver.generated import tasks as shapes
from apiserver.logic import task_access, task_content
from apiserver.stores.collections import TASKS
from apiserver.stores.filters import AnyElement, Change, Eq, Max, Not, PullWhere, Push, Set, SetElement, Unset


def add_or_update_artifacts(call: Call, request: shapes.AddOrUpdateArtifactsRequest) -> dict[str, Any]:
    """Set artifacts, each whole, by key and mode."""
    # NOTE: the reference's store adds new members in the order of their names; the wire shows that order of one key's modes.
    changes = [Set(f"execution.artifacts.{key}", item) for key, item in sorted(artifacts.to_map(request.artifacts).items())]
    task_content.write(call, request.task, changes, force=True)
    return {"updated": 1}


def delete_artifacts(call: Call, request: shapes.DeleteArtifactsRequest) -> dict[str, Any]:
    """Remove artifacts by key and mode; their files stay."""
    names = dict.fromkeys(artifacts.map_key(item["key"], item.get("mode")) for item in request.artifacts)
    task_content.write(call, request.task, [Unset(f"execution.artifacts.{name}") for name in names], force=True)
    return {"deleted": 1}


def add_or_update_model(call: Call, request: shapes.AddOrUpdateModelRequest) -> dict[str, Any]:
    """Put a model into the task's input or output list, replacing the one of that name. The model itself is not looked at."""
    task = task_content.open_task(call, request.task, force=True)
    where = task_content.still_open(call, task, force=True)
    path = f"models.{request.type}"
    named = Eq("name", request.name)
    item = {"model": request.model, "updated": call.now}
    stamps = [*task_access.changed(call, updated=True), *task_access.progress(call, task)]
    if request.iteration is not None:
        stamps.append(Max("last_iteration", request.iteration))
    present = AnyElement(path, named)
    for _ in range(2):  # NOTE: the item may come or go between the two writes; each is safe by itself, so once more settles it.
        if call.documents.update(TASKS, where & present, SetElement(path, named, item), *stamps).matched:
            return {"updated": 1}
        if call.documents.update(TASKS, where & Not(present), Push(path, [{"name": request.name, **item}]), *stamps).matched:
            return {"updated": 1}
    task_content.refuse_changed(call, request.task, force=True)
    return {"updated": 0}


def delete_models(call: Call, request: shapes.DeleteModelsRequest) -> dict[str, Any]:
    """Remove models from the task's lists by name; the models themselves stay.

    QUIRK: spec 3 §8: `last_update` does not move, and 1 is answered even when nothing was there.
    """
    changes = [PullWhere(f"models.{item['type']}", Eq("name", item["name"])) for item in request.models]
    task_content.write(call, request.task, changes, force=True, updated=False)
    return {"updated": 1}


def edit_runtime(call: Call, request: shapes.EditRuntimeRequest) -> dict[str, Any]:
    """Set and remove runtime values by name.

    QUIRK: spec 3 §3.2: names are escaped here and nowhere else, and never unescaped in answers.
    """
    added = {task_content.key(name): value for name, value in (request.add_or_update or {}).items()}
    removed = dict.fromkeys(task_content.key(name) for name in request.remove or ())
    if both := [name for name in removed if name in added]:
        raise errors.ValidationError("a name is both to be set and to be removed", names=both)
    changes: list[Change] = [Set(f"runtime.{name}", value) for name, value in added.items()]
    changes += [Unset(f"runtime.{name}") for name in removed]
    if not changes:
        task_content.open_task(call, request.task, force=True)
        return {"updated": 0}
    task_content.write(call, request.task, changes, force=True)
    return {"updated": 1}
