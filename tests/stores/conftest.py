"""One fixture for each store interface, over all its engines. An engine that needs a server is skipped, with the reason, without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from apiserver.stores.collections import ALL
from apiserver.stores.documents import DocumentStore
from apiserver.stores.events import EventStore
from apiserver.stores.state import StateStore
from apiserver.stores.statistics import StatisticsStore
from apiserver.testing.backends import mongo_documents, redis_state
from apiserver.testing.elastic import elastic_events, elastic_statistics
from apiserver.testing.samples import SAMPLES
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_7, ELASTIC_8
from tests.servers.mongo import MONGO
from tests.servers.redis import REDIS
from tests.stores.random_events import SMALL

ELASTIC = {"elastic 7": ELASTIC_7, "elastic 8": ELASTIC_8}


@pytest.fixture(params=["sqlite", "mongo"])
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DocumentStore]:
    """A clean document store."""
    from apiserver.stores.sqlite.documents import SqliteDocumentStore

    if request.param == "mongo":
        with mongo_documents(shared(MONGO), collections=(*ALL, SAMPLES)) as documents:
            yield documents
        return
    store = SqliteDocumentStore(tmp_path / "documents.db", collections=(*ALL, SAMPLES))
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "redis"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    """A clean state store."""
    if request.param == "redis":
        with redis_state(shared(REDIS)) as redis_store:
            yield redis_store
        return
    from apiserver.stores.sqlite.state import SqliteStateStore

    store = SqliteStateStore(tmp_path / "state.db")
    yield store
    store.close()


@pytest.fixture
def embedded_state(tmp_path: Path) -> Iterator[StateStore]:
    """Where the processes of an event store meet; none of what is tested."""
    from apiserver.stores.sqlite.state import SqliteStateStore

    store = SqliteStateStore(tmp_path / "state.db")
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "sqlite small blocks", *ELASTIC])
def events(request: pytest.FixtureRequest, embedded_state: StateStore, tmp_path: Path) -> Iterator[EventStore]:
    """A clean event store."""
    from apiserver.stores.sqlite.events import SqliteEventStore
    from apiserver.stores.sqlite.events_packing import DEFAULT

    embedded = partial(SqliteEventStore, sizes=DEFAULT if request.param == "sqlite" else SMALL)
    with _opened(request.param, tmp_path / "events.db", embedded, partial(elastic_events, state=embedded_state)) as store:
        yield store


@pytest.fixture(params=["sqlite", *ELASTIC])
def statistics(request: pytest.FixtureRequest, embedded_state: StateStore, tmp_path: Path) -> Iterator[StatisticsStore]:
    """A clean store of statistics."""
    from apiserver.stores.sqlite.statistics import SqliteStatisticsStore

    with _opened(
        request.param, tmp_path / "statistics.db", SqliteStatisticsStore, partial(elastic_statistics, state=embedded_state)
    ) as store:
        yield store


@contextmanager
def _opened(
    engine: str, file: Path, embedded: Callable[[Path], Any], elastic: Callable[[str], AbstractContextManager[Any]]
) -> Iterator[Any]:
    """The embedded engine on the file, or the other one on a server."""
    if engine in ELASTIC:
        with elastic(shared(ELASTIC[engine])) as store:
            yield store
        return
    store = embedded(file)
    yield store
    store.close()
