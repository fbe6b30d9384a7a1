"""Each database server in turn is stopped and started again under a real server: what says so, what fails, what goes on, what comes back.

docs/scale-out.md promises it.
"""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.e2e.running import Server, over, until
from tests.servers.base import Own, alone
from tests.servers.elasticsearch import ELASTIC_7
from tests.servers.mongo import MONGO
from tests.servers.redis import REDIS

pytestmark = pytest.mark.scaleout("stops database servers")

PARTS = {"mongo": {"documents"}, "elastic": {"events", "statistics"}, "redis": {"state"}}
SCALAR = {"type": "training_stats_scalar", "metric": "m", "variant": "v", "value": 1.0}


@frozen
class Installation:
    server: Server
    engines: Mapping[str, Own]
    token: str
    task: str

    def ask(self, path: str, data: dict[str, Any] | None = None, *, token: bool = True) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body and headers. With the token, or with the key pair, for which nothing short-lived is needed."""
        pair = base64.b64encode(f"{self.server.key}:{self.server.secret}".encode()).decode()
        headers = {"Authorization": f"Bearer {self.token}" if token else f"Basic {pair}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server.api}/{path}", None if data is None else json.dumps(data).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, json.load(error), error.headers

    def down(self) -> set[str]:
        """The parts that the server says are down."""
        status, body, _ = self.ask("readyz")
        found = {part for part, how in body["parts"].items() if how == "down"}
        assert (status, body["status"]) == ((503, "not ready") if found else (200, "ready"))
        return found

    def refused(self, action: str, data: dict[str, Any], *, token: bool = True) -> None:
        """A call is told to come back, and not where the databases are."""
        status, body, headers = self.ask(action, data, token=token)
        assert (status, body["meta"]["result_code"]) == (503, 503), f"{action}: {body}"
        assert headers["Retry-After"]
        assert not any(str(engine.port) in json.dumps(body) for engine in self.engines.values())

    def answered(self, action: str, data: dict[str, Any], *, token: bool = True) -> Any:
        status, body, _ = self.ask(action, data, token=token)
        assert status == 200, f"{action}: {body}"
        return body["data"]

    def points(self) -> list[int]:
        return list(self.answered("events.scalar_metrics_iter_histogram", {"task": self.task})["m"]["v"]["x"])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server over three database servers of its own. PERF: they are started at once."""
    with ExitStack() as stack, ThreadPoolExecutor(3) as starting:
        folder = Path(tempfile.mkdtemp(prefix="trackyard-outages-"))  # NOTE: Elasticsearch has to reach it without being root
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        recipes = {"mongo": MONGO, "elastic": ELASTIC_7, "redis": REDIS}
        started = {name: starting.submit(stack.enter_context, alone(recipe, folder / name)) for name, recipe in recipes.items()}
        engines = {name: one.result() for name, one in started.items()}
        mongo, elastic, redis = (engines[name].address for name in ("mongo", "elastic", "redis"))
        stores = {
            "stores.engine": "scaleout",
            **{f"hosts.mongo.{alias}": {"host": mongo, "name": alias} for alias in ("backend", "auth")},
            **{f"hosts.elastic.{alias}": {"hosts": [elastic], "args": {"max_retries": 0}} for alias in ("events", "workers")},
            **{f"hosts.redis.{alias}": {"url": f"{redis}/{db}"} for alias, db in (("apiserver", 0), ("workers", 4))},
            "stores.mongo.connect_timeout_s": 1,
        }
        (server,) = stack.enter_context(over(stores, tmp_path_factory.mktemp("outages")))
        made = Installation(server, engines, "", "")
        token = made.answered("auth.login", {}, token=False)["token"]
        task = server.call("tasks.create", name="watched", type="training")["id"]
        server.call("events.add", task=task, iter=1, **SCALAR)
        yield Installation(server, engines, token, task)


@pytest.fixture(params=PARTS)
def stopped(request: pytest.FixtureRequest, installation: Installation) -> Iterator[str]:
    """A database server that is stopped during the test, and its return."""
    name: str = request.param
    assert installation.down() == set()
    installation.engines[name].stop()
    yield name
    installation.engines[name].start()
    until(f"the server is ready when {name} is back", lambda: not installation.down())


def test_a_part_is_down_and_comes_back(installation: Installation, stopped: str) -> None:
    """`/readyz` names it and nothing else, `/healthz` stays; what needs the part is told to come back, what does not is answered."""
    task = installation.task
    until("it is seen", lambda: installation.down() == PARTS[stopped])
    assert installation.ask("healthz")[:2] == (200, {"status": "alive"})
    assert installation.ask("debug.ping")[0] == 200
    events = "events.scalar_metrics_iter_histogram"
    match stopped:
        case "mongo":
            installation.refused("tasks.get_by_id", {"task": task})
            installation.refused("auth.login", {}, token=False)
            installation.refused("events.add", {**SCALAR, "task": task, "iter": 2})
        case "elastic":
            assert installation.answered("tasks.get_by_id", {"task": task})["task"]["name"] == "watched"
            assert installation.answered("auth.login", {}, token=False)["token"]
            installation.refused(events, {"task": task})
            installation.refused("events.add", {**SCALAR, "task": task, "iter": 2})
        case "redis":
            installation.refused("tasks.get_by_id", {"task": task})
            assert installation.answered("tasks.get_by_id", {"task": task}, token=False)["task"]["name"] == "watched"
            assert installation.answered("auth.login", {}, token=False)["token"]


def test_nothing_is_lost_and_all_goes_on(installation: Installation) -> None:
    """After all three were away: the task, its points, the token; and what is new."""
    assert installation.points() == [1]
    installation.answered("events.add", {**SCALAR, "task": installation.task, "iter": 3})
    assert installation.points() == [1, 3]
