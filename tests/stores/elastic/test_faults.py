"""What happens when Elasticsearch is stopped, slow, full, busy, or not what it should be; done to a real server, where there is one."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from apiserver.calls.store_errors import translated
from apiserver.stores.elastic.client import Elastic, Options
from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.errors import NoSpace, Refused, StoreError, Unavailable
from apiserver.stores.events import IMAGE, LOG, SCALAR
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.testing.events import COMPANY, event, of, scalars
from tests.servers.base import Own, alone
from tests.servers.elasticsearch import with_settings

PRESSURE = 300_000
"""Bytes of writing that the server takes at a time."""


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    """A server of this module's own, in a folder that it may reach without being root."""
    folder = Path(tempfile.mkdtemp(prefix="trackyard-faults-"))
    folder.chmod(0o755)
    try:
        # One thread that writes, and one bulk request that may wait for it: others are turned away, item by item.
        narrow = ("node.processors: 1", "thread_pool.write.queue_size: 1")
        with alone(with_settings(f"indexing_pressure.memory.limit: {PRESSURE}b", *narrow), folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store(own: Own, state: SqliteStateStore) -> Iterator[Callable[..., ElasticEventStore]]:
    """Makes stores on it, with indices of their own."""
    made: list[ElasticEventStore] = []

    def make(**options: object) -> ElasticEventStore:
        elastic = Elastic(Options(hosts=[own.address], max_retries=0, **options))  # type: ignore[arg-type]
        found = ElasticEventStore(elastic, state, layout=Layout(prefix=f"f{time.monotonic_ns()}-"))
        found.prepare()
        made.append(found)
        return found

    yield make
    for one in made:
        one.close()


def test_a_server_that_is_killed_during_ingest(own: Own, store: Callable[..., ElasticEventStore]) -> None:
    """Calls fail as to be repeated; repeated, they succeed; what was acknowledged is there, nothing twice."""
    events = store(request_timeout_s=10)
    failures: list[StoreError] = []
    acknowledged: list[int] = []
    enough = threading.Event()

    def report(first: int) -> None:
        number = first
        while not enough.is_set():
            batch = [event(iter=number, variant=f"v{i}") for i in range(50)] + [event(LOG, iter=number, msg="line")] * 2
            while True:
                try:
                    events.add(COMPANY, batch)
                except StoreError as error:
                    failures.append(error)
                    time.sleep(0.1)
                else:
                    break
            acknowledged.append(number)
            number += 3

    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(report, first) for first in range(3)]
        try:
            while len(acknowledged) < 10:
                time.sleep(0.02)
            own.stop(with_signal=signal.SIGKILL)
            own.start()
            before = len(acknowledged)
            while len(acknowledged) < before + 10:
                time.sleep(0.02)
        finally:
            enough.set()
        for one in running:
            one.result()
    assert failures
    assert {type(one) for one in failures} == {Unavailable}
    assert sorted(one["iter"] for one in events.select(of(metrics={"m": ("v0",)}))) == sorted(acknowledged)
    assert (events.count(of()), events.count(of(LOG))) == (50 * len(acknowledged), 2 * len(acknowledged))


def test_a_slow_server_does_not_gather_a_pile(own: Own, store: Callable[..., ElasticEventStore]) -> None:
    """Each call ends after its time, waiting for a connection included; afterwards all is well."""
    events = store(request_timeout_s=1, connections=2, wait_s=0.5)
    events.add(COMPANY, [event()])
    own.pause()
    try:
        started = time.monotonic()
        with ThreadPoolExecutor(12) as threads:
            errors = [one.exception() for one in [threads.submit(events.count, of()) for _ in range(12)]]
        assert {type(one) for one in errors} == {Unavailable}
        assert time.monotonic() - started < 6
        assert any("too slow" in str(one) for one in errors)
        assert any("in time" in str(one) for one in errors)
        with pytest.raises(Unavailable):
            events.ping()
    finally:
        own.resume()
    assert events.count(of()) == 1
    events.ping()


