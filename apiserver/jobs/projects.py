"""Completes changes of projects whose process died in the middle. docs/projects.md is the page."""

from __future__ import annotations

from apiserver.logic import project_changes
from apiserver.stores.backend import Backend


def complete_changes(backend: Backend) -> str:
    """All that are half done, except where a live process is at it."""
    done = project_changes.complete_interrupted(backend, patient=True)
    return f"{done} interrupted changes of projects completed" if done else ""
