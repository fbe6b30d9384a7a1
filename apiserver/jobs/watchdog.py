"""Stops tasks that say they run and that nothing has been heard of for long. Source: spec 3 §14.2."""

from __future__ import annotations

from datetime import timedelta

from apiserver import clock
from apiserver.stores.backend import Backend
from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.filters import Eq, In, Range, Set

REASON = "Forced stop (non-responsive)"
CHANGED_BY = "__apiserver__"


def stop_silent_tasks(backend: Backend) -> str:
    """In all companies. A task that reports or changes its status meanwhile is left alone.

    NOTE: neither `completed` nor `active_duration` is set: when the task really ended is not known.
    """
    now = clock.now()
    threshold_s = float(backend.settings.get("services.tasks.non_responsive_tasks_watchdog.threshold_sec", 7200))
    silent = Eq("status", "in_progress") & Range("last_update", lt=now - timedelta(seconds=threshold_s))
    changes = {
        "status": "stopped",
        "status_reason": REASON,
        "status_message": REASON,
        "status_changed": now,
        "last_update": now,
        "last_change": now,
        "last_changed_by": CHANGED_BY,
    }
    stopped, projects = 0, set()
    for task in list(backend.documents.iterate(TASKS, silent, fields=["project"])):
        if backend.documents.update(TASKS, Eq("id", task["id"]) & silent, *(Set(name, value) for name, value in changes.items())).matched:
            stopped += 1
            projects.add(task.get("project"))
    touched = sorted(project for project in projects if project)
    if touched:
        backend.documents.update_many(PROJECTS, In("id", touched), Set("last_update", now))
    return f"{stopped} silent tasks stopped" if stopped else ""
