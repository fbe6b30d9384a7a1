"""Which engines serve the stores. The only module that names engines; each is imported when configuration asks for it."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.errors import Refused, StoreError, Unavailable

if TYPE_CHECKING:
    from apiserver.stores.documents import DocumentStore
    from apiserver.stores.events import EventStore
    from apiserver.stores.migrations import Migrations
    from apiserver.stores.mongo.connection import Options as MongoOptions
    from apiserver.stores.mongo.connection import Place
    from apiserver.stores.sqlite.connection import Options
    from apiserver.stores.state import StateStore
    from apiserver.stores.statistics import StatisticsStore

log = logging.getLogger(__name__)

EMBEDDED, SCALE_OUT = "embedded", "scaleout"
STACKS = {
    EMBEDDED: {"documents": "sqlite", "events": "sqlite", "statistics": "sqlite", "state": "sqlite"},
    SCALE_OUT: {"documents": "mongo", "events": "elastic", "statistics": "elastic", "state": "redis"},
}
"""What `stores.engine` may be, and the engine that it stands for in each store."""
_RETRY_S = 0.5
_SAY_EVERY_S = 10.0

T = TypeVar("T")


def chosen(settings: Settings) -> dict[str, str]:
    """{store: engine}. Raises: StoreError, naming the setting."""
    stack = str(settings.get("stores.engine") or EMBEDDED)
    if stack not in STACKS:
        raise StoreError(f"stores.engine: there is no {stack!r}; it has to be one of {', '.join(STACKS)}")
    engines = dict(STACKS[stack])
    for kind in engines:
        engine = settings.get(f"stores.{kind}")
        possible = [STACKS[name][kind] for name in STACKS]
        if engine not in (None, "", *possible):
            raise StoreError(f"stores.{kind}: there is no engine {engine!r}; it has to be one of {', '.join(possible)}, or null")
        engines[kind] = str(engine or engines[kind])
    return engines


def is_shared(settings: Settings) -> bool:
    """Whether nothing is in files of the data folder, so that any number of servers may use the stores at once. Raises: StoreError."""
    return "sqlite" not in chosen(settings).values()


def open_backend(settings: Settings, *, wait_s: float = 0, read_only: bool = False) -> Backend:
    """The backend that the settings ask for. wait_s: how long to wait for servers that cannot be reached yet. read_only: to look at what
    is there; nothing is made, renewed or marked, and what is stored while one looks may be missed.

    Raises: StoreError with one clear line.
    """
    folder = Path(str(settings.get("data.dir", "data"))).expanduser()
    return _backend(chosen(settings), settings, folder, wait_s, read_only)


def open_embedded(folder: Path, settings: Settings) -> Backend:
    """SQLite files in the folder, which is made when missing. Raises: NewerFile, Unavailable."""
    return _backend(STACKS[EMBEDDED], settings, folder, 0)


def _backend(engines: Mapping[str, str], settings: Settings, folder: Path, wait_s: float, read_only: bool = False) -> Backend:
    state = open_state(settings, wait_s=wait_s, engine=engines["state"], folder=folder, read_only=read_only)
    # NOTE: what follows makes indexes and templates; the reference server, which may be starting on the same databases, does so as well.
    with nullcontext() if read_only else start_lock(state, settings, engines):
        return Backend(
            documents=_ready(lambda: _documents(engines["documents"], settings, folder, read_only), wait_s),
            events=_ready(lambda: _events(engines["events"], settings, folder, state, read_only), wait_s),
            state=state,
            settings=settings,
            statistics=_ready(lambda: _statistics(engines["statistics"], settings, folder, state, read_only), wait_s),
        )


def open_state(
    settings: Settings, *, wait_s: float = 0, engine: str = "", folder: Path | None = None, read_only: bool = False
) -> StateStore:
    """The state store alone, by default the one that the settings ask for. Raises: StoreError with one clear line."""
    where = folder or Path(str(settings.get("data.dir", "data"))).expanduser()
    return _ready(lambda: _state(engine or chosen(settings)["state"], settings, where, read_only), wait_s)


def start_lock(state: StateStore, settings: Settings, engines: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
    """Held by whoever prepares, fills or migrates the stores. On MongoDB it is the reference server's own (spec 6 §3.1), so that both never
    do so at once, as long as both have the same addresses of MongoDB and the same Redis. Raises: Unavailable, after twice its time."""
    ttl_s = float(settings.get("apiserver.db_init_timout", 120) or 120)
    name = "lock:bootstrap"
    if (engines or chosen(settings))["documents"] == "mongo":
        urls = ";".join(sorted(place.url for place in _mongo_places(settings).values()))
        name = "dist_lock_db_init_" + hashlib.md5(urls.encode(), usedforsecurity=False).hexdigest()
    return state.held(name, ttl_s=ttl_s, wait_s=2 * ttl_s)


def migrations(settings: Settings, *, renamed_users: Mapping[str, str] | None = None) -> list[Migrations]:
    """The migrations of each store that has some, in the order in which they have to run. renamed_users: {old id: new id}.

    Raises: StoreError.
    """
    found: list[Migrations] = []
    if chosen(settings)["documents"] == "mongo":
        from apiserver.stores.mongo.migrations import MongoMigrations

        found.append(MongoMigrations(_mongo_places(settings), _mongo_options(settings), renamed_users=renamed_users))
    return found


def has_event_templates(settings: Settings) -> bool:
    """Whether the event store is one that a server has been started on since Elasticsearch 7 (spec 6 §4.4). Raises: Unavailable."""
    if chosen(settings)["events"] != "elastic":
        return True
    from apiserver.stores.elastic import opening

    return opening.has_event_templates(settings)


def _ready(opened: Callable[[], T], wait_s: float) -> T:
    """What `opened` gives. A server that is starting is waited for; one that refuses us is not."""
    end, said = time.monotonic() + wait_s, 0.0
    while True:
        try:
            return opened()
        except Refused:
            raise
        except Unavailable as error:
            now = time.monotonic()
            if now >= end:
                raise
            if now - said >= _SAY_EVERY_S:
                log.warning("%s; trying for another %.0f s", error, end - now)
                said = now
            time.sleep(_RETRY_S)


# One function for each kind of store: a new engine is a new branch here, and a name in STACKS


def _documents(engine: str, settings: Settings, folder: Path, read_only: bool) -> DocumentStore:
    if engine == "sqlite":
        from apiserver.stores.sqlite.documents import SqliteDocumentStore

        return SqliteDocumentStore(folder / "documents.db", options=_sqlite_options(settings, read_only))
    return open_mongo(settings, read_only=read_only)


def _events(engine: str, settings: Settings, folder: Path, state: StateStore, read_only: bool) -> EventStore:
    if engine == "sqlite":
        from apiserver.stores.sqlite.events import SqliteEventStore

        return SqliteEventStore(folder / "events.db", options=_sqlite_options(settings, read_only))
    from apiserver.stores.elastic import opening
    from apiserver.stores.elastic.events import ElasticEventStore

    store = ElasticEventStore(opening.cluster(settings, "events"), state, layout=opening.layout(settings), read_only=read_only)
    (store.check if read_only else store.prepare)()
    store.close()  # NOTE: sockets do not survive a fork
    return store


def _statistics(engine: str, settings: Settings, folder: Path, state: StateStore, read_only: bool) -> StatisticsStore:
    if engine == "sqlite":
        from apiserver.stores.sqlite.statistics import SqliteStatisticsStore

        return SqliteStatisticsStore(folder / "statistics.db", options=_sqlite_options(settings, read_only))
    from apiserver.stores.elastic import opening
    from apiserver.stores.elastic.statistics import ElasticStatisticsStore

    store = ElasticStatisticsStore(opening.cluster(settings, "workers"), state, layout=opening.layout(settings), read_only=read_only)
    (store.check if read_only else store.prepare)()
    store.close()
    return store


def _state(engine: str, settings: Settings, folder: Path, read_only: bool) -> StateStore:
    if engine == "sqlite":
        from apiserver.stores.sqlite.state import SqliteStateStore

        return SqliteStateStore(folder / "state.db", options=_sqlite_options(settings, read_only))
    from apiserver.stores.redis.connection import place
    from apiserver.stores.redis.state import RedisStateStore

    prefix = str(settings.get("stores.redis.prefix") or "")
    store = RedisStateStore(place(settings, "apiserver"), place(settings, "workers"), prefix=prefix)
    store.check()
    return store


def _sqlite_options(settings: Settings, read_only: bool) -> Options:
    from apiserver.stores.sqlite.connection import Options

    def setting(name: str, default: Any) -> Any:
        found = settings.get(f"stores.sqlite.{name}", default)
        return default if found is None else found

    return Options(
        synchronous="FULL" if str(setting("survive", "kill")) == "power_loss" else "NORMAL",
        busy_timeout_s=float(setting("busy_timeout_s", 30)),
        cache_kib=int(setting("cache_kib", 8192)),
        read_only=read_only,
    )


def open_mongo(settings: Settings, *, read_only: bool = False) -> DocumentStore:
    """Documents on the MongoDB of `hosts.mongo`. Raises: StoreError with one clear line, Unavailable, NotMigrated."""
    from apiserver.stores.mongo.documents import MongoDocumentStore
    from apiserver.stores.mongo.migrations import MongoMigrations

    places, options = _mongo_places(settings), _mongo_options(settings)
    steps = MongoMigrations(places, options)
    try:
        # NOTE: before any index is made: on data of an old release that could fail, or be in the way of its migration.
        steps.refuse_old()
    finally:
        steps.close()
    return MongoDocumentStore(
        places,
        options=options,
        disk_for_sort=bool(settings.get("services._mongo.allow_disk_use.sort", True)),
        disk_for_groups=bool(settings.get("services._mongo.allow_disk_use.aggregate", True)),
        read_only=read_only,
    )


def _mongo_places(settings: Settings) -> dict[str, Place]:
    from apiserver.stores.mongo.connection import place

    credentials = settings.get("secure.mongo") or {}
    return {name: place(name, settings.get(f"hosts.mongo.{name}") or {}, credentials) for name in ("backend", "auth")}


def _mongo_options(settings: Settings) -> MongoOptions:
    from apiserver.stores.mongo.connection import Options

    return Options(
        timeout_s=float(settings.get("stores.mongo.timeout_s", 60)),
        connect_timeout_s=float(settings.get("stores.mongo.connect_timeout_s", 5)),
        journal=bool(settings.get("stores.mongo.journal", True)),
        pool=int(settings.get("stores.mongo.pool", 100)),
    )
