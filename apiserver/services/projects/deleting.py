"""Deleting projects. Source: spec 2 §8.10."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import projects as shapes
from apiserver.logic import project_delete, projects, tag_cache


def validate_delete(call: Call, request: shapes.ValidateDeleteRequest) -> dict[str, Any]:
    """What a project and all below it hold, and how much of it stands in the way of deleting them."""
    return project_delete.counts(call, project_delete.tree(call, projects.writable(call, request.project)))


def delete(call: Call, request: shapes.DeleteRequest) -> dict[str, Any]:
    """Delete a project with all below it; tasks and models go too, or stay without a project."""
    found = project_delete.tree(call, projects.writable(call, request.project))
    if not request.force:
        project_delete.check(call, found)
    answer: dict[str, Any] = {"deleted": 0, "disassociated_tasks": 0, "deleted_models": 0, "deleted_tasks": 0, "urls": None}
    gone: project_delete.Contents | None = None
    with call.documents.transaction():
        if request.delete_contents:
            gone = project_delete.delete_contents(call, found)
            answer |= {"deleted_models": len(gone.models), "deleted_tasks": len(gone.tasks)}
        else:
            answer["disassociated_tasks"] = project_delete.disassociate(call, found)
        answer["deleted"] = project_delete.delete_projects(call, found)
    if gone is not None:
        answer["urls"] = project_delete.finish(call, found, gone, delete_files=request.delete_external_artifacts)
    tag_cache.forget(call, [*found.all, *(found.root.get("path") or ())])
    return answer
