"""Something of everything that an installation keeps, put into its stores; for tests of carrying it elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiserver.calls.tokens import REVOKED
from apiserver.stores.backend import Backend
from apiserver.stores.collections import (
    AUTH_USERS,
    COMPANIES,
    MODELS,
    PROJECTS,
    QUEUES,
    SETTINGS,
    STORAGE_SETTINGS,
    TASKS,
    URLS_TO_DELETE,
    USERS,
    VERSIONS,
)
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, VECTOR
from apiserver.stores.statistics import QUEUE_METRICS, SERVING_STATS, WORKER_REPORTS, WORKER_STATS
from apiserver.testing.events import event

COMPANY, GUESTS = "c0ffee", "9e57"
NOW = datetime(2024, 3, 1, 10, 20, 30, 123000, tzinfo=UTC)


def task_id(number: int) -> str:
    return f"{number:04d}a5c"


def task(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": task_id(number), "company": COMPANY, "user": "u1", "name": f"task {number}", "type": "training", "status": "completed",
        "created": NOW, "project": "p2", "tags": ["ä", "b"], "hyperparams": {"Args": {"l%2Er": {"value": "0.1", "$odd": 1}}},
        "last_metrics": {"a1": {"b2": {"value": 0.5, "max_value": float("nan"), "count": 3}}}, "runtime": {}, "models": {"input": [
            {"name": "m", "model": "m1", "updated": NOW}], "output": []}, **fields,
    }  # fmt: skip


def fill(backend: Backend, *, tasks: int = 40, large: int = 700, secret: str = "sealed") -> None:
    """Documents, events of all types (one task has many), statistics, sessions that were signed out."""
    documents = backend.documents
    documents.insert(COMPANIES, {"id": COMPANY, "name": "clearml"}, {"id": GUESTS, "name": "guests"})
    documents.insert(SETTINGS, {"id": "server.uuid", "value": "5e4e4"}, {"id": "odd", "value": [1, None, {"$d": 5}]})
    documents.insert(VERSIONS, {"id": "v1", "num": "1.9.0", "created": NOW, "desc": "x"})
    documents.insert(USERS, {"id": "u1", "company": COMPANY, "name": "U", "preferences": "{}"})
    pair = {"key": "K", "secret": secret, "last_used": NOW}
    documents.insert(AUTH_USERS, {"id": "u1", "company": COMPANY, "email": "u@example.com", "role": "user", "credentials": [pair]})
    documents.insert(PROJECTS, {"id": "p1", "company": COMPANY, "name": "a", "basename": "a", "path": []})
    documents.insert(PROJECTS, {"id": "p2", "company": COMPANY, "name": "a/b", "basename": "b", "parent": "p1", "path": ["p1"]})
    documents.insert(MODELS, {"id": "m1", "company": COMPANY, "name": "m", "uri": "http://f/m", "task": task_id(0), "labels": {"a": 1}})
    entries = [{"task": task_id(1), "added": NOW}]
    documents.insert(QUEUES, {"id": "q1", "company": COMPANY, "name": "default", "entries": entries, "metadata": {}})
    documents.insert(STORAGE_SETTINGS, {"id": "s1", "company": COMPANY, "aws": {"key": "k", "secret": "s", "buckets": []}})
    documents.insert(URLS_TO_DELETE, {"id": "d1", "company": COMPANY, "url": "http://f/x", "status": "created", "retry_count": 0})
    documents.insert(TASKS, *(task(number) for number in range(tasks)), task(9000, company=GUESTS))
    for number in range(tasks):
        backend.events.add(COMPANY, _events(task_id(number), 1 + number % 7))
    backend.events.add(COMPANY, [event(SCALAR, task=task_id(3), metric=f"m{i % 3}", iter=i, value=i / 7) for i in range(large)])
    backend.events.add(COMPANY, [event(LOG, task=task_id(3), msg=f"line {i}", timestamp=1300000000000 + i // 5) for i in range(large)])
    backend.events.add(COMPANY, [event(PLOT, task="m1", model_event=True)])
    backend.events.add(GUESTS, _events(task_id(9000), 3))
    _statistics(backend)
    backend.state.add_member(REVOKED, "session-1", 4e9)
    backend.state.add_member(REVOKED, "session-ended", 1e9)


def _events(of: str, count: int) -> list[dict[str, Any]]:
    found = []
    for i in range(count):
        found += [
            event(SCALAR, task=of, iter=i, value=i / 3), event(SCALAR, task=of, iter=i, variant="w", value=i, key="k", more=[{"a": 2**70}]),
            event(VECTOR, task=of, iter=i), event(IMAGE, task=of, iter=i, url=f"http://f/{i}", key="k"),
            event(PLOT, task=of, iter=i, plot_str="{" + "x" * 500 * i + "}", source_urls=["http://f/p"]),
            event(LOG, task=of, iter=..., msg="same line"), event(LOG, task=of, msg="ünï", timestamp=None),
        ]  # fmt: skip
    return [*found, event(SCALAR, task=of, iter=..., value=None), event(SCALAR, task=of, iter=None, timestamp=5.5)]


def _statistics(backend: Backend) -> None:
    add = backend.statistics.add
    add(
        QUEUE_METRICS,
        COMPANY,
        [{"timestamp": i * 10**8, "queue": "q1", "average_waiting_time": i / 3, "queue_length": i} for i in range(30)],
    )
    labels = {"category": "cpu", "metric": "cpu_usage", "variant": "0"}
    add(WORKER_STATS, COMPANY, [{"timestamp": i, "worker": "w", **labels, "task": task_id(1), "value": i / 7} for i in range(50)])
    add(WORKER_REPORTS, COMPANY, [{"timestamp": 5, "worker": "w", "task": task_id(1)}] * 3)
    add(SERVING_STATS, GUESTS, [{"timestamp": 5, "endpoint_url": "e", "container_id": "c", "latency_ms": 4, "memory_used": 0.1}])
