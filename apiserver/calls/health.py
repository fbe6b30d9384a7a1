"""Whether this process can serve: asks each store, and which engine it is. docs/processes.md has the two addresses."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

from attrs import define, field, frozen

from apiserver.stores.backend import Backend
from apiserver.stores.errors import StoreError

log = logging.getLogger(__name__)

KEPT_S = 1.0
"""Probes within this time get the same answer, so that many of them do not ask the databases more often."""


@frozen
class Readiness:
    """parts: {store: whether it answers}."""

    parts: Mapping[str, bool]

    @property
    def ready(self) -> bool:
        return all(self.parts.values())


@define
class Health:
    """Asks the stores, one caller at a time."""

    backend: Backend
    _lock: threading.Lock = field(factory=threading.Lock)
    _last: Readiness | None = None
    _asked_at: float = 0.0

    def readiness(self) -> Readiness:
        """What each store answers. Why one does not is in the log: the answer is for everybody."""
        with self._lock:
            if self._last is None or time.monotonic() - self._asked_at > KEPT_S:
                self._last = Readiness({name: _answers(name, self.backend) for name in ("documents", "events", "state", "statistics")})
                self._asked_at = time.monotonic()
            return self._last


def _answers(name: str, backend: Backend) -> bool:
    try:
        getattr(backend, name).ping()
    except StoreError as error:
        log.warning("not ready: %s: %s", name, error)
        return False
    return True
