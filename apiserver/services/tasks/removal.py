"""Resetting and deleting tasks. Source: spec 3 §11, §13."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import tasks as shapes
from apiserver.logic import batch, task_delete
from apiserver.logic.task_delete import Cleanup, Options


def reset(call: Call, request: shapes.ResetRequest) -> dict[str, Any]:
    """Take a task back to draft, without what its run produced."""
    answer, cleanup = task_delete.reset(call, request.task, _options(request), clear_all=request.clear_all)
    task_delete.finish(call, cleanup, delete_external_artifacts=request.delete_external_artifacts)
    return {**answer, "events": {}}


def reset_many(call: Call, request: shapes.ResetManyRequest) -> dict[str, Any]:
    """`reset` for each id; events and files of all of them at the end."""
    cleanups: list[Cleanup] = []

    def one(task_id: str) -> dict[str, Any]:
        answer, cleanup = task_delete.reset(call, task_id, _options(request), clear_all=request.clear_all)
        cleanups.append(cleanup)
        return {**answer, "dequeued": bool(answer["dequeued"])}

    answer = batch.each(request.ids, one)
    task_delete.finish(call, task_delete.merged(cleanups), delete_external_artifacts=request.delete_external_artifacts)
    return answer


def delete(call: Call, request: shapes.DeleteRequest) -> dict[str, Any]:
    """Delete a task with its drafts, events and files."""
    answer, cleanup = _delete(call, request.task, request)
    task_delete.finish(call, cleanup, delete_external_artifacts=request.delete_external_artifacts)
    return answer


def delete_many(call: Call, request: shapes.DeleteManyRequest) -> dict[str, Any]:
    """`delete` for each id; events and files of all of them at the end."""
    cleanups: list[Cleanup] = []

    def one(task_id: str) -> dict[str, Any]:
        answer, cleanup = _delete(call, task_id, request)
        cleanups.append(cleanup)
        return answer

    answer = batch.each(request.ids, one)
    task_delete.finish(call, task_delete.merged(cleanups), delete_external_artifacts=request.delete_external_artifacts)
    return answer


_Any = shapes.ResetRequest | shapes.ResetManyRequest | shapes.DeleteRequest | shapes.DeleteManyRequest


def _options(request: _Any) -> Options:
    return Options(force=request.force, delete_output_models=request.delete_output_models, return_file_urls=request.return_file_urls)


def _delete(call: Call, task_id: str, request: shapes.DeleteRequest | shapes.DeleteManyRequest) -> tuple[dict[str, Any], Cleanup]:
    return task_delete.delete(
        call, task_id, _options(request), move_to_trash=request.move_to_trash, with_steps=request.include_pipeline_steps
    )
