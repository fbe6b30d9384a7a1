"""How many scalars a second go into Elasticsearch, beside the same documents by bare `_bulk` requests in the same run.

Run: python benchmarks/elastic_add_batch.py [--batches N]. Prints, asserts nothing. It starts an Elasticsearch as the tests do, or uses the
one of TRACKYARD_TEST_ELASTIC. Figures of batches of 1,000 scalars: bare `_bulk` of ready-made bodies, the same with a refresh each as the
reference server does, the store alone, and the whole call (parsing, checks, store, update of the task); bytes a scalar on disk.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from attrs import evolve

from apiserver.app import create_api
from apiserver.stores.elastic import documents
from apiserver.stores.elastic.client import Elastic, Options, dumped
from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.events import SCALAR, Entity, Event, Selection
from apiserver.testing.client import Client
from apiserver.testing.server import USER, serving
from tests.servers.base import NotToBeHad, Own
from tests.servers.elasticsearch import ELASTIC_7

POINTS = 1000
SERIES = 20
STORED = {"@timestamp": "2024-03-01T10:20:30.123Z", "worker": "w", "model_event": False}


def reports(batch: int, task: str) -> list[Event]:
    """20 series growing side by side, as a training loop reports."""
    found = []
    for number in range(POINTS):
        series, iteration = number % SERIES, batch * (POINTS // SERIES) + number // SERIES
        one = {"type": SCALAR, "task": task, "metric": f"m{series // 4}", "variant": f"v{series % 4}", "iter": iteration}
        found.append({**one, "value": iteration * 0.1 + number, "timestamp": 1_700_000_000_000 + iteration})
    return found


def timed(works: dict[str, Callable[[int], None]], batches: int) -> dict[str, float]:
    """Points a second in the median batch; the works take turns, so that a busy machine slows all of them alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for batch in range(batches + 5):
        for name, work in works.items():
            before = time.perf_counter()
            work(batch)
            taken[name].append(time.perf_counter() - before)
    return {name: POINTS / statistics.median(times[5:]) for name, times in taken.items()}


def bare(elastic: Elastic, index: str, batches: int, *, refresh: bool) -> Callable[[int], None]:
    """The same documents, written beforehand."""
    bodies = []
    for batch in range(batches + 5):
        made = [{**one, **STORED} for one in reports(batch, "bare")]
        bodies.append([dumped({"index": {"_index": index, "_id": documents.identity(one)}}) + b"\n" + dumped(one) + b"\n" for one in made])
    parameters: dict[str, Any] = {"filter_path": "errors"} | ({"refresh": "true"} if refresh else {})

    headers = {"content-type": "application/x-ndjson"}

    def work(batch: int) -> None:
        status, answer = elastic._send("POST", "/_bulk", b"".join(bodies[batch]), headers, parameters, None)
        assert (status, answer) == (200, {"errors": False})

    return work


@contextmanager
def server() -> Iterator[str]:
    """The address of an Elasticsearch."""
    import os

    if named := os.environ.get(ELASTIC_7.variable):
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="trackyard-bench-"))
    folder.chmod(0o755)
    own = Own(ELASTIC_7, folder)
    try:
        ELASTIC_7.obtain()
        own.start()
        yield own.address
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=40)
    batches = parser.parse_args().batches
    logging.disable(logging.WARNING)
    with server() as address, tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as embedded:
        elastic, layout = Elastic(Options(hosts=[address])), Layout(prefix=f"bench{uuid.uuid4().hex[:8]}-")
        store = ElasticEventStore(elastic, embedded.backend.state, layout=layout)
        store.prepare()
        backend = evolve(embedded.backend, events=store)
        client = Client(create_api(backend), backend, *USER)
        task = client.call("tasks.create", {"name": "benchmark", "type": "training"})["id"]
        headers = {"Content-Type": "application/json-lines", **client._bearer(None)}
        bodies = ["\n".join(json.dumps(one) for one in reports(batch, task)).encode() for batch in range(batches + 5)]
        made = [[{**one, **STORED} for one in reports(batch, "task")] for batch in range(batches + 5)]

        def call(batch: int) -> None:
            answer = client.send("/v2.34/events.add_batch", bodies[batch], headers)
            assert answer.body["data"]["added"] == POINTS

        found = timed(
            {
                "bare _bulk": bare(elastic, layout.events(SCALAR, "bare"), batches, refresh=False),
                "bare _bulk with refresh": bare(elastic, layout.events(SCALAR, "refreshed"), batches, refresh=True),
                "store": lambda batch: store.add("company", made[batch]),
                "call": call,
            },
            batches,
        )
        assert store.count(Selection((Entity("company", "task"),), (SCALAR,))) == POINTS * (batches + 5)
        index = layout.events(SCALAR, "company")
        elastic.ask("POST", f"/{index}/_forcemerge", parameters={"max_num_segments": 1})
        size = elastic.ask("GET", f"/{index}/_stats/store")["indices"][index]["primaries"]["store"]["size_in_bytes"]
        for kind in ("company", "bare", "refreshed"):
            elastic.ask("DELETE", f"/{layout.events(SCALAR, kind)}")
        for name in elastic.ask("GET", f"/{layout.all()}/_settings", parameters={"filter_path": "*.settings.index.uuid"}) or {}:
            elastic.ask("DELETE", f"/{name}")
    print(f"points a second, {batches} batches of {POINTS}: " + "; ".join(f"{name} {figure:,.0f}" for name, figure in found.items()))
    print(f"store / bare {found['store'] / found['bare _bulk']:.2f}; call / bare {found['call'] / found['bare _bulk']:.2f}; ", end="")
    print(f"{size / (POINTS * (batches + 5)):.0f} bytes a point")


if __name__ == "__main__":
    try:
        main()
    except NotToBeHad as reason:
        print(f"not run: {reason}")
