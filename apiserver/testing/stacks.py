"""Which stack tests of services, of the contract and of the command run on: `TRACKYARD_TEST_STACK=embedded` (default) or `scaleout`.

Every server in a test gets a place of its own on the stack: a folder, or databases, indices and keys with a name that no other test
process uses. Names are used again by later tests of the process, emptied before.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve

from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.registry import open_backend
from apiserver.testing import snapshots
from apiserver.testing.snapshots import EMPTY, Snapshot

VARIABLE = "TRACKYARD_TEST_STACK"
EMBEDDED, SCALE_OUT = "embedded", "scaleout"
ENGINE = "stores.engine"

servers: dict[str, Callable[[], str]] = {}
"""{engine: what gives the address of a running server}; `tests/servers/stack.py` fills it."""

_taken: set[int] = set()
_kept: dict[str, snapshots.Contents] = {}
_names: dict[int, str] = {}


def stack() -> str:
    """Which one. Raises: ValueError for a word that is none."""
    named = os.environ.get(VARIABLE) or EMBEDDED
    if named not in (EMBEDDED, SCALE_OUT):
        raise ValueError(f"{VARIABLE} has to be {EMBEDDED} or {SCALE_OUT}, not {named!r} (make test STACK=both runs both)")
    return named


@contextmanager
def place(folder: Path, *, on: str = "", holds: Snapshot = EMPTY) -> Iterator[dict[str, Any]]:
    """{setting: value} that name stores, until the block ends.

    folder: for what is kept in files; on: a stack, else the tests'; holds: what is there at first, taken from a place of this stack.
    """
    if (on or stack()) == EMBEDDED:
        if holds.folder is not None:
            shutil.copytree(holds.folder.name, folder, dirs_exist_ok=True)
        yield {"data.dir": str(folder)}
        return
    number = next(n for n in itertools.count() if n not in _taken)
    _taken.add(number)
    try:
        found = _scale_out(f"{_process_name()}-{number}")
        _contents(found).put_back(holds)
        yield {"data.dir": str(folder), **found}
    finally:
        _taken.remove(number)


def taken(found: Mapping[str, Any]) -> Snapshot:
    """What a place holds. NOTE: files are copied as they are, so nobody may have them open."""
    if ENGINE in found:
        return _contents(found).taken()
    folder = tempfile.TemporaryDirectory(prefix="trackyard-snapshot-")
    shutil.copytree(found["data.dir"], folder.name, dirs_exist_ok=True)
    return Snapshot(folder=folder)


@contextmanager
def opened(found: Mapping[str, Any], settings: Settings) -> Iterator[Backend]:
    """The stores of a place, with these settings.

    PERF: database servers: connected and prepared once for a place (a second), unless the settings say that they are elsewhere.
    """
    if ENGINE in found and all(settings.get(path) == value for path, value in found.items()):
        yield evolve(_contents(found).backend, settings=settings)
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
        ENGINE: SCALE_OUT,
        **{f"hosts.mongo.{alias}": {"host": mongo, "name": f"{name}-{alias}"} for alias in ("backend", "auth")},
        **{f"hosts.elastic.{alias}": {"hosts": [elastic]} for alias in ("events", "workers")},
        "stores.elastic.index_prefix": f"{name}-",
        # PERF: no flush to disk at each write: 20 ms where others use the disk, too.
        "stores.mongo.journal": False,
        "stores.elastic.index": {"number_of_shards": 1, "number_of_replicas": 0, "translog": {"durability": "async"}},
        **{f"hosts.redis.{alias}": {"url": f"{redis}/{db}"} for alias, db in (("apiserver", 0), ("workers", 4))},
        "stores.redis.prefix": f"{name}:",
    }


def _contents(found: Mapping[str, Any]) -> snapshots.Contents:
    name = str(found["stores.redis.prefix"])
    if name not in _kept:
        _kept[name] = snapshots.Contents(open_backend(Settings.from_dict(found)))
        atexit.register(_remove, name, os.getpid())
    return _kept[name]


def _remove(name: str, pid: int) -> None:
    """At the end of the process: servers that are not the tests' own are left as they were."""
    if pid == os.getpid():
        _kept[name].drop()
