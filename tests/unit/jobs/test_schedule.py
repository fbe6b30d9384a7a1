"""Background jobs: one process runs them, each at its time; a failing one does not stop the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apiserver.jobs.schedule import HOLDER, Scheduler
from apiserver.jobs.table import JOBS, Job
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.registry import open_embedded


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    opened = open_embedded(tmp_path, Settings({}))
    yield opened
    opened.close()


def counting(name: str, done: list[str], every_s: float | None = 100.0) -> dict[str, Job]:
    def work(backend: Backend) -> str:
        done.append(name)
        return ""

    return {name: Job(name, "counts", work, lambda settings: every_s)}


def test_a_job_first_waits_its_interval(backend: Backend) -> None:
    done: list[str] = []
    scheduler = Scheduler(backend, counting("a", done))
    for now_s in (0, 50, 99, 100, 150, 201):
        scheduler.tick(now_s)
    assert done == ["a", "a"]


def test_a_job_that_is_off_does_not_run(backend: Backend) -> None:
    done: list[str] = []
    scheduler = Scheduler(backend, counting("a", done, None))
    scheduler.tick(0)
    scheduler.tick(1e9)
    assert done == []


def test_one_of_several_processes_runs_the_jobs_and_another_takes_over(backend: Backend) -> None:
    done: list[str] = []
    first, second = Scheduler(backend, counting("first", done)), Scheduler(backend, counting("second", done))
    for now_s in (0, 101):
        first.tick(now_s)
        second.tick(now_s)
    assert done == ["first"]
    backend.state.delete(HOLDER)  # the first one died, and its entry expired
    for now_s in (102, 203):
        second.tick(now_s)
        first.tick(now_s)
    assert done == ["first", "second"]


def test_a_failing_job_does_not_stop_the_others(backend: Backend) -> None:
    done: list[str] = []

    def fail(backend: Backend) -> str:
        raise RuntimeError("on purpose")

    jobs = {"bad": Job("bad", "fails", fail, lambda settings: 1.0), **counting("good", done, 1.0)}
    scheduler = Scheduler(backend, jobs)
    for now_s in (0, 1, 2):
        scheduler.tick(now_s)
    assert done == ["good", "good"]


def test_a_stopped_scheduler_gives_the_work_back(backend: Backend) -> None:
    scheduler = Scheduler(backend, {}, tick_s=0.01)
    scheduler.tick(0)
    assert backend.state.get(HOLDER)
    scheduler.start()
    scheduler.stop()
    scheduler.join(10)
    assert backend.state.get(HOLDER) is None


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_every_job_runs_on_empty_stores(backend: Backend, job: Job) -> None:
    assert job.run(backend) == ""
    every_s = job.every_s(Settings({}))
    assert every_s is None or every_s > 0
