"""The reference's layout on a real server: what it wrote is read, what we write lies as it would lie there."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic.client import Elastic, Options
from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.elastic.layout import COMMON, Layout
from apiserver.stores.elastic.statistics import ElasticStatisticsStore
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, TYPES, VECTOR, Entity, Event, Selection
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.stores.statistics import QUEUE_METRICS, WORKER_REPORTS, WORKER_STATS, Figure, Span
from apiserver.testing.events import COMPANY, TASK, event, of

Server = tuple[Elastic, Layout]
HEX = "D1BD92A3B039400CBAFC60A7A5B1E52B"


@pytest.fixture
def events(server: Server, state: SqliteStateStore) -> ElasticEventStore:
    """A clean store."""
    return ElasticEventStore(server[0], state, layout=server[1])


@pytest.fixture
def foreign(server: Server) -> Iterator[Layout]:
    """Indices as the reference makes them: other names than ours, no templates of ours, dynamic, vectors without any mapping."""
    layout = Layout(prefix=f"r{server[1].prefix}")
    yield layout
    for name in server[0].ask("GET", f"/{layout.all()}/_settings", parameters={"filter_path": "*.settings.index.uuid"}) or {}:
        server[0].ask("DELETE", f"/{name}")


def _their_index(elastic: Elastic, name: str, properties: dict[str, Any] | None) -> None:
    body: dict[str, Any] = {"settings": {"number_of_shards": 1, "number_of_replicas": 0}}
    if properties is not None:
        body["mappings"] = {"properties": properties}
    elastic.ask("PUT", f"/{name}", body)


def _their_document(elastic: Elastic, index: str, identity: str, source: dict[str, Any]) -> None:
    elastic.ask("PUT", f"/{index}/_doc/{identity}", source, parameters={"refresh": "true"})


def test_names() -> None:
    """Spec 4 §4.2.1, spec 5 §2.2."""
    layout = Layout()
    assert layout.events(SCALAR, HEX) == "events-training_stats_scalar-d1bd92a3b039400cbafc60a7a5b1e52b"
    assert layout.events(LOG, "") == "events-log-"
    assert layout.month("worker_stats", HEX, 1709288430123) == "worker_stats_d1bd92a3b039400cbafc60a7a5b1e52b_2024-03"
    assert layout.months("queue_metrics", HEX) == "queue_metrics_d1bd92a3b039400cbafc60a7a5b1e52b_*"
    assert layout.month("worker_stats", "c", 2**63 - 1).endswith("_9999-12")
    assert layout.events(LOG, "a b/ä_*") == "events-log-a%20b%2f%c3%a4%5f%2a"


def test_what_we_write_lies_as_the_reference_has_it(server: Server, events: ElasticEventStore) -> None:
    """Index, id, document and the kinds of the fields; what only we add is not indexed."""
    elastic, layout = server
    sent = [event(kind, extra={"a": 1}) for kind in TYPES]
    events.add(HEX, sent)
    assert events.count(Selection((Entity(HEX, "task"),), TYPES)) == 5
    for one in sent:
        index = f"{layout.prefix}events-{one['type']}-{HEX.lower()}"
        (about,) = elastic.ask("GET", f"/{index}").values()
        properties = about["mappings"]["properties"]
        value = {"value": {"type": "object", "enabled": False}} if one["type"] == VECTOR else {}
        assert {name: properties[name] for name in COMMON} == {**COMMON, **value}
        assert "extra" not in properties
        assert about["settings"]["index"]["number_of_replicas"] == "0"
        (hit,) = elastic.ask("POST", f"/{index}/_search")["hits"]["hits"]
        assert hit["_source"] == one
        if one["type"] != LOG:
            assert hit["_id"] == d.identity(one)
    (plots,) = elastic.ask("GET", f"/{layout.events(PLOT, HEX)}").values()
    assert plots["mappings"]["properties"]["plot_data"] == {"type": "binary"}
    assert plots["mappings"]["properties"]["plot_str"] == {"type": "text", "index": False}


def test_events_of_the_reference_are_read_and_go_on(server: Server, foreign: Layout, state: SqliteStateStore) -> None:
    """Its indices take unknown fields, its vectors have no template, its long plots are packed, old events have no `model_event`."""
    elastic, _ = server
    text = json.dumps({"data": "x" * 100_000})
    plot = {**event(PLOT, iter=3), "plot_data": base64.encodebytes(zlib.compress(text.encode(), 1)).decode(), "plot_len": len(text)}
    del plot["plot_str"]
    their: list[Event] = [
        event(iter=1, value=0.91),
        {name: value for name, value in event(iter=2).items() if name != "model_event"},
        event(IMAGE, key="k", url="http://f/1"),
        {**plot, "source_urls": ["http://f/2"]},
        event(LOG, iter=..., msg="line", level="INFO"),
        event(VECTOR, metric="Two Words", value=[1, 2]),
    ]
    extra: dict[str, Any] = {IMAGE: {"key": {"type": "keyword"}, "url": {"type": "keyword"}}, PLOT: {"plot_data": {"type": "binary"}}}
    for kind in TYPES:
        _their_index(elastic, foreign.events(kind, COMPANY), None if kind == VECTOR else {**COMMON, **extra.get(kind, {})})
    for one in their:
        _their_document(elastic, foreign.events(one["type"], COMPANY), d.identity(one), one)
    events = ElasticEventStore(elastic, state, layout=foreign)
    assert events.select(of(VECTOR, metrics={"Two Words": ("v",)})) == [their[5]]
    assert [one["value"] for one in events.select(of())] == [0.91, 0.5]
    assert events.buckets(TASK, [("m", "v")], key="iter", interval=1)[0].means[0] == pytest.approx(0.9100000262260437, abs=0)
    assert events.select(of(PLOT))[0]["plot_str"] == text
    assert "plot_data" not in events.newest(of(PLOT), count=1)[0]
    assert events.urls(COMPANY, ["task"]) == ["http://f/1", "http://f/2"]
    assert events.variants([TASK], TYPES) == {"Two Words": ["v"], "m": ["v"]}
    assert events.page(of(LOG), by="timestamp", size=5).events == [their[4]]
    # Reported again, an event replaces what the reference stored.
    events.add(COMPANY, [event(iter=1, value=2), event(VECTOR, metric="Two Words", value=["odd", {"x": 2.5}])])
    assert [one["value"] for one in events.select(of())] == [2, 0.5]
    assert [one["value"] for one in events.select(of(VECTOR))] == [["odd", {"x": 2.5}]]
    # QUIRK: spec 4 §4.2.2: an index that takes any field refuses what contradicts the first value of it. Here nothing is lost.
    events.add(COMPANY, [event(iter=5, mine={"a": 1})])
    events.add(COMPANY, [event(iter=6, mine="a text"), event(iter=7, mine={"a": {"b": 1}})])
    assert [one.get("mine") for one in events.select(of(above=4))] == [{"a": 1}, "a text", {"a": {"b": 1}}]
    assert events.delete(COMPANY, ["task"]) == 9


def test_an_index_of_several_shards(server: Server, foreign: Layout, state: SqliteStateStore) -> None:
    """Shards number their documents apart from each other; no page loses or repeats one."""
    elastic, _ = server
    settings = {"number_of_shards": 3, "number_of_replicas": 0}
    elastic.ask("PUT", f"/{foreign.events(LOG, COMPANY)}", {"settings": settings, "mappings": {"properties": COMMON}})
    events = ElasticEventStore(elastic, state, layout=foreign)
    events.add(COMPANY, [event(LOG, msg=str(number), timestamp=1300000000000 + number // 20) for number in range(60)])
    seen: list[str] = []
    after = None
    while True:
        page = events.page(of(LOG), by="timestamp", size=4, after=after)
        seen += [one["msg"] for one in page.events]
        after = page.next
        if after is None:
            break
    assert sorted(seen, key=int) == [str(number) for number in range(60)]
    assert len(events.whole_page(of(LOG), by="timestamp", size=1)) == 20
    assert events.delete(COMPANY, ["task"]) == 60


def test_statistics_of_the_reference(server: Server, foreign: Layout, state: SqliteStateStore) -> None:
    """Its measurements are values and count as reports of their workers; ours do not count twice."""
    elastic, _ = server
    index = foreign.month("worker_stats", "c", 60_000)
    keywords = {name: {"type": "keyword"} for name in (*WORKER_STATS.labels, "company_id")}
    _their_index(elastic, index, {**keywords, "timestamp": {"type": "date"}, "value": {"type": "float"}})
    labels = {"worker": "theirs", "category": "cpu", "metric": "cpu_usage", "variant": "0"}
    _their_document(elastic, index, "1", {**labels, "timestamp": 60_000, "value": 3.0})
    statistics = ElasticStatisticsStore(elastic, state, layout=foreign)
    statistics.add(WORKER_STATS, "c", [{**labels, "worker": "ours", "timestamp": 61_000, "value": 5}])
    span = Span(0, 120_000, 60_000)
    average = Figure("avg", "avg", "value")
    assert statistics.series(WORKER_STATS, "c", span, [average]) == [{"bucket": 60_000, "avg": 4}]
    workers = Figure("workers", "distinct", "worker")
    assert statistics.series(WORKER_REPORTS, "c", span, [workers]) == [{"bucket": 60_000, "workers": 1}]
    statistics.add(WORKER_REPORTS, "c", [{"timestamp": 62_000, "worker": "ours", "task": "t"}])
    assert statistics.series(WORKER_REPORTS, "c", span, [workers]) == [{"bucket": 60_000, "workers": 2}]
    assert statistics.counts(WORKER_STATS, "c", ["worker"]) == [{"worker": "ours", "count": 1}, {"worker": "theirs", "count": 1}]


def test_statistics_lie_in_months(server: Server, state: SqliteStateStore) -> None:
    """Spec 5 §2.2; a question may go over their borders. The company is this test's own: others' indices stay when they are emptied."""
    elastic, layout = server
    statistics = ElasticStatisticsStore(elastic, state, layout=layout)
    row = {"queue": "q", "average_waiting_time": 1.5, "queue_length": 2}
    statistics.add(QUEUE_METRICS, "months", [{**row, "timestamp": at} for at in (1709251199000, 1709251200000)])
    assert statistics.greatest(QUEUE_METRICS, "months", Span(1709251199000, 1709251200000, 1000), ["queue_length"], by=["queue"]) == [
        {"bucket": 1709251199000, **row},
        {"bucket": 1709251200000, **row},
    ]
    names = set(elastic.ask("GET", f"/{layout.months('queue_metrics', 'months')}/_settings"))
    assert names == {f"{layout.prefix}queue_metrics_months_2024-02", f"{layout.prefix}queue_metrics_months_2024-03"}


def test_templates_are_put_again_and_again(server: Server, state: SqliteStateStore) -> None:
    """At every start; templates of earlier releases of the reference go."""
    elastic, _ = server
    elastic.ask("PUT", "/_template/queue_metrics", {"index_patterns": ["never-*"]})
    for _ in range(2):
        Layout().put_statistics_templates(elastic)
        Layout().put_event_templates(elastic)
    assert elastic.ask("GET", "/_template/queue_metrics", missing=True) is None
    names = [one["name"] for one in elastic.ask("GET", "/_index_template/events*")["index_templates"]]
    assert {f"events_{kind}" for kind in TYPES} <= set(names)
    assert Elastic(Options(hosts=elastic.options.hosts)).check_version().startswith("7.17")
