"""Which stack tests of services, of the contract and of the command run on: `TRACKYARD_TEST_STACK=embedded` (default) or `scaleout`.

Every server in a test gets a place of its own on the stack: a folder, or databases, indices and keys with a name that no other test
process uses. Names are used again by later tests of the process, emptied before.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import evolve

from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import ALL
from apiserver.stores.errors import StoreError
from apiserver.stores.filters import EVERYTHING
from apiserver.stores.registry import open_backend

VARIABLE = "TRACKYARD_TEST_STACK"
EMBEDDED, SCALE_OUT = "embedded", "scaleout"

servers: dict[str, Callable[[], str]] = {}
"""{engine: what gives the address of a running server}; `tests/servers/stack.py` fills it."""

_taken: set[int] = set()
_open: dict[str, Backend] = {}
_names: dict[int, str] = {}


def stack() -> str:
    """Which one. Raises: ValueError for a word that is none."""
    named = os.environ.get(VARIABLE) or EMBEDDED
    if named not in (EMBEDDED, SCALE_OUT):
        raise ValueError(f"{VARIABLE} has to be {EMBEDDED} or {SCALE_OUT}, not {named!r} (make test STACK=both runs both)")
    return named


@contextmanager
def place(folder: Path, *, on: str = "") -> Iterator[dict[str, Any]]:
    """{setting: value} that name clean stores, until the block ends. folder: for what is kept in files; on: a stack, else the tests'."""
    if (on or stack()) == EMBEDDED:
        yield {"data.dir": str(folder)}
        return
    number = next(n for n in itertools.count() if n not in _taken)
    _taken.add(number)
    try:
        found = _scale_out(f"{_process_name()}-{number}")
        _empty(_kept_open(found))
        yield {"data.dir": str(folder), **found}
    finally:
        _taken.remove(number)


@contextmanager
def opened(found: Mapping[str, Any], settings: Settings) -> Iterator[Backend]:
    """The stores of a place, with these settings.

    PERF: database servers: connected and prepared once for a place (a second), unless the settings say that they are elsewhere.
    """
    if "stores.engine" in found and all(settings.get(path) == value for path, value in found.items()):
        yield evolve(_kept_open(found), settings=settings)
        return
    backend = open_backend(settings)
    try:
        yield backend
    finally:
        backend.close()


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """The settings as variables for a process of ours."""
    return {"TRACKYARD__" + path.replace(".", "__"): json.dumps(value) for path, value in settings.items()}


def again(backend: Backend) -> Backend:
    """Other connections to the same stores, as another process would have. To be closed."""
    return open_backend(backend.settings)


def _process_name() -> str:
    """NOTE: not that of the parent in a forked test process."""
    return _names.setdefault(os.getpid(), f"test-{uuid.uuid4().hex[:10]}")


def _scale_out(name: str) -> dict[str, Any]:
    mongo, elastic, redis = (servers[engine]() for engine in ("mongo", "elastic", "redis"))
    return {
        "stores.engine": SCALE_OUT,
        **{f"hosts.mongo.{alias}": {"host": mongo, "name": f"{name}-{alias}"} for alias in ("backend", "auth")},
        **{f"hosts.elastic.{alias}": {"hosts": [elastic]} for alias in ("events", "workers")},
        "stores.elastic.index_prefix": f"{name}-",
        # PERF: no flush to disk at each write.
        "stores.elastic.index": {"number_of_shards": 1, "number_of_replicas": 0, "translog": {"durability": "async"}},
        **{f"hosts.redis.{alias}": {"url": f"{redis}/{db}"} for alias, db in (("apiserver", 0), ("workers", 4))},
        "stores.redis.prefix": f"{name}:",
    }


def _kept_open(found: Mapping[str, Any]) -> Backend:
    name = str(found["stores.redis.prefix"])
    if name not in _open:
        _open[name] = open_backend(Settings.from_dict(found))
        atexit.register(_remove, name, os.getpid())
    return _open[name]


def _empty(backend: Backend) -> None:
    """Take away what an earlier test left there."""
    from apiserver.stores.elastic import opening
    from apiserver.testing import elastic

    for collection in ALL:
        backend.documents.delete(collection, EVERYTHING)
    elastic.empty(opening.cluster(backend.settings, "events"), opening.layout(backend.settings))
    backend.state.delete(*backend.state.keys(""))


def _remove(name: str, pid: int) -> None:
    """At the end of the process: servers that are not the tests' own are left as they were."""
    from apiserver.stores.elastic import opening
    from apiserver.testing import backends, elastic

    if pid != os.getpid():
        return
    backend = _open[name]
    places = [backend.settings.get(f"hosts.mongo.{alias}") for alias in ("backend", "auth")]
    backends.drop_databases(places[0]["host"], [place["name"] for place in places])
    elastic.drop(opening.cluster(backend.settings, "events"), opening.layout(backend.settings))
    with suppress(StoreError):
        backend.state.delete(*backend.state.keys(""))
    backend.close()
