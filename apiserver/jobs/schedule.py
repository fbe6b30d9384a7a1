"""Runs the background jobs at their times, in one process of all that share the stores.

Which one is decided by an entry of the state store that its holder renews; when the holder dies, the entry expires and another process
takes over, with every job a full interval away. docs/jobs.md is the page.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping

from apiserver.jobs.table import JOBS, Job
from apiserver.stores.backend import Backend
from apiserver.stores.errors import StoreError

log = logging.getLogger(__name__)

HOLDER = "jobs:holder"
HELD_S = 60.0
TICK_S = 10.0


class Scheduler(threading.Thread):
    """One thread. `stop` ends it after the job that runs."""

    def __init__(self, backend: Backend, jobs: Mapping[str, Job] = JOBS, *, tick_s: float = TICK_S) -> None:
        super().__init__(name="jobs", daemon=True)
        self._backend = backend
        self._jobs = jobs
        self._tick_s = tick_s
        self._stop_asked = threading.Event()
        # NOTE: the machine and the process are for people who look who it is.
        self._id = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex}"
        self._holds = False
        self._due: dict[str, float] = {}

    def run(self) -> None:
        while not self._stop_asked.wait(self._tick_s):
            self.tick(time.monotonic())
        self._give_back()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop_asked.set()

    def tick(self, now_s: float) -> None:
        """Hold or take the entry, then run what is due. now_s: of a clock that never goes back."""
        if not self._elected():
            self._due.clear()
            return
        for job in self._jobs.values():
            every_s = job.every_s(self._backend.settings)
            if every_s is None:
                continue
            # NOTE: first one interval after the take-over: clients get the time to report after an outage before they count as silent.
            if now_s >= self._due.setdefault(job.name, now_s + every_s) and self._elected():
                self._run(job)
                self._due[job.name] = now_s + every_s

    def _run(self, job: Job) -> None:
        try:
            done = job.run(self._backend)
        except Exception:
            log.exception("the job %s failed; it will run again at its next time", job.name)
            return
        if done:
            log.info("%s: %s", job.name, done)

    def _elected(self) -> bool:
        state = self._backend.state
        try:
            if self._holds and state.compare_and_set(HOLDER, self._id, self._id, ttl_s=HELD_S):
                return True
            self._holds = state.set_if_absent(HOLDER, self._id, ttl_s=HELD_S)
        except StoreError as error:
            log.warning("the state store cannot be asked who runs the jobs: %s", error)
            self._holds = False
        return self._holds

    def _give_back(self) -> None:
        if self._holds:
            try:
                self._backend.state.compare_and_set(HOLDER, self._id, None)
            except StoreError:
                log.debug("the entry of the jobs' holder stays until it expires")
