"""The lines of the table that `bench.py` prints: what is measured, how, and what is promised (docs/performance.md)."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psutil
from attrs import Factory, define, frozen

from apiserver.stores.events import SCALAR
from benchmarks import raw, wire
from benchmarks.contents import SORTED_METRIC, Filled, add_points
from benchmarks.installation import EMBEDDED, SCALE_OUT, Installation
from benchmarks.start import memory
from benchmarks.wire import Client

COLUMNS = ["name", "status", "type", "tags", "system_tags", "project.name", "user.name", "last_update", "started", "last_iteration"]


@define
class Bench:
    """A served installation under measurement. seconds: for how long each rate is taken."""

    installation: Installation
    client: Client
    process: psutil.Process
    filled: Filled
    seconds: float
    found: dict[str, float] = Factory(dict)

    def new_task(self) -> str:
        return str(self.client.call("tasks.create", {"name": "benchmark", "type": "training"})["id"])

    def rate(self, make: wire.Make, *, connections: int = 1) -> float:
        return wire.rate(self.client.port, make, connections=connections, seconds=self.seconds)

    def ms(self, action: str, data: Mapping[str, Any]) -> float:
        return wire.milliseconds(self.client.port, self.client.request(action, data))


@frozen
class Line:
    """promised: {stack: figure}; against: the title of a raw figure of the same run, and {stack: the least part of it}."""

    title: str
    unit: str
    measure: Callable[[Bench], float | None]
    promised: Mapping[str, float] = {}
    against: tuple[str, Mapping[str, float]] | None = None

    @property
    def more_is_better(self) -> bool:
        return self.unit.endswith("/s")

    def met(self, stack: str, value: float) -> bool | None:
        """None: nothing is promised."""
        if stack not in self.promised:
            return None
        return value >= self.promised[stack] if self.more_is_better else value <= self.promised[stack]


def both(embedded: float, scale_out: float) -> dict[str, float]:
    return {EMBEDDED: embedded, SCALE_OUT: scale_out}


# Ingest


def scalars(task: str, batch: int, size: int) -> list[dict[str, Any]]:
    """Of at most 20 series growing side by side."""
    series = min(20, size)
    found = []
    for number in range(size):
        one, iteration = number % series, batch * (size // series) + number // series
        event = {"type": SCALAR, "task": task, "metric": f"m{one // 4}", "variant": f"v{one % 4}", "iter": iteration}
        found.append({**event, "value": iteration * 0.1 + one, "timestamp": 1_700_000_000_000 + iteration})
    return found


def log_lines(task: str, batch: int, size: int) -> list[dict[str, Any]]:
    return [
        {"type": "log", "task": task, "level": "info", "worker": "node-1", "timestamp": 1_700_000_000_000 + batch * size + number,
         "msg": f"epoch {batch} step {number}: loss 0.{number:04} accuracy 0.{number * 7 % 10_000:04} rate 0.001"}
        for number in range(size)
    ]  # fmt: skip


def _lines(events: Sequence[Mapping[str, Any]]) -> bytes:
    return "\n".join(json.dumps(one) for one in events).encode()


def ingest(kind: Callable[[str, int, int], list[dict[str, Any]]], size: int, *, connections: int = 1, count: bool = True) -> Any:
    """How many events a second (count: False: requests). Each connection's task is its own, no event is sent twice."""

    def measure(bench: Bench) -> float:
        tasks = [bench.new_task() for _ in range(connections)]
        # PERF: bodies are made before the clock runs; more than can be used.
        most = int((bench.seconds + 1) * (400_000 / size if size > 100 else 6_000))
        made = [bench.client.request("events.add_batch", _lines(kind(tasks[n % connections], n, size))) for n in range(most)]
        return bench.rate(lambda number: made[number % most], connections=connections) * (size if count else 1)

    return measure


def raw_ingest(bench: Bench) -> float:
    batches = [scalars("t" * 32, number, 1000) for number in range(100)]
    if bench.installation.stack == EMBEDDED:
        return raw.sqlite_upserts(batches)
    stored = {"@timestamp": "2026-03-01T10:20:30.123Z", "worker": "w", "model_event": False}
    return raw.elastic_bulk(bench.installation.addresses["elastic"], [[{**one, **stored} for one in batch] for batch in batches])


# Tasks and queues


def creates(bench: Bench) -> float:
    request = bench.client.request("tasks.create", {"name": "created", "type": "training", "project": bench.filled.project})
    return bench.rate(lambda _: request, connections=4)


def by_id(bench: Bench) -> float:
    request = bench.client.request("tasks.get_by_id", {"task": bench.filled.task})
    return bench.rate(lambda _: request, connections=8)


def ping(bench: Bench) -> float:
    request = bench.client.request("debug.ping", {})
    return bench.rate(lambda _: request, connections=8)


def status_reports(bench: Bench) -> float:
    stats = {"cpu_usage": [10.0, 20.0], "memory_used": 3000, "gpu_usage": [90.0]}
    request = bench.client.request(
        "workers.status_report", {"worker": "node-1", "timestamp": int(time.time() * 1000), "machine_stats": stats}
    )
    return bench.rate(lambda _: request, connections=4)


