"""The process tree: a gunicorn arbiter that loads the application once, and workers that share its memory.

docs/processes.md is the page. Gunicorn's own configuration files and variables are not read.
"""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker as AnyWorker

from apiserver.doors import Door
from apiserver.jobs.schedule import Scheduler
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.worker import Worker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)


class _Arbiter(Arbiter):  # type: ignore[misc]
    """Does one thing more, before it stops the workers."""

    def __init__(self, server: Server, before_stop: Callable[[], None]) -> None:
        self._before_stop = before_stop
        super().__init__(server)

    def stop(self, graceful: bool = True) -> None:
        self._before_stop()
        super().stop(graceful)


class Server(BaseApplication):  # type: ignore[misc]
    """Runs until a signal ends it.

    before_stop: called in the arbiter before the workers stop, so that they still answer; maybe twice.
    """

    def __init__(
        self, application: WSGIApplication, backend: Backend, doors: Iterable[Door], *, before_stop: Callable[[], None] | None = None
    ) -> None:
        self._before_stop = before_stop
        self._application = application
        self._backend = backend
        self._doors = list(doors)
        self._scheduler: Scheduler | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._configuration(self._backend.settings).items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        return self._application

    def run(self) -> None:
        if self._before_stop is None:
            super().run()
        else:
            _Arbiter(self, self._before_stop).run()

    def _configuration(self, settings: Settings) -> dict[str, Any]:
        def number(name: str, default: int) -> int:
            return int(settings.get(f"serve.{name}", default))

        return {
            "bind": [f"fd://{door.socket.fileno()}" for door in self._doors],
            "worker_class": Worker,
            "workers": number("workers", 2),
            "threads": number("threads", 16),
            "timeout": number("timeout_sec", 120),
            "graceful_timeout": number("graceful_timeout_sec", 10),
            "keepalive": number("keepalive_sec", 60),
            "max_requests": number("max_requests", 0),
            "max_requests_jitter": number("max_requests_jitter", 0),
            "preload_app": True,
            "proc_name": "trackyard",
            "loglevel": "warning",
            "accesslog": "-" if settings.get("logging.access", False) else None,
            # NOTE: no header of a request may change where the application is mounted.
            "forwarder_headers": "",
            "control_socket_disable": True,
            "limit_request_line": 8190,
            "post_worker_init": self._worker_started,
            "worker_exit": self._worker_ends,
            "when_ready": _share_memory,
        }

    def _worker_started(self, worker: AnyWorker) -> None:
        if self._before_stop is not None:
            # NOTE: Ctrl-C reaches the workers too, who have to answer until the arbiter stops them.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self._backend.settings.get("serve.jobs", True) and self._backend.unmigrated is None:
            self._scheduler = Scheduler(self._backend)
            self._scheduler.start()

    def _worker_ends(self, arbiter: Any, worker: AnyWorker) -> None:
        if self._scheduler is not None:
            self._scheduler.stop()
            self._scheduler.join(1.0)
        self._backend.close()


def _share_memory(arbiter: Any) -> None:
    """PERF: objects made so far are left alone by the collector, so that workers do not copy their pages by looking at them."""
    gc.collect()
    gc.freeze()
