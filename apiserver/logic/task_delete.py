"""Resetting and deleting tasks: the checks, what goes with a task, and its events and files afterwards.

Every check is made before anything is changed, so that a refused call leaves the task as it was
(docs/decisions/0060-check-before-change.md). Source: spec 3 §11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import define, field, frozen

from apiserver.calls.call import Call
from apiserver.domain import artifacts, task_status
from apiserver.domain.task_document import DELETED, execution_defaults
from apiserver.generated import errors
from apiserver.logic import task_access, task_models, task_queueing, url_deletion
from apiserver.logic import task_status as status_logic
from apiserver.logic.task_status import Why
from apiserver.query import scope
from apiserver.stores.collections import TASKS, TRASHED_TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import Change, Eq, Ne, Set, Unset

RESET_REASON = "reset"
_CLEARED = (
    "output.result", "output.error", "last_worker", "last_worker_report", "started", "completed", "published", "active_duration",
    "enqueue_status",
)  # fmt: skip
CONTROLLER = "controller"


@frozen
class Options:
    """What a caller of reset or delete asks for."""

    force: bool = False
    delete_output_models: bool = True
    return_file_urls: bool = False


@define
class Cleanup:
    """What went with tasks, and what of them is still to be removed outside the document store.

    files: urls to schedule; model_urls, artifact_urls: as answered. task_ids: in order; files are queued under the first.
    """

    updated_children: int = 0
    updated_models: int = 0
    deleted_models: int = 0
    model_urls: list[str] = field(factory=list)
    artifact_urls: list[str] = field(factory=list)
    files: list[str] = field(factory=list)
    task_ids: list[str] = field(factory=list)
    model_ids: list[str] = field(factory=list)

    def urls(self) -> dict[str, list[str]]:
        """QUIRK: spec 3 §11.1: urls of events are never told."""
        return {"model_urls": self.model_urls, "artifact_urls": self.artifact_urls, "event_urls": []}


def reset(call: Call, task_id: str, options: Options, *, clear_all: bool = False) -> tuple[dict[str, Any], Cleanup]:
    """Take a task back to `created`; the answer and what `finish` has still to do.

    Raises: InvalidTaskId, NoWritePermission, InvalidTaskStatus, TaskCannotBeDeleted, FailedChangingTaskStatus.
    """
    task = task_access.writable(call, task_id)
    status = task_access.status_of(task)
    if status == task_status.PUBLISHED and not options.force:
        raise errors.InvalidTaskStatus("a published task cannot be reset", task_id=task_id, status=status)
    status_logic.check(task, task_status.CREATED, force=options.force)
    models = _checked_models(call, task, options)
    why = Why(RESET_REASON, RESET_REASON, force=options.force)
    result = status_logic.change(call, task, task_status.CREATED, why, changes=_reset_changes(task, clear_all=clear_all))
    removed = task_queueing.leave_all_queues(call, task)
    cleanup = _clean(call, task, models, options, deleting=False)
    answer = {
        **result,
        "dequeued": {"removed": removed} if removed else {},
        "deleted_models": cleanup.deleted_models,
        "urls": cleanup.urls() if options.return_file_urls else {},
    }
    return answer, cleanup


def delete(
    call: Call, task_id: str, options: Options, *, move_to_trash: bool = False, with_steps: bool = False
) -> tuple[dict[str, Any], Cleanup]:
    """Delete a task; the answer and what `finish` has still to do.

    with_steps: the steps of a pipeline controller go too (with force); the answer counts the controller only.
    Raises: InvalidTaskId, NoWritePermission, TaskCannotBeDeleted.
    """
    task = task_access.writable(call, task_id)
    _check_deletable(task, force=options.force)
    models = _checked_models(call, task, options)
    later = Cleanup(task_ids=[task_id])
    if with_steps and task.get("type") == CONTROLLER:
        _delete_steps(call, task_id, options, later, move_to_trash=move_to_trash)
    cleanup = _delete_one(call, task, models, options, move_to_trash=move_to_trash)
    answer = {
        "deleted": True,
        "updated_children": cleanup.updated_children,
        "updated_models": cleanup.updated_models,
        "deleted_models": cleanup.deleted_models,
        "urls": cleanup.urls() if options.return_file_urls else None,
    }
    return answer, merged([cleanup, later])


def merged(cleanups: Iterable[Cleanup]) -> Cleanup:
    """One list of what is left to do, for tasks that were handled together."""
    result = Cleanup()
    for one in cleanups:
        result.files += one.files
        result.task_ids += [key for key in one.task_ids if key not in result.task_ids]
        result.model_ids += one.model_ids
    return result


def finish(call: Call, cleanup: Cleanup, *, delete_external_artifacts: bool) -> None:
    """Remove the events of tasks and of models deleted with them, and queue the files that nobody names any more.

    When the call returns no event is seen. Runs after the documents changed: what fails here leaves them changed.
    """
    gone = cleanup.task_ids + cleanup.model_ids
    if not gone:
        return
    files = delete_external_artifacts and url_deletion.enabled(call.settings)
    urls = [*cleanup.files, *call.events.urls(call.company, gone)] if files else []
    call.events.delete(call.company, gone)
    if urls:
        with call.documents.transaction():
            url_deletion.schedule(call, gone[0], urls)


def _check_deletable(task: Document, *, force: bool) -> None:
    status = task_access.status_of(task)
    archived = task_status.ARCHIVED in (task.get("system_tags") or ())
    if status != task_status.CREATED and not archived and not force:
        raise errors.TaskCannotBeDeleted("neither a draft nor archived", task=task["id"], expected=task_status.CREATED, current=status)


def _checked_models(call: Call, task: Document, options: Options) -> task_models.Models:
    models = task_models.of_task(call, task)
    if options.force:
        return models
    published = Eq("parent", task["id"]) & Eq("status", task_status.PUBLISHED) & scope.own_or_public(call.company)
    if children := call.documents.count(TASKS, published):
        raise errors.TaskCannotBeDeleted("has published children", task=task["id"], children=children)
    task_models.check_none_ready(task, models)
    return models


def _clean(call: Call, task: Document, models: task_models.Models, options: Options, *, deleting: bool) -> Cleanup:
    """What happens to the models and children of a task (table of spec 3 §11.0)."""
    drafts = models.drafts
    cleanup = Cleanup(task_ids=[task["id"]])
    stored = ((task.get("execution") or {}).get("artifacts") or {}).values()
    outputs = [item for item in stored if item.get("mode", artifacts.OUTPUT) == artifacts.OUTPUT]
    cleanup.artifact_urls = [item["uri"] for item in outputs if item.get("uri")]
    cleanup.model_urls = [model["uri"] for model in drafts if model.get("uri")]
    cleanup.files = list(cleanup.artifact_urls)
    if options.delete_output_models:
        # NOTE: the files of models that are kept are named in the answer, as clients know it, but never queued
        # (docs/decisions/0061-kept-models-keep-files.md).
        cleanup.files += cleanup.model_urls
        cleanup.model_ids = task_models.delete(call, drafts)
        cleanup.deleted_models = len(cleanup.model_ids)
        task_models.forget_task(call, models.busy)
        left = models.ready
    else:
        left = drafts + models.busy + models.ready
    if not deleting:
        task_models.forget_task(call, left)
        return cleanup
    cleanup.updated_models = task_models.mark_task_deleted(call, left, task["id"])
    children = Eq("parent", task["id"]) & scope.own(call.company)
    orphaned = [Set("parent", DELETED + task["id"]), *task_access.changed(call, updated=False)]
    cleanup.updated_children = call.documents.update_many(TASKS, children, *orphaned).matched
    return cleanup


def _delete_one(call: Call, task: Document, models: task_models.Models, options: Options, *, move_to_trash: bool) -> Cleanup:
    task_queueing.leave_all_queues(call, task)
    cleanup = _clean(call, task, models, options, deleting=True)
    if move_to_trash:
        call.documents.replace(TRASHED_TASKS, {**task, "last_update": call.now})
    call.documents.delete(TASKS, Eq("id", task["id"]) & scope.own(call.company))
    task_access.touch_projects(call, [task.get("project")])
    return cleanup


def _delete_steps(call: Call, task_id: str, options: Options, later: Cleanup, *, move_to_trash: bool) -> None:
    """The steps of a pipeline; unlike the reference, their events and files are removed too (spec 3 §11.2 allows it).

    NOTE: controllers among its children are runs that were started from this one. They stay (docs/decisions/0101-runs-are-no-steps.md).
    """
    forced = Options(force=True, delete_output_models=options.delete_output_models)
    steps = Eq("parent", task_id) & Ne("type", CONTROLLER) & scope.own(call.company)
    for step in call.documents.list(TASKS, steps):
        cleanup = _delete_one(call, step, _checked_models(call, step, forced), forced, move_to_trash=move_to_trash)
        later.files += cleanup.files
        later.task_ids.append(step["id"])
        later.model_ids += cleanup.model_ids


def _reset_changes(task: Document, *, clear_all: bool) -> Sequence[Change]:
    changes: list[Change] = [
        Set("last_iteration", 0), Set("last_metrics", {}), Set("unique_metrics", []), Set("metric_stats", {}),
        Set("models.output", []), Set("runtime", {}), *(Unset(path) for path in _CLEARED),
    ]  # fmt: skip
    if clear_all:
        return [*changes, Set("execution", execution_defaults()), Unset("script")]
    changes.append(Unset("execution.queue"))
    if stored := (task.get("execution") or {}).get("artifacts"):
        changes.append(Set("execution.artifacts", {k: v for k, v in stored.items() if v.get("mode") == artifacts.INPUT}))
    return changes
