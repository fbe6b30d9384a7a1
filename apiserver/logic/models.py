"""Models: finding them, the stamps of a change, publishing and deleting. Source: spec 5 §1.2, §3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field

from apiserver.calls.call import Call
from apiserver.domain import task_status
from apiserver.domain.task_document import DELETED
from apiserver.generated import errors
from apiserver.logic import task_access, task_publish, url_deletion
from apiserver.logic.task_status import Why
from apiserver.query import scope
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, Max, PullWhere, Set, SetElement


def own(call: Call, model_id: str, *, fields: Sequence[str] | None = None) -> Document:
    """The model, if it is the company's own. Raises: InvalidModelId, also for a public one."""
    model = call.documents.find(MODELS, Eq("id", model_id) & scope.own(call.company), fields=fields)
    if model is None:
        raise errors.InvalidModelId(id=model_id, company=call.company)
    return model


def stamps(call: Call, *, updated: bool = False) -> list[Change]:
    """What every change of a model leaves; `updated`: its content changed, so `last_update` moves too."""
    return task_access.changed(call, updated=updated)


def write(call: Call, model_id: str, *changes: Change) -> int:
    """Change one own model; whether it was there, as 0 or 1."""
    return call.documents.update(MODELS, Eq("id", model_id) & scope.own(call.company), *changes).matched


def report_progress(call: Call, task_id: str, iteration: int | None) -> None:
    """Raise the task's `last_iteration`, because a model was saved at this iteration (spec 5 §3.6 step 6)."""
    if iteration is None:
        return
    task = call.documents.find(TASKS, Eq("id", task_id) & scope.own(call.company), fields=["status", "started"])
    if task is None:
        return
    changes = [Max("last_iteration", iteration), *task_access.changed(call, updated=True), *task_access.progress(call, task)]
    call.documents.update(TASKS, Eq("id", task_id) & scope.own(call.company), *changes)


def publish(call: Call, model_id: str, *, publish_task: bool, force_publish_task: bool) -> dict[str, Any] | None:
    """Make a model ready, its unpublished task first if wanted; what became of the task, `{id, data}`, or None.

    Raises: InvalidModelId; ModelIsReady; and what publishing the task raises, with the model left as it was.
    """
    model = own(call, model_id, fields=["ready", "task"])
    if model.get("ready"):
        raise errors.ModelIsReady(company=call.company, model=model_id)
    published = _publish_task(call, model.get("task"), force=force_publish_task) if publish_task else None
    write(call, model_id, Set("ready", True), *stamps(call, updated=True))
    return published


def _publish_task(call: Call, task_id: str | None, *, force: bool) -> dict[str, Any] | None:
    if not task_id:
        return None
    task = call.documents.find(TASKS, Eq("id", task_id) & scope.own(call.company), fields=["status"])
    if task is None or task_access.status_of(task) == task_status.PUBLISHED:
        return None
    return {"id": task_id, "data": task_publish.publish(call, task_id, Why(force=force), publish_model=False)}


@define
class Deleted:
    """Models that are gone, and their files. Filled by `delete`, worked off by `finish`."""

    ids: list[str] = field(factory=list)
    urls: list[str] = field(factory=list)


def delete(call: Call, model_id: str, gone: Deleted, *, force: bool) -> dict[str, Any]:
    """Remove a model's document and let its tasks know; the answer, {deleted, url}.

    Every check comes before the first change. Raises: InvalidModelId; ModelInUse; ModelCreatingTaskExists.
    Source: spec 5 §3.10.
    """
    model = own(call, model_id, fields=["task", "uri"])
    users = Eq("models.input.model", model_id)
    using = call.documents.count(TASKS, users)
    if using and not force:
        raise errors.ModelInUse("use force=true to delete", num_tasks=using)
    creator = call.documents.find(TASKS, Eq("id", model["task"]), fields=["status"]) if model.get("task") else None
    published = creator is not None and task_access.status_of(creator) == task_status.PUBLISHED
    if published and not force:
        raise errors.ModelCreatingTaskExists("use force=true to delete", task=model["task"])
    with call.documents.transaction():
        if using:
            call.documents.update_many(TASKS, users, _rename("models.input", model_id))
        if creator is not None:
            _leave_creator(call, creator["id"], model_id, published=published)
        call.documents.delete(MODELS, Eq("id", model_id) & scope.own(call.company))
    gone.ids.append(model_id)
    gone.urls += [model["uri"]] if model.get("uri") else []
    return {"deleted": True, "url": model.get("uri", "")}


def _rename(path: str, model_id: str) -> Change:
    return SetElement(path, Eq("model", model_id), {"model": DELETED + model_id})


def _leave_creator(call: Call, task_id: str, model_id: str, *, published: bool) -> None:
    """A published task remembers the deleted model, any other forgets it."""
    lists_it = Eq("id", task_id) & Eq("models.output.model", model_id)
    if published:
        note = f"model deleted on {call.now.isoformat()}"
        call.documents.update(TASKS, lists_it, _rename("models.output", model_id), Set("output.error", note), *stamps(call))
    else:
        call.documents.update(TASKS, lists_it, PullWhere("models.output", Eq("model", model_id)), *stamps(call))


def finish(call: Call, gone: Deleted, *, delete_external_artifacts: bool) -> None:
    """Remove the events of deleted models, and queue their files for deletion."""
    if not gone.ids:
        return
    if delete_external_artifacts and url_deletion.enabled(call.settings):
        urls = [*gone.urls, *call.events.urls(call.company, gone.ids)]
        url_deletion.schedule(call, gone.ids[0], urls)
    call.events.delete(call.company, gone.ids)
