"""The watchdog stops tasks that say they run and are silent, and leaves everything else alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from apiserver import clock
from apiserver.jobs.watchdog import stop_silent_tasks
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.registry import open_embedded


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    settings = Settings.from_dict({"services.tasks.non_responsive_tasks_watchdog": {"threshold_sec": 60}})
    opened = open_embedded(tmp_path, settings)
    yield opened
    opened.close()


def add(backend: Backend, name: str, status: str, silent_s: int) -> None:
    then = clock.now() - timedelta(seconds=silent_s)
    task = {"id": name, "company": f"company of {name}", "status": status, "last_update": then, "project": f"p-{name}", "last_worker": "w"}
    backend.documents.insert(TASKS, task)
    backend.documents.insert(PROJECTS, {"id": f"p-{name}", "company": task["company"], "name": name, "last_update": then})


def test_only_silent_running_tasks_are_stopped(backend: Backend) -> None:
    add(backend, "silent", "in_progress", 61)
    add(backend, "alive", "in_progress", 30)
    add(backend, "queued", "queued", 1000)
    assert stop_silent_tasks(backend) == "1 silent tasks stopped"
    status = {task["id"]: task["status"] for task in backend.documents.list(TASKS)}
    assert status == {"silent": "stopped", "alive": "in_progress", "queued": "queued"}
    assert stop_silent_tasks(backend) == ""


def test_what_a_stopped_task_says(backend: Backend) -> None:
    """Source: spec 3 §14.2: no end time, and the worker stays."""
    add(backend, "silent", "in_progress", 61)
    stop_silent_tasks(backend)
    task = backend.documents.get(TASKS, "silent")
    assert task["status_reason"] == task["status_message"] == "Forced stop (non-responsive)"
    assert task["last_changed_by"] == "__apiserver__"
    assert task["last_worker"] == "w"
    assert "completed" not in task
    assert task["status_changed"] == task["last_update"] == task["last_change"]
    assert backend.documents.get(PROJECTS, "p-silent")["last_update"] == task["last_update"]