def pairs(bench: Bench) -> float:
    """One client enqueues a task and takes it off, again and again."""
    queue, task = bench.client.call("queues.create", {"name": "benchmark"})["id"], bench.new_task()
    turns = itertools.cycle(
        (
            bench.client.request("tasks.enqueue", {"task": task, "queue": queue}),
            bench.client.request("tasks.dequeue", {"task": task}),
        )
    )
    return bench.rate(lambda _: next(turns)) / 2


# Pages


def newest(bench: Bench) -> float:
    return bench.ms("tasks.get_all_ex", {"page": 0, "page_size": 50, "order_by": ["-last_update"], "only_fields": COLUMNS})


def by_parameter(bench: Bench) -> float:
    page = {"project": [bench.filled.project], "page": 0, "page_size": 50, "only_fields": [*COLUMNS, "hyperparams.Args.lr.value"]}
    return bench.ms("tasks.get_all_ex", {**page, "order_by": ["hyperparams.Args.lr.value"]})


def by_metric(bench: Bench) -> float:
    page = {"project": [bench.filled.project], "page": 0, "page_size": 50, "only_fields": [*COLUMNS, SORTED_METRIC]}
    return bench.ms("tasks.get_all_ex", {**page, "order_by": [f"-{SORTED_METRIC}"]})


# Series


def histogram(key: str) -> Callable[[Bench], float]:
    return lambda bench: bench.ms("events.scalar_metrics_iter_histogram", {"task": bench.filled.rich, "key": key})


def compare(bench: Bench) -> float:
    return bench.ms("events.multi_task_scalar_metrics_iter_histogram", {"tasks": bench.filled.compared, "key": "iter"})


# The process


def start_s(bench: Bench) -> float:
    """From the command to the first answer, the engines running, the best of three."""
    return min(bench.installation.start_s() for _ in range(3))


def resident(bench: Bench) -> float:
    """All processes together, after a start and a few calls."""
    with bench.installation.run() as (client, process):
        for _ in range(20):
            client.call("debug.ping", {})
        time.sleep(2)
        return memory(process)[0]


def bytes_a_point(bench: Bench) -> float | None:
    """Of half a million points of one new task, beside what was there before."""
    points, backend = 500_000, bench.installation.backend
    company, task = bench.installation.company, uuid.uuid4().hex
    if bench.installation.stack == SCALE_OUT:
        add_points(backend, company, task, points)
        address, index = bench.installation.addresses["elastic"], f"events-{SCALAR}-{company}"
        return raw.elastic_bytes(address, index) / raw.elastic_count(address, index)
    before = bench.installation.events_bytes()
    add_points(backend, company, task, points)
    return (bench.installation.events_bytes() - before) / points


RAW = "the engine alone"
LINES = [
    Line(RAW, "events/s", raw_ingest),
    Line("add_batch, 1,000 scalars, one client", "events/s", ingest(scalars, 1000), both(75_000, 25_000), (RAW, both(0.4, 0.5))),
    Line("add_batch, 1,000 scalars, four clients", "events/s", ingest(scalars, 1000, connections=4)),
    Line("add_batch, 10 scalars, one client", "requests/s", ingest(scalars, 10, count=False)),
    Line("add_batch, 10 scalars, four clients", "requests/s", ingest(scalars, 10, connections=4, count=False), both(800, 250)),
    Line("log lines, 1,000 a batch", "lines/s", ingest(log_lines, 1000), both(100_000, 25_000)),
    Line("tasks.create, four clients", "requests/s", creates, both(1000, 600)),
    Line("tasks.get_by_id, 8 connections", "requests/s", by_id, both(2500, 1200)),
    Line("page of 50 tasks of all, newest first", "ms", newest, both(6, 10)),
    Line("page of 50 of a large project, by a hyperparameter", "ms", by_parameter, both(25, 60)),
    Line("page of 50 of a large project, by a last metric", "ms", by_metric, both(25, 60)),
    Line("scalar histogram, one task, by iteration", "ms", histogram("iter"), both(60, 250)),
    Line("scalar histogram, one task, by time", "ms", histogram("timestamp"), both(60, 250)),
    Line("compare ten tasks", "ms", compare, both(120, 600)),
    Line("enqueue + dequeue, one client", "pairs/s", pairs, both(300, 150)),
    Line("workers.status_report, four clients", "requests/s", status_reports),
    Line("debug.ping, 8 connections", "requests/s", ping, both(6000, 6000)),
]
"""What is measured while the server of `Bench` runs."""
ALONE = [
    Line("bytes on disk a scalar point", "bytes", bytes_a_point, {EMBEDDED: 32}),
    Line("start to first answer", "s", start_s, both(1.0, 1.5)),
    Line("resident, idle, all processes", "MB", resident, both(150, 200)),
]
"""What is measured with no server, or with one of its own."""
