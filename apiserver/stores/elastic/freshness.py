"""Freshness: a search sees everything that was acknowledged before, without a refresh on each write. Proof: docs/events.md."""

from __future__ import annotations

import secrets
import threading
import zlib
from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field

from apiserver.stores.elastic.client import Elastic
from apiserver.stores.errors import Unavailable
from apiserver.stores.state import StateStore

PARTS = 64
"""Tasks of an index are told apart in so many groups."""


@define(eq=False)
class Freshness:
    """Shared by the threads of a process; processes meet in the state store."""

    elastic: Elastic
    state: StateStore
    _seen: dict[str, str] = field(factory=dict)
    """The mark of each group as it was before the last refresh of its index by this process."""
    _locks: dict[str, threading.Lock] = field(factory=dict)

    def wrote(self, index: str, owners: Iterable[str]) -> None:
        """Documents of the owners were stored. To be called before that is acknowledged."""
        for key in sorted({_key(index, owner) for owner in owners}):
            self.state.set(key, secrets.token_hex(8))

    def refresh(self, index: str) -> None:
        """Whatever was acknowledged before can be found, of all owners."""
        answer = self.elastic.ask("POST", f"/{index}/_refresh", parameters={"ignore_unavailable": "true", "allow_no_indices": "true"})
        if answer["_shards"]["failed"]:
            raise Unavailable(f"Elasticsearch could not refresh {index}", cause="the event store cannot answer now")

    def ensure(self, index: str, owners: Iterable[str]) -> None:
        """Whatever of the owners was acknowledged before this call can be found after it."""
        keys = sorted({_key(index, owner) for owner in owners})
        marks = self._marks(keys)
        if not self._stale(marks):
            return
        with self._locks.setdefault(index, threading.Lock()):
            # PERF: another thread may have done it while this one waited.
            if not self._stale(marks):
                return
            every = [f"{_prefix(index)}{part}" for part in range(PARTS)]
            found = dict(zip(every, self.state.get_many(every), strict=True))
            self.refresh(index)
            self._seen.update(marks)
            self._seen.update({key: mark for key, mark in found.items() if mark is not None})

    def _stale(self, marks: Mapping[str, str]) -> bool:
        return any(self._seen.get(key) != mark for key, mark in marks.items())

    def _marks(self, keys: Sequence[str]) -> dict[str, str]:
        """NOTE: a missing mark (new, or lost with the state store's data) becomes one, since nothing could be told from its absence."""
        found: dict[str, str] = {}
        for key, known in zip(keys, self.state.get_many(keys), strict=True):
            made = secrets.token_hex(8)
            if known is None and not self.state.set_if_absent(key, made):
                known = self.state.get(key)  # noqa: PLW2901
            found[key] = known or made
        return found


@define(eq=False)
class OnlyReading(Freshness):
    """Of a store that is only read, and leaves no mark: what was acknowledged before the first question about an index is found."""

    _done: set[str] = field(factory=set)

    def ensure(self, index: str, owners: Iterable[str]) -> None:
        if index not in self._done:
            self.refresh(index)
            self._done.add(index)


def _prefix(index: str) -> str:
    return f"events_written:{index}:"


def _key(index: str, owner: str) -> str:
    return f"{_prefix(index)}{zlib.crc32(owner.encode()) % PARTS}"
