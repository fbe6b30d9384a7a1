"""One fixture for each store interface, over all its engines. An engine that needs a server is skipped, with the reason, without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(params=["sqlite", "sqlite small blocks", *ELASTIC])
def events(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    """A clean event store."""
    from apiserver.stores.sqlite.events import SqliteEventStore
    from apiserver.stores.sqlite.events_packing import DEFAULT
    from apiserver.stores.sqlite.state import SqliteStateStore

    if request.param in ELASTIC:
        state = SqliteStateStore(tmp_path / "state.db")
        with elastic_events(shared(ELASTIC[request.param]), state) as events:
            yield events
        state.close()
        return
    store = SqliteEventStore(tmp_path / "events.db", sizes=DEFAULT if request.param == "sqlite" else SMALL)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", *ELASTIC])
def statistics(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StatisticsStore]:
    """A clean store of statistics."""
    from apiserver.stores.sqlite.state import SqliteStateStore
    from apiserver.stores.sqlite.statistics import SqliteStatisticsStore

    if request.param in ELASTIC:
        state = SqliteStateStore(tmp_path / "state.db")
        with elastic_statistics(shared(ELASTIC[request.param]), state) as statistics:
            yield statistics
        state.close()
        return
    store = SqliteStatisticsStore(tmp_path / "statistics.db")
    yield store
    store.close()
