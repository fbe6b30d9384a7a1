"""What is special about the Redis engine: which keys are where, and what is said when the server is not as it should be."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from attrs import evolve
from redis.connection import SSLConnection

from apiserver.settings import Settings
from apiserver.stores.errors import Refused, StoreError, Unavailable
from apiserver.stores.redis.connection import PAUSE_S, Place, place
from apiserver.stores.redis.state import RedisStateStore
from apiserver.testing.backends import redis_state
from tests.servers.base import Own, alone, shared
from tests.servers.redis import REDIS, command


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    """A server that a test may break."""
    with alone(REDIS, tmp_path) as running:
        yield running


def opened(port: int, **options: Any) -> RedisStateStore:
    main = Place("hosts.redis.apiserver", {"host": "127.0.0.1", "port": port, "db": 0, "socket_timeout": 0.3, **options})
    return RedisStateStore(main, Place("hosts.redis.workers", {**main.options, "db": 4}))


def test_keys_are_where_the_reference_has_them(own: Own) -> None:
    """Spec 5 §2.3: workers and serving containers are in database 4, everything else in database 0."""
    store = opened(own.port)
    workers = {"worker_c_u_w", "serving_container_c_x"}
    sets = {"workers_c", "workers.tags_c_t", "workers.systemtags_c_t", "serving_url_c_http://x"}
    main = {"queue_metrics_q", "GetManyScrollState/1"}
    for key in (*workers, *main):
        store.set(key, "1", ttl_s=60)
    for key in (*sets, "revoked_tokens"):
        store.add_member(key, "m", 1)
    assert store.increment("workers", 1) == 1
    raw = [redis.Redis(port=own.port, db=number, decode_responses=True) for number in (0, 4)]
    assert set(raw[0].keys()) == {*main, "revoked_tokens", "workers"}
    assert set(raw[1].keys()) == {*workers, *sets}
    assert store.keys("worker") == sorted({"worker_c_u_w", "workers", "workers_c", "workers.tags_c_t", "workers.systemtags_c_t"})
    assert store.keys("worker_") == ["worker_c_u_w"]
    assert store.keys("s") == sorted(key for key in {*workers, *sets} if key.startswith("s"))
    assert store.get_many(["worker_c_u_w", "queue_metrics_q", "serving_none"]) == ["1", "1", None]
    assert store.delete("worker_c_u_w", "queue_metrics_q") == 2


def test_a_prefix_keeps_installations_apart() -> None:
    address = shared(REDIS)
    with redis_state(address) as one, redis_state(address) as other:
        one.set("a", "1")
        one.set("worker_a", "1")
        assert (other.get("a"), other.keys(""), one.keys("")) == (None, [], ["a", "worker_a"])
        assert other.delete("a") == 0


def test_a_value_of_another_kind_is_no_value(own: Own) -> None:
    """As the embedded engine has it: a set has no text, and a text no members."""
    store = opened(own.port)
    store.add_member("s", "m", 1)
    store.set("v", "1")
    assert (store.get("s"), store.get_many(["s", "v"]), store.compare_and_set("s", None, "2")) == (None, [None, "1"], False)
    assert (store.members("v"), store.score("v", "m"), store.remove_members("v", "m"), store.expire_members("v", up_to=9)) == (
        [],
        None,
        0,
        0,
    )
    store.add_member("v", "m", 2)
    assert store.members("v") == ["m"]


def test_expiries_at_their_ends(own: Own) -> None:
    """None, over already, and longer than Redis counts."""
    store = opened(own.port)
    store.set("a", "1", ttl_s=0)
    assert store.set_if_absent("b", "1", ttl_s=0)
    store.set("c", "1", ttl_s=1e300)
    store.add_member("d", "m", 1, ttl_s=0)
    assert store.compare_and_set("e", None, "1", ttl_s=-1)
    assert store.increment("f", ttl_s=0) == 1
    assert store.keys("") == ["c"]


def test_restarted_and_emptied(own: Own) -> None:
    """Connections come back by themselves, and scripts that the server forgot are sent again."""
    store = opened(own.port)
    assert store.compare_and_set("a", None, "1")
    own.stop()
    with pytest.raises(Unavailable, match=r"hosts\.redis\.apiserver: Redis at 127\.0\.0\.1:\d+ \(database 0\) cannot be reached"):
        store.get("a")
    own.start()
    assert store.get("a") is None
    assert store.compare_and_set("a", None, "1")
    own.stop(with_signal=signal.SIGKILL)
    own.start()
    assert store.increment("a") == 1
    redis.Redis(port=own.port).flushall()
    assert store.increment("a") == 1


def test_a_server_that_hangs_holds_up_nobody_for_long(own: Own) -> None:
    """One call waits for the time-out, the next ones fail at once, and after a moment it is asked again."""
    store = opened(own.port)
    store.set("a", "1")
    own.pause()
    started = time.monotonic()
    with pytest.raises(Unavailable, match="does not answer in time"):
        store.get("a")
    first = time.monotonic() - started
    for _ in range(50):
        with pytest.raises(Unavailable, match="does not answer in time"):
            store.get("a")
    assert time.monotonic() - started - first < 0.2
    assert 0.3 <= first < 1.0
    own.resume()
    time.sleep(PAUSE_S)
    assert store.get("a") == "1"


def test_credentials(tmp_path: Path) -> None:
    """A user name and a password by configuration; wrong ones are named, and what to do."""
    guarded = evolve(REDIS, command=lambda port, folder: command(port, folder, "--requirepass", "sesame"))
    with alone(guarded, tmp_path) as own:
        redis.Redis(port=own.port, password="sesame").execute_command("ACL", "SETUSER", "ann", "on", ">secret", "~*", "+@all")
        for right in ({"password": "sesame"}, {"username": "ann", "password": "secret"}):
            opened(own.port, **right).check()
        url = Place("hosts.redis.apiserver", {"url": f"redis://:sesame@127.0.0.1:{own.port}/3", "host": "elsewhere", "db": 0})
        RedisStateStore(url, url).check()
        for wrong in ({}, {"password": "other"}, {"username": "bob", "password": "secret"}):
            with pytest.raises(Refused, match=r"refuses the credentials .*set the password in secure\.redis") as caught:
                opened(own.port, **wrong).check()
            assert "sesame" not in str(caught.value)
            assert "secret" not in str(caught.value)


def test_options_that_do_not_fit(own: Own) -> None:
    """Each is named by its setting."""
    with pytest.raises(StoreError, match=r"hosts\.redis\.apiserver\.cluster: Redis clusters are not supported"):
        opened(own.port, cluster=True)
    with pytest.raises(StoreError, match=r"hosts\.redis\.apiserver: .*no_such_option"):
        opened(own.port, no_such_option=1)
    with pytest.raises(Refused, match="no such database"):
        opened(own.port, db=99).check()
    store = opened(own.port, ssl=True)
    assert store._main.client.connection_pool.connection_class is SSLConnection


def test_an_old_server_is_refused(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(own.port)
    store.check()
    monkeypatch.setattr(store._main.client, "info", lambda section: {"redis_version": "5.0.14"})
    with pytest.raises(Refused, match=r"is version 5\.0\.14, and 6\.0 or newer is needed: upgrade it"):
        store.check()


def test_where_the_settings_say() -> None:
    """The reference's files: members are the client's, passwords are apart."""
    settings = Settings.from_dict(
        {
            "hosts.redis.apiserver": {"host": "r", "port": 6380, "db": 1, "ssl": True},
            "hosts.redis.workers": {"url": "rediss://ann:secret@w:6381/7?a=b"},
            "secure.redis": {"apiserver": {"password": 123}},
        }
    )
    main, workers = place(settings, "apiserver"), place(settings, "workers")
    assert main.options == {"host": "r", "port": 6380, "db": 1, "ssl": True, "password": "123"}
    assert (main.shown, workers.shown) == ("r:6380 (database 1)", "w:6381/7")
    assert place(Settings({}), "apiserver").options == {}
