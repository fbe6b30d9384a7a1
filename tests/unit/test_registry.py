"""Which engines the settings choose, and what a start says of a server that it cannot use."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from apiserver.settings import Settings
from apiserver.stores import registry
from apiserver.stores.errors import Refused, StoreError, Unavailable
from apiserver.stores.redis.state import RedisStateStore
from apiserver.stores.sqlite.documents import SqliteDocumentStore
from tests.servers.base import Own, alone, free_port
from tests.servers.redis import REDIS


def test_one_setting_chooses_the_stack_and_others_single_engines() -> None:
    def engines(**stores: Any) -> list[str]:
        return list(registry.chosen(Settings({"stores": stores})).values())

    assert engines() == ["sqlite"] * 4
    assert engines(engine="scaleout") == ["mongo", "elastic", "elastic", "redis"]
    assert engines(documents="mongo", events=None) == ["mongo", "sqlite", "sqlite", "sqlite"]
    assert engines(engine="scaleout", events="sqlite") == ["mongo", "sqlite", "elastic", "redis"]
    assert registry.is_shared(Settings({"stores": {"engine": "scaleout"}}))
    assert not registry.is_shared(Settings({"stores": {"engine": "scaleout", "events": "sqlite"}}))
    with pytest.raises(StoreError, match=r"stores\.engine: there is no 'cloud'; it has to be one of embedded, scaleout"):
        engines(engine="cloud")
    with pytest.raises(StoreError, match=r"stores\.state: there is no engine 'mongo'; it has to be one of sqlite, redis, or null"):
        engines(state="mongo")


def mixed(folder: Path, port: int) -> Settings:
    places = {alias: {"host": "127.0.0.1", "port": port, "db": db} for alias, db in (("apiserver", 0), ("workers", 4))}
    return Settings.from_dict({"data.dir": str(folder), "stores.state": "redis", "hosts.redis": places})


def test_engines_mix(tmp_path: Path) -> None:
    with alone(REDIS, tmp_path) as own:
        backend = registry.open_backend(mixed(tmp_path, own.port))
        assert isinstance(backend.documents, SqliteDocumentStore)
        assert isinstance(backend.state, RedisStateStore)
        backend.close()


def test_a_server_that_starts_later_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As long as it is told to, and it says what it waits for."""
    with alone(REDIS, tmp_path) as own:
        own.stop()
        with pytest.raises(Unavailable, match="cannot be reached"):
            registry.open_backend(mixed(tmp_path, own.port))
        later = threading.Thread(target=_start_later, args=(own,))
        later.start()
        with caplog.at_level(logging.WARNING):
            registry.open_backend(mixed(tmp_path, own.port), wait_s=30).close()
        later.join()
        assert "hosts.redis.apiserver: Redis at 127.0.0.1" in caplog.text
        assert "trying for another" in caplog.text


def _start_later(own: Own) -> None:
    time.sleep(0.7)
    own.start()


def test_a_server_that_refuses_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Refused("wrong password")

    monkeypatch.setattr(registry, "_state", refuse)
    started = time.monotonic()
    with pytest.raises(Refused):
        registry.open_backend(mixed(tmp_path, free_port()), wait_s=30)
    assert time.monotonic() - started < 5
