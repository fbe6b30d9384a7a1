"""From a real Elasticsearch 5.6 with a history of all types to 7.17 and on to 8: killed, gone on, verified, and the source as it was."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from apiserver.migrations.elastic import api
from attrs import define

from apiserver.stores.elastic.client import Elastic, Options
from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.events import LOG, PLOT, SCALAR, TYPES, VECTOR, Entity, Selection
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.testing.elastic import drop
from tests.migrations.old_elastic import COMPANY, FIRST_MS, Old, OldServer, event, history, task_id
from tests.migrations.test_elastic_embedded import done_units
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_7, ELASTIC_8

OTHER = "0" * 32
EVENTS = {"scalars": 120_000, "logs": 60_000, "plots": 4_000, "images": 10_000, "vectors": 4_000, "statistics": 2_000, "tasks": 20}


@define
class Place:
    """A part of a running server to write to."""

    address: str
    elastic: Elastic
    layout: Layout

    def count(self, index: str) -> int:
        return int(self.elastic.ask("GET", f"/{self.layout.prefix}{index}/_count")["count"])

    def hits(self, index: str, **query: Any) -> list[dict[str, Any]]:
        self.elastic.ask("POST", f"/{self.layout.prefix}{index}/_refresh")
        body = {"size": 100, "query": query or {"match_all": {}}, "sort": ["_doc"]}
        found: list[dict[str, Any]] = self.elastic.ask("POST", f"/{self.layout.prefix}{index}/_search", body)["hits"]["hits"]
        return found


def place(address: str, old: OldServer, settings: Mapping[str, Any] | None = None) -> Iterator[Place]:
    elastic = Elastic(Options(hosts=[address]))
    layout = Layout(f"n{old.prefix}", settings or {"number_of_shards": 1, "number_of_replicas": 0, "translog.durability": "async"})
    yield Place(address, elastic, layout)
    drop(elastic, layout)


@pytest.fixture
def seven(old: OldServer) -> Iterator[Place]:
    yield from place(shared(ELASTIC_7), old)


@pytest.fixture
def eight(old: OldServer) -> Iterator[Place]:
    yield from place(shared(ELASTIC_8), old)


def command(name: str, source: str, prefix: str, target: Place, work: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "apiserver", "migrate", "elastic", name, "--source", source, "--source-prefix", prefix),
        *("--target", target.address, "--work", str(work), "--json", *more),
    ]


def environment(target: Place) -> dict[str, str]:
    return {
        **os.environ,
        "TRACKYARD__stores__elastic__index_prefix": target.layout.prefix,
        "TRACKYARD__stores__elastic__index": json.dumps(target.layout.settings),
    }


def run(*arguments: Any, status: int = 0) -> Any:
    done = subprocess.run(command(*arguments), env=environment(arguments[3]), capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr + done.stdout
    return json.loads(done.stdout)


def broken() -> list[Old]:
    """What a server of version 5.6 takes and nobody can read: ids begin with `bad`; and what can be mended: `mended`."""
    usual = {"iter": 1, "metric": "m", "variant": "v", "value": 1.0}

    def one(identity: str, kind: str = SCALAR, **fields: Any) -> Old:
        return event(kind, task_id(0), FIRST_MS, company=OTHER, identity_=identity, **{**usual, **fields})

    surrogate = b'{"type":"training_stats_scalar","task":"%s","iter":1,"metric":"\\ud800","variant":"","value":1,"timestamp":1580000000000}'
    return [
        one("bad-nan", value="NaN"),
        one("bad-text", value="1.5e999"),
        one("bad-large", value=1e39),
        one("bad-list", value=[1, 2]),
        one("bad-names", metric=["a", "b"]),
        one("bad-no-task", task=...),
        one("bad-type", type="plot"),
        one("bad-plot", PLOT, plot_str=5, value=...),
        Old(f"events-{SCALAR}-{OTHER}", "event", "bad-surrogate", "x", surrogate % task_id(0).encode()),
        one("mended-value", value="1.5"),
        one("mended-iter", iter="7"),
        one("mended-fraction", iter=7.9),
        one("mended-metric", metric=5),
        one("mended-names", metric=..., variant=None),
        one("mended-time", timestamp="2020-01-26T00:53:20.250Z"),
        one("mended-arrived", **{"@timestamp": "2020-01-26T00:53:20.123456+00:00"}),
        one("mended-untimed", **{"@timestamp": ..., "timestamp": ...}),
    ]


def test_two_hundred_thousand_events_killed_and_gone_on(old: OldServer, seven: Place, eight: Place, tmp_path: Path) -> None:
    many = old.load(broken()) + old.load(history(**EVENTS))
    assert many >= 200_000
    # Nobody can write to the source from now on, this migration included.
    old.ask("PUT", f"/{old.prefix}*/_settings", {"index.blocks.write": True})
    work = tmp_path / "work"
    planned = run("plan", old.address, old.prefix, seven, work)
    assert (planned["documents"], planned["version"], planned["fits"]) == (many, "5.6.16", True)
    assert not work.exists()

    chance = random.Random(5)
    for kill in range(1, 4):
        process = subprocess.Popen(
            command("run", old.address, old.prefix, seven, work, "--unit", "8000"), env=environment(seven), stdout=subprocess.DEVNULL
        )
        while process.poll() is None and done_units(work) < kill * 5:
            time.sleep(0.02)
        time.sleep(chance.random() / 2)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    outcome = run("run", old.address, old.prefix, seven, work, "--unit", "8000")
    assert outcome["number"] == 1
    assert outcome["documents"] < many, "it began anew"
    assert old.count() == many

    found = run("verify", old.address, old.prefix, seven, work)
    assert found["fine"]
    assert sum(one["documents"] for one in found["indices"]) == many
    for kind in TYPES:
        index = f"events-{kind}-{COMPANY}"
        assert seven.count(index) == old.count(index)

    # Bad documents: each by its id, with the reason; all others arrived.
    reports = [json.loads(line) for line in (work / "bad.jsonl").read_text().splitlines()]
    assert {one["id"] for one in reports} == {one.id for one in broken() if str(one.id).startswith("bad")}
    assert all(one["why"] and one["document"] for one in reports)
    mended = {hit["_id"]: hit for hit in seven.hits(f"events-{SCALAR}-{OTHER}")}
    assert set(mended) == {one.id for one in broken() if str(one.id).startswith("mended")}
    assert mended["mended-value"]["_source"]["value"] == 1.5
    assert (mended["mended-iter"]["_source"]["iter"], mended["mended-fraction"]["_source"]["iter"]) == (7, 7)
    assert mended["mended-metric"]["_source"]["metric"] == "5"
    assert mended["mended-time"]["_source"]["timestamp"] == FIRST_MS + 250
    assert mended["mended-iter"]["_routing"] == task_id(0)

    from_seven_to_eight(seven, eight, tmp_path)


def from_seven_to_eight(seven: Place, eight: Place, tmp_path: Path) -> None:
    """The same, from what the other has written: PERF: 200,000 documents are loaded once."""
    for name in (SCALAR, "training_debug_image"):
        seven.elastic.ask("DELETE", f"/{seven.layout.prefix}events-{name}-{COMPANY}")
    outcome = run("run", seven.address, seven.layout.prefix, eight, tmp_path / "work8")
    assert outcome["bad"] == 0
    found = run("verify", seven.address, seven.layout.prefix, eight, tmp_path / "work8")
    assert found["fine"]
    assert sum(one["documents"] for one in found["indices"]) == outcome["documents"] > 60_000
    assert eight.count(f"events-{LOG}-{COMPANY}") == EVENTS["logs"]
    again = run("run", seven.address, seven.layout.prefix, eight, tmp_path / "work8")
    assert (again["number"], again["documents"] < outcome["documents"]) == (2, True)
    assert eight.count(f"events-{LOG}-{COMPANY}") == EVENTS["logs"]
    store = ElasticEventStore(eight.elastic, SqliteStateStore(tmp_path / "state.db"), layout=eight.layout)
    task = Entity(COMPANY, task_id(3))
    assert store.count(Selection((task,), (LOG,))) == EVENTS["logs"] // EVENTS["tasks"]
    assert store.variants([task], [VECTOR]) == {"vec": ["v"]}
    assert store.newest(Selection((task,), (PLOT,)), count=1)[0]["plot_str"] == f'{{"data": [{EVENTS["plots"] // EVENTS["tasks"] - 1}]}}'


def test_routing_is_left_out_where_it_would_part_an_event_from_its_next_report(old: OldServer, tmp_path: Path) -> None:
    documents = [event(SCALAR, task_id(n), FIRST_MS + n, iter=1, metric="m", variant="v", value=1.0) for n in range(20)]
    old.load(documents)
    for target in place(shared(ELASTIC_7), old, {"number_of_shards": 3, "number_of_replicas": 0}):
        run("run", old.address, old.prefix, target, tmp_path / "work")
        assert not any("_routing" in hit for hit in target.hits("events-*"))
        assert run("verify", old.address, old.prefix, target, tmp_path / "work")["fine"]
        store = ElasticEventStore(target.elastic, SqliteStateStore(tmp_path / "state.db"), layout=target.layout)
        store.add(COMPANY, [{**one.source, "model_event": False} for one in documents])
        assert len(target.hits("events-*")) == 20


def test_a_folder_of_another_migration_is_refused(old: OldServer, seven: Place, eight: Place, tmp_path: Path) -> None:
    old.load([event(SCALAR, task_id(0), FIRST_MS, iter=1, metric="m", variant="v", value=1.0)])
    run("run", old.address, old.prefix, seven, tmp_path / "work")
    wrong = command("run", old.address, old.prefix, eight, tmp_path / "work")
    done = subprocess.run(wrong, env=environment(eight), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {tmp_path}/work is of another migration: its target is elasticsearch")


def test_two_at_once_are_refused(old: OldServer, seven: Place, tmp_path: Path) -> None:
    checkpoints = api.Checkpoints(tmp_path / "work")
    with checkpoints.alone():
        wrong = command("run", old.address, old.prefix, seven, tmp_path / "work")
        done = subprocess.run(wrong, env=environment(seven), capture_output=True, text=True, check=False)
    checkpoints.close()
    assert done.stderr == f"Error: another process works on {tmp_path}/work\n"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "ftp://x", "http://"])
def test_a_source_that_is_none_is_one_line(address: str, tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "apiserver", "migrate", "elastic", "plan", "--source", address, "--target", "http://127.0.0.1:9"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("Error: ")
