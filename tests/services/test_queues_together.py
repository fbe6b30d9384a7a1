"""Agents that take from one queue at the same moment."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apiserver.calls.call import Call, Identity
from apiserver.generated import errors
from apiserver.logic import queue_entries, queues
from apiserver.stores.backend import Backend
from apiserver.stores.collections import QUEUES
from apiserver.testing.documents_together import in_threads
from apiserver.testing.server import stores

REPOSITORY = Path(__file__).parents[2]
POPPER = Path(__file__).with_name("popper.py")
COMPANY = "company"


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with stores(tmp_path) as opened:
        yield opened


def as_someone(backend: Backend) -> Call:
    call = Call("queues.get_next_task", (2, 34), backend)
    call.identity = Identity("user", COMPANY, "user")
    return call


def waiting(backend: Backend, count: int) -> list[str]:
    """The tasks of a new queue `q`."""
    call = as_someone(backend)
    tasks = [f"task {number}" for number in range(count)]
    entries = [{"task": task, "added": call.now} for task in tasks]
    backend.documents.insert(QUEUES, {"id": "q", "company": COMPANY, "name": "queue", "entries": entries})
    return tasks


def test_no_entry_is_lost_or_taken_twice(backend: Backend) -> None:
    """16 threads of two processes empty a queue of 1,000."""
    tasks = waiting(backend, 1000)
    command = [sys.executable, str(POPPER), json.dumps(backend.settings.tree()), "q", COMPANY, "8"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    poppers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    for popper in poppers:
        assert popper.stdin is not None
        popper.stdin.write("go\n")
        popper.stdin.flush()
    taken = [line for popper in poppers for line in popper.communicate(timeout=120)[0].splitlines()]
    assert [popper.returncode for popper in poppers] == [0, 0]
    assert sorted(taken) == sorted(tasks)
    assert backend.documents.get(QUEUES, "q")["entries"] == []


def test_moving_and_taking_lose_nothing(backend: Backend) -> None:
    """While some take, others move and add: every entry is taken exactly once."""
    tasks = waiting(backend, 80)
    taken: list[str] = []

    def work(number: int) -> None:
        for turn in range(40):
            call = as_someone(backend)
            if number % 2:
                entry = queue_entries.take_next(call, "q")
                taken.extend([entry["task"]] if entry else [])
            elif turn % 4:
                for task in backend.documents.get(QUEUES, "q")["entries"][-1:]:
                    try_to_move(call, task["task"])
            else:
                queues.add(call, "q", f"new {number} {turn}")

    def try_to_move(call: Call, task: str) -> None:
        with contextlib.suppress(errors.InvalidQueueOrTaskNotQueued):  # somebody took it
            queue_entries.move(call, "q", task, -queue_entries.FAR)

    in_threads(8, work)
    left = [entry["task"] for entry in backend.documents.get(QUEUES, "q")["entries"]]
    added = [f"new {number} {turn}" for number in range(0, 8, 2) for turn in range(0, 40, 4)]
    assert sorted(taken + left) == sorted(tasks + added)
