"""Three processes over the same stores, each with a scheduler: one runs the jobs, and another when that one is killed."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from apiserver.jobs.schedule import HOLDER, Scheduler
from apiserver.jobs.table import Job
from apiserver.stores.backend import Backend
from apiserver.testing.server import client
from apiserver.testing.stacks import place

FORK = multiprocessing.get_context("fork")
WAIT_S = 60.0


def work(stores: Mapping[str, Any], done: Path) -> None:
    """A process whose job writes down who it is, ten times a second."""

    def count(backend: Backend) -> str:
        with done.open("a") as lines:
            lines.write(f"{os.getpid()}\n")
        return ""

    with client(stores) as api:
        Scheduler(api.backend, {"count": Job("count", "counts", count, lambda settings: 0.1)}, tick_s=0.05).run()


@contextmanager
def working(stores: Mapping[str, Any], done: Path, count: int) -> Iterator[dict[int, BaseProcess]]:
    """So many of them, by their ids."""
    processes = [FORK.Process(target=work, args=(stores, done), daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield {process.pid or 0: process for process in processes}
    finally:
        for process in processes:
            process.kill()
            process.join()


def turns(done: Path) -> list[int]:
    """Who ran the job, one after the other."""
    return [int(pid) for pid, _ in groupby(done.read_text().split())] if done.exists() else []


def test_another_process_takes_over(tmp_path: Path) -> None:
    """When the one that runs the jobs was killed (kill -9) and its entry is gone, one other goes on; never do two take turns."""
    done = tmp_path / "done"
    with place(tmp_path / "data") as stores, working(stores, done, 3) as processes, client(stores) as api:
        for number in range(1, 4):
            end = time.monotonic() + WAIT_S
            while len(turns(done)) < number:
                assert time.monotonic() < end, f"nobody took over: {turns(done)}"
                time.sleep(0.05)
            processes[turns(done)[-1]].kill()
            processes[turns(done)[-1]].join()
            time.sleep(0.3)  # so that another one would show itself
            assert len(turns(done)) == number
            api.backend.state.delete(HOLDER)  # as if its time had passed
        assert sorted(turns(done)) == sorted(processes)
