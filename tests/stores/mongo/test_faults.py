"""A MongoDB that is away, comes back, is slow, does not let us in, or is of another version: on servers of the tests' own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from attrs import evolve

from apiserver.stores.collections import TASKS
from apiserver.stores.errors import Refused, Unavailable
from apiserver.stores.filters import Eq, Inc, Set
from apiserver.stores.mongo import connection
from apiserver.stores.mongo.connection import Options, place
from apiserver.stores.mongo.documents import MongoDocumentStore
from apiserver.stores.mongo.migrations import MongoMigrations
from tests.servers.base import Own, alone, shared
from tests.servers.mongo import MONGO, command

QUICK = Options(timeout_s=3, connect_timeout_s=0.5)


def places(address: str, **credentials: str) -> dict[str, connection.Place]:
    return {name: place(name, {"host": address}, credentials) for name in ("backend", "auth")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    """To stop, kill and pause."""
    with alone(MONGO, tmp_path_factory.mktemp("mongo")) as own:
        yield own


@pytest.fixture
def store(server: Own) -> Iterator[MongoDocumentStore]:
    opened = MongoDocumentStore(places(server.address), collections=(TASKS,), options=QUICK)
    opened.delete(TASKS, Eq("company", "c"))
    opened.insert(TASKS, {"id": "x", "company": "c", "name": "n", "last_iteration": 0})
    yield opened
    opened.close()


def test_a_server_that_dies_under_load_loses_nothing_and_comes_back(server: Own, store: MongoDocumentStore) -> None:
    """Calls fail with Unavailable and nothing else; the same store goes on afterwards; every answered write is there."""
    stop, answered, refused, other = threading.Event(), [0] * 4, [0] * 4, []

    def work(number: int) -> None:
        while not stop.is_set():
            try:
                assert store.update(TASKS, Eq("id", "x"), Inc(f"runtime.w{number}")).matched == 1
                answered[number] += 1
            except Unavailable:
                refused[number] += 1
            except BaseException as error:
                other.append(error)
                return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    server.stop(with_signal=signal.SIGKILL)
    time.sleep(1)
    server.start()
    before = list(answered)
    deadline = time.monotonic() + 20
    while any(now == then for now, then in zip(answered, before, strict=True)) and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert other == []
    assert sum(refused) > 0
    assert all(now > then for now, then in zip(answered, before, strict=True))
    stored = store.get(TASKS, "x")["runtime"]
    # A write that was cut off may have been done: those are the refused ones.
    assert all(answered[n] <= stored[f"w{n}"] <= answered[n] + refused[n] for n in range(4))


def test_away_and_slow_are_unavailable_within_their_time(server: Own, store: MongoDocumentStore) -> None:
    """Reads and writes, the ping too; afterwards all is well without a new store."""
    server.pause()
    started = time.monotonic()
    with pytest.raises(Unavailable):
        store.update(TASKS, Eq("id", "x"), Set("name", "m"))
    assert time.monotonic() - started < 6
    server.resume()
    assert store.get(TASKS, "x")["id"] == "x"
    server.stop()
    for call in (store.ping, lambda: store.get(TASKS, "x"), lambda: store.insert(TASKS, {"id": "y"}), lambda: store.count(TASKS)):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            call()
        assert time.monotonic() - started < 4
    server.start()
    store.ping()
    assert store.count(TASKS, Eq("id", "x")) == 1


def test_nobody_there_at_the_start(tmp_path: Path) -> None:
    """One clear line with the address, without the password in it."""
    with pytest.raises(Unavailable, match=r"MongoDB at mongodb://127.0.0.1:1/backend cannot be reached") as caught:
        MongoDocumentStore(places("mongodb://user:hidden@127.0.0.1:1/"), options=QUICK)
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_credentials(tmp_path: Path) -> None:
    """Wrong ones and missing ones are told apart from a server that is away; right ones work, from the address or the settings."""
    with_users = evolve(MONGO, command=lambda port, folder: command(port, folder, "--auth"))
    with alone(with_users, tmp_path) as own:
        with pymongo.MongoClient[Any](own.address) as client:
            client.admin.command("createUser", "us er", pwd="p@ss:word", roles=["root"])
        for wrong in (places(own.address, user="us er", password="wrong"), places(own.address.replace("://", "://nobody:x@"))):
            with pytest.raises(Refused, match="does not let us in: the user or the password is wrong"):
                MongoDocumentStore(wrong, options=QUICK)
        with pytest.raises(Refused, match="does not let us in: it wants a user"):
            MongoDocumentStore(places(own.address), options=QUICK)
        address = own.address + "/?authSource=admin"
        for right in (places(address, user="us er", password="p@ss:word"), places(address.replace("://", "://us+er:p%40ss%3Aword@"))):
            store = MongoDocumentStore(right, collections=(), options=QUICK)
            store.ping()
            store.close()


def test_an_unknown_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the versions that are supported."""
    monkeypatch.setattr(connection, "OLDEST", (99, 0))
    with pytest.raises(Refused, match=r"is of version 6\.0\.\d+: 6.0 to 8 are supported"):
        MongoDocumentStore(places(shared(MONGO)), options=QUICK)


def test_a_replica_set_of_one(tmp_path: Path) -> None:
    """Found by its name; writes wait for the majority, and it works as a single server does."""

    def ping(address: str) -> None:
        with pymongo.MongoClient[Any](address, directConnection=True, serverSelectionTimeoutMS=500) as client:
            client.admin.command("ping")

    of_one = evolve(MONGO, command=lambda port, folder: command(port, folder, "--replSet", "one"), ping=ping)
    with alone(of_one, tmp_path) as own:
        host = own.address.removeprefix("mongodb://")
        with pymongo.MongoClient[Any](own.address, directConnection=True) as client:
            client.admin.command("replSetInitiate", {"_id": "one", "members": [{"_id": 0, "host": host}]})
        found = places(f"{own.address}/?replicaSet=one")
        assert MongoMigrations(found, evolve(QUICK, connect_timeout_s=30)).status().pending == []
        store = MongoDocumentStore(found, collections=(TASKS,), options=evolve(QUICK, connect_timeout_s=30))
        store.insert(TASKS, {"id": "x", "company": "c", "name": "n", "last_iteration": 0})
        assert store.update(TASKS, Eq("id", "x"), Inc("last_iteration")).modified == 1
        assert store.get(TASKS, "x")["last_iteration"] == 1
        store.close()
