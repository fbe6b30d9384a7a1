"""A server meets data of an older release: it serves nothing, changes nothing and says what to do; migrated, all is there.

Source: spec 6 §4.4. On real servers; the data is in the shapes of 0.12 (`old.py`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pymongo
import pytest
from attrs import frozen

from apiserver import starting
from apiserver.app import create_api
from apiserver.bootstrap import REFERENCE_MIGRATIONS, bootstrap
from apiserver.settings import Settings
from apiserver.stores import registry
from apiserver.stores.elastic import opening
from apiserver.stores.errors import StoreError, Unavailable
from apiserver.stores.migrations import NotMigrated
from apiserver.stores.mongo.connection import place
from apiserver.testing import stacks
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import settings_of
from tests.e2e.running import started, trackyard
from tests.migrations.old import Place, check_today, old_database

ANN = ("ANNSKEY", "anns secret")
PAIR = {"Authorization": "Basic " + base64.b64encode(":".join(ANN).encode()).decode(), "Content-Type": "application/json"}


@frozen
class Installation:
    """Old databases, and the settings that name them."""

    found: Mapping[str, Any]
    at: Place

    def settings(self, **overrides: Any) -> Settings:
        return settings_of({**self.found, "secure.credentials": {}, **overrides})

    def documents(self) -> dict[str, Any]:
        """All that is in MongoDB."""
        return {
            f"{database.name}.{name}": list(database[name].find({}).sort("_id", 1))
            for database in (self.at.backend, self.at.auth)
            for name in database.list_collection_names()
        }

    def forget_events(self) -> None:
        """As a new Elasticsearch beside old documents."""
        elastic, prefix = opening.cluster(self.settings(), "events"), self.found["stores.elastic.index_prefix"]
        for template in elastic.ask("GET", f"/_index_template/{prefix}events*")["index_templates"]:
            elastic.ask("DELETE", f"/_index_template/{template['name']}")
        elastic.close()


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Installation]:
    """Of 0.12, with events that were moved."""
    with stacks.place(tmp_path / "data", on=stacks.SCALE_OUT) as found:
        places = {name: place(name, found[f"hosts.mongo.{name}"]) for name in ("backend", "auth")}
        with pymongo.MongoClient[Any](places["backend"].address) as client:
            databases = {name: client[where.database] for name, where in places.items()}
            for database in databases.values():
                client.drop_database(database.name)
            at = Place(databases["backend"], databases["auth"], places)
            old_database(at)
            yield Installation(found, at)
            for database in databases.values():
                client.drop_database(database.name)
        # NOTE: the place is used again by later tests, which find its indexes and templates as they were.
        registry.open_backend(Settings.from_dict(found)).close()


def serving(settings: Settings) -> Client:
    """A server in this process, as `trackyard serve` starts it."""
    backend = starting.opened(settings, wait_s=0)
    if backend.unmigrated is None:
        bootstrap(backend)
    return Client(create_api(backend), backend, *ANN)


def refused(client: Client, name: str) -> str:
    raw = client.send(f"/v2.34/{name}", b"{}", PAIR)
    assert raw.status == 503, raw.body
    return str(raw.body["meta"]["result_msg"])


def test_nothing_works_on_old_data(old: Installation) -> None:
    """Clients are told to come back, whoever they are; the two public questions and the ping have their answers; nothing is written."""
    before = old.documents()
    client = serving(old.settings())
    with pytest.raises(CallFailed, match="migrate status") as caught:
        client.login(*ANN)
    assert caught.value.code == 503
    for name in ("tasks.get_all", "tasks.create", "events.add", "auth.login", "workers.status_report", "queues.get_next_task"):
        refused(client, name)
    assert client.send("/debug.ping", b"{}", PAIR).status == 200
    assert client.call("login.supported_modes", token="")["server_errors"] == {"missed_es_upgrade": False, "es_connection_error": False}
    assert client.send("/login.supported_modes", b"{}", {**PAIR, "Authorization": "Bearer x"}).status == 200
    assert client.call("auth.fixed_users_mode", token="")["server_errors"] == {}
    assert client.send("/readyz", method="GET").status == 503
    client.backend.close()
    assert old.documents() == before
    with pytest.raises(NotMigrated, match=r"older release \(0\.12\.0\).*make a backup.*migrate run"):
        registry.open_backend(old.settings())
    assert old.documents() == before


def test_events_that_were_left_behind(old: Installation) -> None:
    """As the reference finds out and says; a run stops there, too, unless the events are given up."""
    old.forget_events()
    before = old.documents()
    client = serving(old.settings())
    assert client.call("login.supported_modes", token="")["server_errors"] == {"missed_es_upgrade": True, "es_connection_error": False}
    assert client.call("auth.fixed_users_mode", token="")["server_errors"] == {"missed_es_upgrade": True}
    away = serving(old.settings(**{"hosts.elastic.events": {"hosts": ["http://127.0.0.1:1"]}}))
    assert away.call("login.supported_modes", token="")["server_errors"] == {"missed_es_upgrade": True, "es_connection_error": True}
    switched_off = {"apiserver.elastic.upgrade_monitoring.v16_migration_verification": False}
    assert serving(old.settings(**switched_off)).call("auth.fixed_users_mode", token="")["server_errors"] == {}
    at_start = serving(old.settings(**{"stores.migrate_at_start": True}))
    assert "trackyard migrate status" in refused(at_start, "tasks.get_all")
    with pytest.raises(NotMigrated, match="Elasticsearch has no events of it: move the events"):
        starting.run(old.settings(), print)
    assert old.documents() == before
    starting.run(old.settings(), print, without_events=True)
    check_today(old.at)


def test_migrated_at_start(old: Installation) -> None:
    """By the first of several servers; the old key pair signs in, and everything is read in today's shapes and in those of old clients."""
    client = serving(old.settings(**{"stores.migrate_at_start": True}))
    task = client.call("tasks.get_by_id", {"task": "t1"})["task"]
    assert task["hyperparams"]["Args"]["a.b"] == {"name": "a%2Eb", "section": "Args", "value": "x", "type": "legacy"}
    assert task["execution"]["model_labels"] == {"cat.a": 1, "$x": 2}
    assert {artifact["key"]: artifact["uri"] for artifact in task["execution"]["artifacts"]} == {"data": "u1", "conf": "u2"}
    assert [item["model"] for item in task["models"]["input"]] == ["m1"]
    assert task["container"] == {"image": "nvidia/cuda:10", "arguments": "--ipc=host -e A=1"}
    assert task["active_duration"] == 90
    (metric,) = task["last_metrics"].values()
    assert next(iter(metric.values()))["value"] == 0.5
    before = client.call("tasks.get_by_id", {"task": "t1"}, version="2.8")["task"]
    assert before["execution"]["docker_cmd"] == "nvidia/cuda:10 --ipc=host -e A=1"
    assert before["execution"]["model"] == "m1"
    assert before["execution"]["parameters"]["TF_DEFINE/batch"] == "5"
    names = {project["id"]: project["basename"] for project in client.call("projects.get_all")["projects"]}
    assert names == {"p1": "vision__cats", "p2": "vision_cats"}
    assert client.call("users.get_preferences")["preferences"] == {"theme": {"dark": True}}
    assert client.call("models.get_by_id", {"model": "m1"})["model"]["tags"] == ["x", "y"]
    assert [row["num"] for row in old.at.backend["versions"].find().sort("created", 1)] == ["0.12.0", *REFERENCE_MIGRATIONS]
    again = serving(old.settings())
    assert again.call("tasks.get_by_id", {"task": "t1"})["task"]["id"] == "t1"
    for one in (client, again):
        one.backend.close()


