"""Handlers of `pipelines.*`. Source: spec 5 §8; docs/pipelines.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated import pipelines as shapes
from apiserver.logic import batch, pipelines, task_access, task_create, task_delete, task_edit, task_queueing
from apiserver.logic.task_create import Copy
from apiserver.logic.task_delete import Cleanup, Options
from apiserver.logic.task_queueing import Destination
from apiserver.logic.task_status import Why
from apiserver.stores.documents import Document

_ARGS = "Args"


def start_pipeline(call: Call, request: shapes.StartPipelineRequest) -> dict[str, Any]:
    """Copy a run with new arguments and put the copy on a queue.

    QUIRK: spec 5 §8: when it cannot be put there, the copy remains as a draft.
    """
    if not request.queue:
        raise errors.InvalidQueueId(id=request.queue)
    source = task_access.readable(call, request.task)
    copy = Copy(name=pipelines.next_name(call, source), hyperparams=_hyperparams(source, request.args or ()))
    run, _ = task_create.clone(call, request.task, copy)
    queued, queue = task_queueing.enqueue(call, run["id"], Destination(request.queue), Why(message="Starting pipeline"))
    answer = {"pipeline": run["id"], "enqueued": bool(queued["queued"])}
    return {**answer, "queue_watched": task_queueing.watched(call, queue)} if request.verify_watched_queue else answer


def _hyperparams(source: Document, args: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Those of the source with these arguments over them."""
    hyperparams = task_edit.unescaped(source.get("hyperparams"))
    given = {arg["name"]: {"section": _ARGS, "name": arg["name"], "value": arg["value"]} for arg in args}
    return hyperparams | {_ARGS: hyperparams.get(_ARGS, {}) | given} if given else hyperparams


def delete_runs(call: Call, request: shapes.DeleteRunsRequest) -> dict[str, Any]:
    """Delete runs of a pipeline with their steps, models, events and files; what is no run of it is passed over.

    Raises: CannotRemoveAllRuns when none would be left.
    """
    runs = pipelines.runs(call, request.project)
    if not set(runs) - set(request.ids):
        raise errors.CannotRemoveAllRuns(project=request.project)
    cleanups: list[Cleanup] = []

    def one(run: str) -> dict[str, Any]:
        answer, cleanup = task_delete.delete(call, run, Options(force=True), with_steps=True)
        cleanups.append(cleanup)
        return answer

    wanted = set(runs)
    answer = batch.each((key for key in dict.fromkeys(request.ids) if key in wanted), one)
    task_delete.finish(call, task_delete.merged(cleanups), delete_external_artifacts=True)
    return answer