def test_a_busy_server(store: Callable[..., ElasticEventStore]) -> None:
    """More than it takes at a time is repeated a few times, then given back; smaller bulk requests get through."""
    batch = [event(iter=number, worker="w" * 2000) for number in range(300)]
    with pytest.raises(Unavailable, match=r"too busy|cannot answer now") as refused:
        store().add(COMPANY, batch)
    assert refused.value.cause
    events = store(bulk_bytes=PRESSURE // 8)
    events.add(COMPANY, batch)
    assert events.count(of()) == 300


def test_items_that_are_turned_away(store: Callable[..., ElasticEventStore], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one bulk request, some shards take their items and others do not (429): those are sent again; none is lost, none is doubled."""
    events = store()
    statuses: list[list[int]] = []
    once = Elastic._bulk_once

    def listening(elastic: Elastic, lines: Sequence[bytes]) -> Any:
        answer = once(elastic, lines)
        statuses.append([item["index"]["status"] for item in answer["items"]])
        return answer

    monkeypatch.setattr(Elastic, "_bulk_once", listening)
    acknowledged: list[int] = []

    def report(number: int) -> None:
        batch = [event(kind, iter=number, variant=f"v{i}", msg="line") for kind in (SCALAR, LOG, IMAGE) for i in range(20)]
        while True:
            try:
                events.add(COMPANY, batch)
            except Unavailable:
                continue
            acknowledged.append(number)
            return

    for first in range(0, 240, 24):
        with ThreadPoolExecutor(12) as threads:
            for one in [threads.submit(report, number) for number in range(first, first + 24)]:
                one.result()
        if any({201, 429} <= set(found) for found in statuses):
            break
    assert any({201, 429} <= set(found) for found in statuses), "no request was taken in part: nothing was shown"
    for kind in (SCALAR, LOG, IMAGE):
        assert events.count(of(kind)) == 20 * len(acknowledged)


def test_a_full_disk(own: Own, store: Callable[..., ElasticEventStore]) -> None:
    """Elasticsearch closes indices for writing when its disk is full; clients hear why, and that they may come back."""
    events = store()
    events.add(COMPANY, scalars(3))
    index = events._layout.events("training_stats_scalar", COMPANY)
    block = "index.blocks.read_only_allow_delete"
    events._elastic.ask("PUT", f"/{index}/_settings", {block: True})
    with pytest.raises(NoSpace):
        events.add(COMPANY, scalars(5))
    with pytest.raises(Exception, match="Low disk space") as told, translated():
        events.add(COMPANY, scalars(5))
    assert (told.value.code, told.value.subcode) == (503, 4)  # type: ignore[attr-defined]
    assert events.count(of()) == 3
    events._elastic.ask("PUT", f"/{index}/_settings", {block: None})
    events.add(COMPANY, scalars(5))
    assert events.count(of()) == 5


def test_clients_hear_no_hosts(state: SqliteStateStore) -> None:
    """The log does; clients hear that the store is away."""
    events = ElasticEventStore(Elastic(Options(hosts=["http://127.0.0.1:9"], max_retries=0)), state)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9 cannot be reached"):
        events.ping()
    with pytest.raises(Exception, match="the event store cannot be reached") as told, translated():
        events.count(of())
    assert "127.0.0.1" not in str(told.value)
    assert (told.value.code, told.value.subcode) == (503, 102)  # type: ignore[attr-defined]


@contextmanager
def _answering(status: int, body: str) -> Iterator[str]:
    """The address of something that gives the same answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        do_PUT = do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, '{"version": {"number": "6.8.23"}}', r"Elasticsearch 6\.8\.23; Elasticsearch 7\.17 or 8 is needed"),
        (200, '{"version": {"number": "7.16.3"}}', "7.16.3"),
        (200, '{"version": {"number": "9.0.0"}}', "9.0.0"),
        (200, '{"version": {"number": "2.11.0", "distribution": "opensearch"}}', "opensearch"),
        (200, '{"hello": "world"}', "no Elasticsearch"),
        (200, "<html>", "does not answer as Elasticsearch"),
        (
            401,
            '{"error": {"type": "security_exception", "reason": "missing authentication credentials"}}',
            "refuses the user elastic: missing",
        ),
    ],
)
def test_at_start_one_line_says_what_is_wrong(state: SqliteStateStore, status: int, body: str, said: str) -> None:
    """Wrong version, wrong product, wrong credentials: nothing to wait for."""
    with _answering(status, body) as address:
        events = ElasticEventStore(Elastic(Options(hosts=[address], user="elastic", password="never shown", max_retries=0)), state)
        with pytest.raises(Refused, match=said) as refused:
            events.prepare()
    assert "never shown" not in str(refused.value)
    assert "\n" not in str(refused.value)