def lock_of(installation: Installation) -> str:
    """As the reference calls its start lock."""
    urls = [installation.found[f"hosts.mongo.{name}"]["host"] for name in ("backend", "auth")]
    return "dist_lock_db_init_" + hashlib.md5(";".join(sorted(urls)).encode()).hexdigest()


def test_nobody_starts_while_the_reference_does(old: Installation) -> None:
    """Its lock is ours: held, a start and a migration wait and then give up; afterwards it is free."""
    settings = old.settings(**{"apiserver.db_init_timout": 0.3})
    state = registry.open_state(settings)
    assert state.set_if_absent(lock_of(old), "12345", ttl_s=60)
    for start in (lambda: starting.run(settings, print), lambda: registry.open_backend(settings)):
        with pytest.raises(Unavailable, match="another server holds dist_lock_db_init_"):
            start()
    state.delete(lock_of(old))
    starting.run(settings, print)
    assert state.get(lock_of(old)) is None
    with registry.start_lock(state, settings):
        assert state.get(lock_of(old))
    state.close()


def command(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(trackyard(*arguments), env=dict(environment), capture_output=True, text=True, check=False)


def test_the_command_and_the_server(old: Installation, tmp_path: Path) -> None:
    """As an operator does it: the server says what to run, and what will happen; after that it serves."""
    environment = {**os.environ, **stacks.environment(old.found)}
    with started(tmp_path, environment, ("--workers", "1")) as (_, ports):
        login = urllib.request.Request(f"http://127.0.0.1:{ports[0]}/auth.login", headers=PAIR)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(login, timeout=30)
        assert caught.value.code == 503
    said = (tmp_path / "log").read_text()
    assert "holds the data of an older release (0.12.0)" in said
    status = command(environment, "migrate", "status", "--count")
    assert status.returncode == 3, status.stderr
    assert "version 0.12.0, 14 pending" in status.stdout
    assert "1.3.0: metadata of models and queues becomes a map by key" in status.stdout
    (listed,) = json.loads(command(environment, "migrate", "status", "--json").stdout)
    assert (listed["pending"], listed["engine"]) == (14, "mongo")
    assert command(environment, "migrate", "verify").returncode == 3
    done = command(environment, "migrate", "run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("documents: 14 migrations done\n")
    check_today(old.at)
    assert command(environment, "migrate", "run").stdout == "Nothing was to be done.\n"
    assert command(environment, "migrate", "verify").stdout == "All is as it should be.\n"
    assert command(environment, "migrate", "status").returncode == 0
    with started(tmp_path, environment, ("--workers", "1")) as (_, ports):
        request = urllib.request.Request(
            f"http://127.0.0.1:{ports[0]}/v2.34/tasks.get_by_id",
            data=b'{"task": "t1"}',
            headers=PAIR,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["data"]["task"]["name"] == "old run"


def test_a_command_that_finds_old_data_says_so(old: Installation, tmp_path: Path) -> None:
    """And adds nothing to it."""
    (tmp_path / "data").mkdir()
    before = old.documents()
    done = command({**os.environ, **stacks.environment(old.found)}, "credentials", "create", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "older release (0.12.0)" in done.stderr
    assert old.documents() == before
    with pytest.raises(StoreError):
        registry.open_backend(old.settings())
