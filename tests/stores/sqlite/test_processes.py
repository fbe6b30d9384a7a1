"""Several processes on one data folder, and processes that are killed in the middle of their writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apiserver.stores.backend import Backend
from apiserver.stores.errors import NotFound
from apiserver.testing.backends import embedded
from apiserver.testing.samples import SAMPLES

REPOSITORY = Path(__file__).parents[3]
WRITER = Path(__file__).with_name("writer.py")


def start(what: str, folder: Path) -> subprocess.Popen[str]:
    """A process that works on the folder and prints what was acknowledged to it."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, str(WRITER), what, str(folder)], stdout=subprocess.PIPE, text=True, env=environment)


def sound(backend: Backend) -> None:
    """SQLite's own check of the files."""
    stores: list[Any] = [backend.documents, backend.state]
    for store in stores:
        assert store._database.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("lines", [40, 333, 700])
def test_nothing_acknowledged_is_lost_when_a_process_is_killed(tmp_path: Path, lines: int) -> None:
    """After SIGKILL in the middle of writes of several threads the files open clean, with all that was answered."""
    process = start("write", tmp_path)
    assert process.stdout is not None
    printed = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    printed += process.stdout.readlines()
    process.wait()
    if not printed[-1].endswith("\n"):
        printed.pop()
    facts = [line.split() for line in printed]
    deleted = {key for what, key in facts if what == "deleted"}
    with embedded(tmp_path) as backend:
        sound(backend)
        for what, key in facts:
            if what == "state":
                assert backend.state.get(f"state:{key}") == key
                continue
            try:
                found = backend.documents.get(SAMPLES, key)
            except NotFound:
                number, turn = key.split("-")
                assert key in deleted or f"{number}-{int(turn) + 4}" in {k for w, k in facts if w == "state"}
                continue
            assert key not in deleted
            if what == "updated":
                assert (found["number"], found["tags"]) == (int(key.split("-")[1]), ["done"])


def test_no_entry_is_taken_twice_or_lost_by_two_processes(tmp_path: Path) -> None:
    """Two processes of three threads each empty one list together."""
    count = 400
    with embedded(tmp_path) as backend:
        backend.documents.insert(SAMPLES, *({"id": str(n), "company": str(n), "number": n} for n in range(count)))
        processes = [start("take", tmp_path) for _ in range(2)]
        taken = [process.communicate()[0].split() for process in processes]
        assert [process.returncode for process in processes] == [0, 0]
        assert sorted((key for keys in taken for key in keys), key=int) == [str(n) for n in range(count)]
        sound(backend)


def test_a_new_folder_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """Processes that start together on nothing do not trip over each other."""
    processes = [start("take", tmp_path / "new") for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
