"""Deleting projects. Source: spec 2 §8.10."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import projects as shapes
from apiserver.logic import project_changes, project_delete, projects, tag_cache


def validate_delete(call: Call, request: shapes.ValidateDeleteRequest) -> dict[str, Any]:
    """What a project and all below it hold, and how much of it stands in the way of deleting them."""
    return project_delete.counts(call, project_delete.tree(call, projects.writable(call, request.project)))


def delete(call: Call, request: shapes.DeleteRequest) -> dict[str, Any]:
    """Delete a project with all below it; tasks and models go too, or stay without a project."""
    with project_changes.alone(call) as keep:
        found = project_delete.tree(call, projects.writable(call, request.project))
        if not request.force:
            project_delete.check(call, found)
        gone = project_delete.gather(call, found) if request.delete_contents else None
        figures, change, taken = project_changes.delete(call, keep, found, gone, files=request.delete_external_artifacts)
    project_changes.finish_delete(call, change)
    tag_cache.forget(call, [*found.all, *(found.root.get("path") or ())])
    return {**figures, "urls": None if gone is None else _left(gone, taken)}


def _left(gone: project_delete.Contents, taken: set[str]) -> dict[str, list[str]]:
    """The urls that the caller has to see to. QUIRK: spec 2 §8.10: those of events are never told."""
    return {
        "model_urls": [url for url in gone.model_urls if url not in taken],
        "artifact_urls": [url for url in gone.artifact_urls if url not in taken],
        "event_urls": [],
    }
