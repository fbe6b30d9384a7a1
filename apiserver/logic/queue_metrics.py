"""Samples of queues: how many wait and for how long; written when entries change, and from time to time. Source: spec 5 §4.8.

A sample is a row of statistics; the last one of each queue is in the state store as well, where `sample_all` sees how old it is.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apiserver.domain import charts
from apiserver.stores.backend import Backend
from apiserver.stores.collections import QUEUES
from apiserver.stores.documents import Document
from apiserver.stores.errors import StoreError
from apiserver.stores.filters import Eq
from apiserver.stores.statistics import QUEUE_METRICS, Span

log = logging.getLogger(__name__)

IDLE_S = 30
"""Polls of an empty queue are sampled this seldom; agents poll every few seconds."""
_KEPT_S = 24 * 3600
_REFRESH_S = 300


def record(backend: Backend, queue: Document, now: datetime) -> None:
    """Write a sample of a queue with these `entries` (and its `id` and `company`).

    NOTE: a failure is only logged. The entry was put in or taken out already, and an agent that got an error for an entry that is gone
    would lose it.
    """
    try:
        _record(backend, queue, now)
    except StoreError as error:
        log.warning("no sample of the queue %s: %s", queue["id"], error)


def record_idle(backend: Backend, queue: Document, now: datetime) -> None:
    """As `record`, of an empty queue that was asked for its next task; not when the last sample says the same and is young."""
    try:
        last = _last(backend, queue["id"])
    except StoreError as error:
        log.warning("no sample of the queue %s: %s", queue["id"], error)
        return
    if last is None or last.get("queue_length") or _age_s(last, now) >= IDLE_S:
        record(backend, queue, now)


def sample_all(backend: Backend, now: datetime) -> int:
    """Write a sample of each queue of all companies whose last is too old; how many."""
    refresh_s = float(backend.settings.get("services.queues.metrics_refresh_interval_sec", _REFRESH_S))
    written = 0
    for queue in backend.documents.list(QUEUES, fields=["company"]):
        last = _last(backend, queue["id"])
        if last is not None and _age_s(last, now) < refresh_s:
            continue
        # NOTE: read one by one: a queue may hold thousands of entries.
        found = backend.documents.find(QUEUES, Eq("id", queue["id"]), fields=["company", "entries"])
        if found is not None:
            record(backend, found, now)
            written += 1
    return written


def queue_series(backend: Backend, company: str, queues: Sequence[str], chart: charts.Range) -> dict[str, dict[int, charts.Sample]]:
    """{queue: {bucket: its sample with the longest waiting time}}, of all buckets that hold any."""
    span = Span(chart.first_s * 1000, chart.last_s * 1000, chart.interval_ms)
    order = ("average_waiting_time", "queue_length")
    found: dict[str, dict[int, charts.Sample]] = {}
    for row in backend.statistics.greatest(QUEUE_METRICS, company, span, order, by=("queue",), where={"queue": queues}):
        sample = charts.Sample(row["average_waiting_time"] or 0.0, int(row["queue_length"] or 0))
        found.setdefault(row["queue"], {})[row["bucket"]] = sample
    return found


def _record(backend: Backend, queue: Document, now: datetime) -> None:
    entries = queue.get("entries") or ()
    waits = [(now - entry["added"]).total_seconds() for entry in entries if entry.get("added")]
    row = {
        "timestamp": int(now.timestamp() * 1000),
        "queue": queue["id"],
        "average_waiting_time": charts.mean_waiting_s(waits),
        "queue_length": len(waits),
    }
    backend.statistics.add(QUEUE_METRICS, str(queue.get("company") or ""), [row])
    backend.state.set(_key(queue["id"]), json.dumps(row), ttl_s=_KEPT_S)


def _last(backend: Backend, queue_id: str) -> Mapping[str, Any] | None:
    text = backend.state.get(_key(queue_id))
    return None if text is None else json.loads(text)


def _age_s(sample: Mapping[str, Any], now: datetime) -> float:
    return now.timestamp() - float(sample["timestamp"]) / 1000


def _key(queue_id: str) -> str:
    return f"queue_metrics_{queue_id}"
