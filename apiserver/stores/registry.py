"""Which engines serve the stores. The only module that names engines; each is imported when configuration asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.documents import DocumentStore
from apiserver.stores.errors import StoreError
from apiserver.stores.events import EventStore
from apiserver.stores.state import StateStore
from apiserver.stores.statistics import StatisticsStore


def open_backend(settings: Settings) -> Backend:
    """The backend that the settings ask for. Raises: StoreError with one clear line."""
    engine = settings.get("stores.engine", "embedded")
    if engine == "embedded":
        return open_embedded(Path(str(settings.get("data.dir", "data"))).expanduser(), settings)
    raise StoreError(f"stores.engine: unknown engine {engine!r} (this release has: embedded)")


def open_elastic(settings: Settings, state: StateStore) -> tuple[EventStore, StatisticsStore]:
    """Events and statistics on the Elasticsearch of `hosts.elastic`. Raises: StoreError with one clear line, Unavailable."""
    from apiserver.stores.elastic import opening
    from apiserver.stores.elastic.events import ElasticEventStore
    from apiserver.stores.elastic.statistics import ElasticStatisticsStore

    layout = opening.layout(settings)
    events = ElasticEventStore(opening.cluster(settings, "events"), state, layout=layout)
    statistics = ElasticStatisticsStore(opening.cluster(settings, "workers"), state, layout=layout)
    for store in (events, statistics):
        store.prepare()
        # NOTE: sockets do not survive a fork.
        store.close()
    return events, statistics


def open_embedded(folder: Path, settings: Settings) -> Backend:
    """SQLite files in the folder, which is made when missing. Raises: NewerFile, Unavailable."""
    from apiserver.stores.sqlite.connection import Options
    from apiserver.stores.sqlite.documents import SqliteDocumentStore
    from apiserver.stores.sqlite.events import SqliteEventStore
    from apiserver.stores.sqlite.state import SqliteStateStore
    from apiserver.stores.sqlite.statistics import SqliteStatisticsStore

    def setting(name: str, default: Any) -> Any:
        found = settings.get(f"stores.sqlite.{name}", default)
        return default if found is None else found

    options = Options(
        synchronous="FULL" if str(setting("survive", "kill")) == "power_loss" else "NORMAL",
        busy_timeout_s=float(setting("busy_timeout_s", 30)),
        cache_kib=int(setting("cache_kib", 8192)),
    )
    return Backend(
        documents=SqliteDocumentStore(folder / "documents.db", options=options),
        events=SqliteEventStore(folder / "events.db", options=options),
        state=SqliteStateStore(folder / "state.db", options=options),
        settings=settings,
        statistics=SqliteStatisticsStore(folder / "statistics.db", options=options),
    )


def open_mongo(settings: Settings) -> DocumentStore:
    """Documents on the MongoDB of `hosts.mongo`. Raises: StoreError with one clear line, Unavailable."""
    from apiserver.stores.mongo.connection import Options, place
    from apiserver.stores.mongo.documents import MongoDocumentStore

    credentials = settings.get("secure.mongo") or {}
    places = {name: place(name, settings.get(f"hosts.mongo.{name}") or {}, credentials) for name in ("backend", "auth")}
    options = Options(
        timeout_s=float(settings.get("stores.mongo.timeout_s", 60)),
        connect_timeout_s=float(settings.get("stores.mongo.connect_timeout_s", 5)),
        journal=bool(settings.get("stores.mongo.journal", True)),
        pool=int(settings.get("stores.mongo.pool", 100)),
    )
    return MongoDocumentStore(
        places,
        options=options,
        disk_for_sort=bool(settings.get("services._mongo.allow_disk_use.sort", True)),
        disk_for_groups=bool(settings.get("services._mongo.allow_disk_use.aggregate", True)),
    )
