"""StateStore: short-lived state shared by all processes (revoked sessions, scroll positions, workers, locks, caches).

The contract (`apiserver/testing/state.py` is its suite): keys and values are text; `ttl_s` counts from the write, and an expired key
is absent for every method at once; each call is one atomic step among all threads and processes; safe to make before a fork.
"""

from __future__ import annotations

import abc
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from apiserver.stores.errors import Unavailable

log = logging.getLogger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.002, 0.05


class StateStore(abc.ABC):
    """Text values by key, with expiry; sorted sets; locks."""

    @abc.abstractmethod
    def get(self, key: str) -> str | None:
        """The value, or None."""

    @abc.abstractmethod
    def get_many(self, keys: Sequence[str]) -> list[str | None]:
        """The values, in the order of the keys."""

    @abc.abstractmethod
    def set(self, key: str, value: str, *, ttl_s: float | None = None) -> None:
        """Store, replacing value and expiry."""

    @abc.abstractmethod
    def set_if_absent(self, key: str, value: str, *, ttl_s: float | None = None) -> bool:
        """Store only if nothing is there; whether it was stored."""

    @abc.abstractmethod
    def compare_and_set(self, key: str, expected: str | None, value: str | None, *, ttl_s: float | None = None) -> bool:
        """Store (None: delete) only if the current value is the expected one (None: absent); whether it was."""

    @abc.abstractmethod
    def increment(self, key: str, by: int = 1, *, ttl_s: float | None = None) -> int:
        """Add to an integer (absent: 0) and return it; ttl_s is set only when the key is made."""

    @abc.abstractmethod
    def delete(self, *keys: str) -> int:
        """Remove keys of any kind; how many there were."""

    @abc.abstractmethod
    def keys(self, prefix: str) -> list[str]:
        """All keys, of any kind, that begin so; sorted."""

    @abc.abstractmethod
    def add_member(self, key: str, member: str, score: float, *, ttl_s: float | None = None) -> None:
        """Put a member into the sorted set, or give it a new score. ttl_s renews the whole set's expiry; None leaves it."""

    @abc.abstractmethod
    def score(self, key: str, member: str) -> float | None:
        """The member's score, or None."""

    @abc.abstractmethod
    def members(self, key: str, *, above: float | None = None) -> list[str]:
        """Members by rising score; with `above`, those whose score is greater."""

    @abc.abstractmethod
    def remove_members(self, key: str, *members: str) -> int:
        """Take members out; how many were there."""

    @abc.abstractmethod
    def expire_members(self, key: str, *, up_to: float) -> int:
        """Take out members whose score is not above; how many."""

    @abc.abstractmethod
    def sweep(self) -> int:
        """Remove what has expired, where the engine does not do so by itself; how many."""

    @abc.abstractmethod
    def ping(self) -> None:
        """Raises: Unavailable."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of all connections; the store may be used again afterwards."""

    def lock(self, name: str, *, ttl_s: float, wait_s: float = 0) -> AbstractContextManager[bool]:
        """Hold the lock for the block; yields whether it was got within wait_s. A holder that dies loses it after ttl_s."""
        return self._lock(f"lock:{name}", ttl_s, wait_s)

    @contextmanager
    def held(self, key: str, *, ttl_s: float, wait_s: float) -> Iterator[None]:
        """The same under a key as it is, and kept for as long as the block takes. Raises: Unavailable when it was not got within wait_s."""
        with self._lock(key, ttl_s, wait_s) as got:
            if not got:
                raise Unavailable(f"another server holds {key} for longer than {wait_s:g} s: is it still starting?")
            done = threading.Event()
            renewing = threading.Thread(target=self._renew, args=(key, self.get(key), ttl_s, done), name="lock", daemon=True)
            renewing.start()
            try:
                yield
            finally:
                done.set()
                renewing.join()

    def _renew(self, key: str, token: str | None, ttl_s: float, done: threading.Event) -> None:
        while not done.wait(ttl_s / 3):
            try:
                if token is None or not self.compare_and_set(key, token, token, ttl_s=ttl_s):
                    log.warning("the lock %s was lost", key)
                    return
            except Unavailable as error:
                log.warning("the lock %s could not be renewed: %s", key, error)

    @contextmanager
    def _lock(self, key: str, ttl_s: float, wait_s: float) -> Iterator[bool]:
        token, deadline, pause = uuid.uuid4().hex, time.monotonic() + wait_s, _FIRST_WAIT_S
        got = self.set_if_absent(key, token, ttl_s=ttl_s)
        while not got and time.monotonic() < deadline:
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(pause * 2, _LONGEST_WAIT_S)
            # PERF: look before asking for a write.
            got = self.get(key) is None and self.set_if_absent(key, token, ttl_s=ttl_s)
        try:
            yield got
        finally:
            if got:
                self._release(key, token)

    def _release(self, key: str, token: str) -> None:
        """NOTE: the work under the lock is done; a store that is gone by now frees it by expiry."""
        try:
            self.compare_and_set(key, token, None)
        except Unavailable as error:
            log.warning("the lock %s is held until it expires: %s", key, error)

    def scan(self, prefix: str) -> Iterator[tuple[str, str]]:
        """(key, value) of the plain values whose keys begin so."""
        names = self.keys(prefix)
        for name, value in zip(names, self.get_many(names), strict=True):
            if value is not None:
                yield name, value
