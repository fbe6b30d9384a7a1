"""Redis emptied, restarted, gone: what comes back by itself, what fails clearly, what goes on. docs/scale-out.md promises it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from apiserver.jobs.schedule import Scheduler
from apiserver.jobs.table import JOBS
from apiserver.stores.collections import QUEUES, TASKS
from apiserver.stores.filters import Eq
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import USER, serving
from tests.servers.base import Own, alone
from tests.servers.redis import REDIS

pytestmark = pytest.mark.scaleout("about Redis")

BASIC = {"Authorization": "Basic " + base64.b64encode(":".join(USER).encode()).decode(), "Content-Type": "application/json"}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    with alone(REDIS, tmp_path / "redis") as running:
        yield running


@pytest.fixture
def api(own: Own, tmp_path: Path) -> Iterator[Client]:
    """State on a Redis of the test's own, everything else where the stack has it."""
    places = {alias: {"host": "127.0.0.1", "port": own.port, "db": db} for alias, db in (("apiserver", 0), ("workers", 4))}
    overrides = {"stores.state": "redis", **{f"hosts.redis.{alias}": place for alias, place in places.items()}}
    with serving(tmp_path / "data", overrides) as client:
        yield client


def report(api: Client) -> None:
    api.call("workers.status_report", {"worker": "host:gpu0", "timestamp": 1_600_000_000_000})


def workers(api: Client) -> list[str]:
    return [worker["id"] for worker in api.call("workers.get_all")["workers"]]


def task(api: Client, name: str, **fields: Any) -> str:
    return str(api.call("tasks.create", {"name": name, "type": "training", **fields})["id"])


@pytest.mark.parametrize("how", ["flushed", "restarted"])
def test_what_was_kept_comes_back_by_itself(api: Client, own: Own, how: str) -> None:
    """Tokens stay good, workers register with their next report, lists that are paged begin anew, caches are filled again."""
    report(api)
    tagged = task(api, "one", tags=["a"])
    task(api, "two")
    assert api.call("projects.get_task_tags", {})["tags"] == ["a"]
    first = api.call("tasks.get_all_ex", {"size": 1, "scroll_id": None, "order_by": ["name"], "only_fields": ["name"]})
    assert workers(api) == ["host:gpu0"]
    if how == "flushed":
        redis.Redis(port=own.port).flushall()
    else:
        own.stop()
        own.start()
    assert workers(api) == []
    report(api)
    assert workers(api) == ["host:gpu0"]
    again = api.call("tasks.get_all_ex", {"size": 1, "scroll_id": first["scroll_id"], "order_by": ["name"], "only_fields": ["name"]})
    assert [found["name"] for found in again["tasks"]] == ["one"]
    assert api.call("tasks.edit", {"task": tagged, "tags": ["b"]})["updated"] == 1
    assert api.call("projects.get_task_tags", {})["tags"] == ["b"]


def test_signed_out_tokens_count_again_when_all_is_lost(api: Client, own: Own) -> None:
    """The price of a Redis without a disk, as the page says; with `appendonly` nothing is lost."""
    token = api.login(*USER)
    api.call("auth.logout", token=token)
    with pytest.raises(CallFailed):
        api.call("users.get_preferences", token=token)
    redis.Redis(port=own.port).flushall()
    assert api.call("users.get_preferences", token=token) == {"preferences": {}}


def test_while_it_is_down(api: Client, own: Own) -> None:
    """Calls with a token get 503, which clients repeat, and change nothing; sign-ins, and what needs no state, go on."""
    token = api.login(*USER)
    own.stop()
    refused = api.call_raw("tasks.create", {"name": "never", "type": "training"}, token=token)
    assert (refused.status, refused.body["meta"]["result_code"]) == (503, 503)
    assert refused.headers["Retry-After"]
    assert b"6379" not in refused.text
    assert str(own.port).encode() not in refused.text
    assert api.backend.documents.count(TASKS) == 0
    assert api.login(*USER)
    assert api.send("/debug.ping").status == 200
    assert api.send("/healthz", method="GET").status == 200
    ready = api.send("/readyz", method="GET")
    assert (ready.status, ready.body["parts"]["state"], ready.body["parts"]["documents"]) == (503, "down", "up")
    own.start()
    assert api.call("tasks.create", {"name": "now", "type": "training"}, token=token)["id"]


def test_what_was_done_is_not_called_failed(api: Client, own: Own) -> None:
    """A task that is made, an entry that is taken: clients are not told to do it again, because a cache or a sample cannot be written."""
    queue = api.call("queues.create", {"name": "queue"})["id"]
    waiting = task(api, "waiting")
    api.call("tasks.enqueue", {"task": waiting, "queue": queue})
    own.stop()
    made = api.send("/tasks.create", b'{"name": "made", "type": "training", "tags": ["t"]}', BASIC)
    assert made.status == 200
    assert api.backend.documents.count(TASKS, Eq("name", "made")) == 1
    body = f'{{"queue": "{queue}"}}'.encode()
    taken = api.send("/queues.get_next_task", body, BASIC)
    assert (taken.status, taken.body["data"]["entry"]["task"]) == (200, waiting)
    empty = api.send("/queues.get_next_task", body, BASIC)
    assert (empty.status, empty.body["data"]) == (200, {})
    assert api.backend.documents.get(QUEUES, queue)["entries"] == []


def test_jobs_go_on_when_it_is_back(api: Client, own: Own) -> None:
    """No two processes run them meanwhile, and none dies of it."""
    first, second = (Scheduler(api.backend, {"state": JOBS["state"]}) for _ in range(2))
    first.tick(0)
    second.tick(0)
    assert (first._holds, second._holds) == (True, False)
    own.stop()
    first.tick(1)
    second.tick(1)
    assert (first._holds, second._holds) == (False, False)
    own.start()
    second.tick(2)
    first.tick(2)
    assert (first._holds, second._holds) == (False, True)
