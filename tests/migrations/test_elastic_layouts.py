"""Indices of earlier releases on a real Elasticsearch, brought to the layout of today in place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apiserver.migrations.elastic import api

from apiserver.stores.elastic.client import Elastic, Options
from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.events import SCALAR, VECTOR, Entity, Event, Selection
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.testing.elastic import drop
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_7

KEYWORD = {"type": "keyword"}
OF_0_16 = {
    "@timestamp": {"type": "date"}, "task": KEYWORD, "type": KEYWORD, "worker": KEYWORD, "timestamp": {"type": "date"},
    "iter": {"type": "long"}, "metric": KEYWORD, "variant": KEYWORD, "value": {"type": "float"},
}  # fmt: skip
EVENT: Event = {
    "type": SCALAR, "task": "t", "iter": 1, "metric": "m", "variant": "v", "value": 0.5, "timestamp": 1580000000000,
    "@timestamp": "2020-01-26T00:53:20.500Z", "worker": "w",
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[tuple[Elastic, Layout]]:
    elastic, layout = Elastic(Options(hosts=[shared(ELASTIC_7)])), Layout("old-layout-")
    drop(Elastic(elastic.options), layout)
    yield elastic, layout
    drop(elastic, layout)


def make(elastic: Elastic, name: str, properties: dict[str, Any] | None, *events: Event, replicas: int = 1) -> None:
    about: dict[str, Any] = {"settings": {"number_of_shards": 1, "number_of_replicas": replicas}}
    if properties is not None:
        about["mappings"] = {"properties": properties}
    elastic.ask("PUT", f"/{name}", about)
    for place, event in enumerate(events):
        elastic.ask("PUT", f"/{name}/_doc/{place}", event)


def test_an_old_index_gets_the_fields_of_today(server: tuple[Elastic, Layout], tmp_path: Path) -> None:
    elastic, layout = server
    name = f"{layout.prefix}events-{SCALAR}-c"
    make(elastic, name, OF_0_16, EVENT)
    found = api.look(elastic, layout)
    (one,) = found.indices
    assert (one.name, set(one.missing), one.grows, one.replicas, one.other) == (name, {"company_id", "model_event"}, True, 1, {})
    assert f"{layout.prefix}events_{SCALAR}" in found.templates
    assert api.upgrade(elastic, layout) == found
    after = api.look(elastic, layout)
    assert (after.indices, after.templates, after.to_do) == ([], [], False)
    mapping = elastic.ask("GET", f"/{name}")[name]
    assert mapping["mappings"]["dynamic"] == "false"
    assert mapping["settings"]["index"]["number_of_replicas"] == "0"
    store = ElasticEventStore(elastic, SqliteStateStore(tmp_path / "state.db"), layout=layout)
    store.add("c", [{**EVENT, "iter": 2, "model_event": False, "mine": {"a": 1}}])
    assert [one["iter"] for one in store.select(Selection((Entity("c", "t"),), (SCALAR,)))] == [1, 2]


def test_a_field_of_another_kind_is_named_and_stays(server: tuple[Elastic, Layout], tmp_path: Path) -> None:
    """Vectors of the reference since its release 1.15, which has no template for them."""
    elastic, layout = server
    name = f"{layout.prefix}events-{VECTOR}-c"
    make(elastic, name, None, {**EVENT, "type": VECTOR, "value": [1, 2]}, replicas=0)
    (one,) = api.look(elastic, layout).indices
    assert one.other["metric"] == ("text", "keyword")
    assert one.replicas is None
    api.upgrade(elastic, layout)
    (one,) = api.look(elastic, layout).indices
    assert (one.missing, one.grows, one.other["task"]) == ({}, False, ("text", "keyword"))
    store = ElasticEventStore(elastic, SqliteStateStore(tmp_path / "state.db"), layout=layout)
    assert store.variants([Entity("c", "t")], [VECTOR]) == {"m": ["v"]}


def test_nothing_is_to_do_where_everything_is_of_today(server: tuple[Elastic, Layout]) -> None:
    elastic, layout = server
    api.upgrade(elastic, layout)
    elastic.ask("PUT", f"/{layout.prefix}events-log-c")
    found = api.look(elastic, layout)
    assert not found.to_do
    assert found.indices == []
