"""How long queues were and how long their tasks waited, over time. Source: spec 5 §4.8."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import charts
from apiserver.generated import errors
from apiserver.generated import queues as shapes
from apiserver.logic import queue_metrics
from apiserver.query import scope, where
from apiserver.query.entities import QUEUE
from apiserver.stores.collections import QUEUES
from apiserver.stores.filters import EVERYTHING, In

TOTAL = "total"


def get_queue_metrics(call: Call, request: shapes.GetQueueMetricsRequest) -> dict[str, Any]:
    """One series a queue, or without `queue_ids` one for all of them.

    QUIRK: spec 5 §4.8: `queue_ids` does not show hidden queues; with no queue at all, dates are not even looked at.
    """
    asked = In("id", request.queue_ids) if request.queue_ids else EVERYTHING
    visible = scope.own(call.company) & asked & where.hidden(call, QUEUE, call.data)
    fields = ["company", "entries"] if request.refresh else ["company"]
    queues = call.documents.list(QUEUES, visible, fields=fields)
    if not queues:
        return {"queues": []}
    if request.refresh:
        for queue in queues:
            queue_metrics.record(call.backend, queue, call.now)
    if request.from_date >= request.to_date:
        raise errors.FieldsValueError("from_date must be before to_date", from_date=request.from_date, to_date=request.to_date)
    before_s = int(call.settings.get("services.queues.metrics_before_from_date", 3600))
    chart = charts.with_history(request.from_date, request.to_date, request.interval, before_s=before_s)
    found = queue_metrics.queue_series(call.backend, call.company, [queue["id"] for queue in queues], chart)
    if request.queue_ids:
        rows = [_series(queue_id, samples, chart) for queue_id, samples in sorted(found.items())]
        return {"queues": [row for row in rows if row["dates"]]}
    buckets: dict[int, dict[str, charts.Sample]] = {}
    for queue_id, samples in found.items():
        for bucket, sample in samples.items():
            buckets.setdefault(bucket, {})[queue_id] = sample
    return {"queues": [_series(TOTAL, charts.total(buckets), chart)]}


def _series(name: str, samples: Mapping[int, charts.Sample], chart: charts.Range) -> dict[str, Any]:
    dates = [bucket for bucket in sorted(samples) if chart.shown(bucket)]
    return {
        "queue": name,
        "dates": dates,
        "avg_waiting_times": [samples[date].waiting_s for date in dates],
        "queue_lengths": [samples[date].length for date in dates],
    }
