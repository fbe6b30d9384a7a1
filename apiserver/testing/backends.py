"""Opening clean backends for tests: each a context manager that closes what it opened."""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import ALL, Collection
from apiserver.stores.documents import DocumentStore
from apiserver.stores.filters import EVERYTHING
from apiserver.stores.registry import open_embedded
from apiserver.stores.state import StateStore


@contextmanager
def embedded(folder: Path, settings_overrides: Mapping[str, Any] | None = None) -> Iterator[Backend]:
    """SQLite files in the folder."""
    backend = open_embedded(folder, Settings.from_dict(settings_overrides or {}))
    try:
        yield backend
    finally:
        backend.close()


@contextmanager
def redis_state(address: str, *, prefix: str | None = None) -> Iterator[StateStore]:
    """A RedisStateStore on the server at the address (redis://host:port), under a prefix of its own, which is emptied afterwards."""
    from apiserver.stores.redis.connection import Place
    from apiserver.stores.redis.state import RedisStateStore

    places = [Place("hosts.redis.apiserver", {"url": f"{address}/0"}), Place("hosts.redis.workers", {"url": f"{address}/4"})]
    store = RedisStateStore(*places, prefix=f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}:" if prefix is None else prefix)
    try:
        yield store
        store.delete(*store.keys(""))
    finally:
        store.close()


def let_pass(state: StateStore, seconds: float) -> None:
    """Take so much off the time that values on Redis have left, since its clock is its own. On SQLite a test's `clock.now` does it."""
    from apiserver.stores.redis.state import RedisStateStore

    if not isinstance(state, RedisStateStore):
        return
    for database in (state._main, state._workers):
        for name in list(database.client.scan_iter(match=f"{state._prefix}*")):
            left_ms = database.client.pttl(name)
            if left_ms >= 0:
                database.client.pexpire(name, max(int(left_ms - seconds * 1000), 0))


@contextmanager
def mongo_documents(address: str, *, collections: Sequence[Collection] = ALL) -> Iterator[DocumentStore]:
    """A clean document store on a running MongoDB, in databases of this process.

    PERF: the databases and their indexes are made once in a process (1 s), emptied for each use (5 ms) and dropped at its end.
    """
    from apiserver.stores.mongo.connection import place
    from apiserver.stores.mongo.documents import MongoDocumentStore

    key = (address, os.getpid(), tuple(collection.name for collection in collections))
    if key not in _mongo:
        prefix = f"test_{uuid.uuid4().hex[:12]}"
        places = {name: place(name, {"host": address, "name": f"{prefix}_{name}"}) for name in ("backend", "auth")}
        _mongo[key] = MongoDocumentStore(places, collections=collections)
        atexit.register(_dropped, address, [where.database for where in places.values()], os.getpid())
    store = _mongo[key]
    for collection in collections:
        store.delete(collection, EVERYTHING)
    yield store


_mongo: dict[tuple[str, int, tuple[str, ...]], DocumentStore] = {}


def _dropped(address: str, databases: Sequence[str], pid: int) -> None:
    if os.getpid() == pid:
        drop_databases(address, databases)


def drop_databases(address: str, databases: Sequence[str]) -> None:
    """Remove databases of a MongoDB."""
    import pymongo

    with pymongo.MongoClient[Any](address, timeoutMS=5000, serverSelectionTimeoutMS=1000) as client, suppress(pymongo.errors.PyMongoError):
        for name in databases:
            client.drop_database(name)
