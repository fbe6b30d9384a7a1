"""Reading scalars and vectors. Source: spec 4 §4.5."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import metrics, sampling
from apiserver.generated import errors
from apiserver.generated.events import (
    GetScalarMetricDataRequest,
    GetTaskLatestScalarValuesRequest,
    GetTaskSingleValueMetricsRequest,
    MultiTaskScalarMetricsIterHistogramRequest,
    ScalarMetricsIterHistogramRequest,
    ScalarMetricsIterRawRequest,
    VectorMetricsIterHistogramRequest,
)
from apiserver.services.events import access, scrolls
from apiserver.stores.documents import Document
from apiserver.stores.events import SCALAR, SINGLE, VECTOR, Entity, Event, Key, Metrics, Selection

_PAGE = 500
_MOST_RAW = 10_000
_MOST_VECTORS = 10_000
_EPOCH = datetime(1970, 1, 1)  # PERF: without a zone it is written without one
Points = dict[str, list[Any]]


# Histograms


def scalar_metrics_iter_histogram(call: Call, request: ScalarMetricsIterHistogramRequest) -> dict[str, Any]:
    """All series of a task, thinned out: {metric: {variant: {name, x, y}}}."""
    document = access.documents(call, [request.task], models=request.model_events, fields=["last_metrics"])[0]
    found = histogram(call, access.entity_of(document), access.metric_filter(request.metrics), key=request.key, samples=request.samples)
    answer: dict[str, Any] = {}
    for (metric, variant), points in found.items():
        answer.setdefault(metric, {})[variant] = {"name": variant, **points, **_label(document, metric, variant)}
    return answer


def multi_task_scalar_metrics_iter_histogram(call: Call, request: MultiTaskScalarMetricsIterHistogramRequest) -> dict[str, Any]:
    """The same for several tasks, each thinned by itself: {metric: {variant: {task: {name of the task, x, y}}}}."""
    check_count(call, len(request.tasks))
    documents = access.documents(call, request.tasks, models=request.model_events, fields=["last_metrics"])
    return {"metrics": histograms(call, documents, access.metric_filter(request.metrics), key=request.key, samples=request.samples)}


def check_count(call: Call, count: int) -> None:
    """Raises: ValidationError for more tasks than one call may ask the series of."""
    most = int(call.settings.get("services.tasks.multi_task_histogram_limit", 100))
    if count > most:
        raise errors.ValidationError(f"tasks: at most {most}")


def histograms(call: Call, documents: Sequence[Document], wanted: Metrics | None, *, key: str, samples: int) -> dict[str, Any]:
    """{metric: {variant: {task: {name of the task, x, y}}}} of documents that come with their `last_metrics`."""
    answer: dict[str, Any] = {}
    for document in documents:
        found = histogram(call, access.entity_of(document), wanted, key=key, samples=samples)
        for (metric, variant), points in found.items():
            series = answer.setdefault(metric, {}).setdefault(variant, {})
            series[document["id"]] = {"name": document.get("name"), **points, **_label(document, metric, variant)}
    return answer


def histogram(call: Call, entity: Entity, wanted: Metrics | None, *, key: str, samples: int) -> dict[tuple[str, str], Points]:
    """{(metric, variant): {x, y}}. key: iter, timestamp or iso_time."""
    column = "iter" if key == "iter" else "timestamp"
    ranges = call.events.ranges(entity, key=column, metrics=wanted)
    cuts = [sampling.cut((one.metric, one.variant), one.count, one.lowest, one.highest, samples) for one in ranges]
    found: dict[tuple[str, str], Points] = {}
    for group in sampling.groups(cuts):
        read = call.events.buckets(entity, group.names, key=column, interval=group.interval)
        for name, curve in zip(group.names, read, strict=True):
            found[name] = {"x": [_iso(start) for start in curve.starts] if key == "iso_time" else curve.starts, "y": curve.means}
    return {(one.metric, one.variant): found[one.metric, one.variant] for one in ranges if found[one.metric, one.variant]["x"]}


def _iso(ms: int) -> Any:
    try:
        return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds") + "Z"
    except OverflowError:  # a year of more than four digits
        return str(ms)


def _label(document: Document, metric: str, variant: str) -> dict[str, Any]:
    last = (document.get("last_metrics") or {}).get(metrics.key(metric), {}).get(metrics.key(variant), {})
    label = last.get("x_axis_label")
    return {} if label is None else {"x_axis_label": label}


# Values as they were sent


def get_task_single_value_metrics(call: Call, request: GetTaskSingleValueMetricsRequest) -> dict[str, Any]:
    """Values that were reported without an iteration, by task."""
    documents = access.documents(call, request.tasks, models=request.model_events)
    return {"tasks": single_values(call, documents, access.metric_filter(request.metrics))}


def single_values(call: Call, documents: list[Document], wanted: Metrics | None) -> list[dict[str, Any]]:
    """[{task, task_name, values}] of those that have some."""
    entities = [access.entity_of(document) for document in documents]
    events = call.events.select(Selection(entities, (SCALAR,), wanted, iterations=(SINGLE,)))
    values: dict[str, list[Any]] = {}
    for event in events:
        value = {name: event.get(name) for name in ("metric", "variant", "value", "timestamp")}
        values.setdefault(event["task"], []).append(value)
    return [
        {"task": document["id"], "task_name": document.get("name"), "values": values[document["id"]]}
        for document in documents
        if document["id"] in values
    ]


def scalar_metrics_iter_raw(call: Call, request: ScalarMetricsIterRawRequest) -> dict[str, Any]:
    """Page through one metric as columns. Each page holds whole iterations (or times)."""
    if request.batch_size is not None and request.batch_size < 0:
        raise errors.ValidationError("batch_size should be non negative number")
    position = scrolls.read(call, request.scroll_id) if request.scroll_id else None
    size = _raw_size(call, request, position)
    if position is not None and position.key is None:
        return {"returned": 0, "total": position.total, "scroll_id": request.scroll_id, "variants": {}}
    entity = access.entity(call, request.task, models=request.model_events)
    selection = Selection((entity,), (SCALAR,), access.metric_filter([request.metric]))
    total = position.total if position else (call.events.count(selection) if request.count_total else None)
    column = "iter" if request.key == "iter" else "timestamp"
    events = call.events.whole_page(selection, by=column, size=size, after=position.key if position else None)
    variants: dict[str, Points] = {}
    shown = [event for event in events if event.get(column) is not None and "value" in event]
    for event in shown:
        points = variants.setdefault(event["variant"], {"y": [], request.key: []})
        points["y"].append(event["value"])
        points[request.key].append(event[column])
    last = last_key(events, column)
    scroll_id = scrolls.sign(call, scrolls.Position(last, total, {"batch_size": size}))
    return {"returned": len(shown), "total": total, "scroll_id": scroll_id, "variants": variants}


def _raw_size(call: Call, request: ScalarMetricsIterRawRequest, position: scrolls.Position | None) -> int:
    most = int(call.settings.get("services.events.events_retrieval.max_raw_scalars_size", 200_000))
    stored = position.request.get("batch_size") if position else None
    return min(int(request.batch_size or stored or _MOST_RAW), most)


def last_key(events: list[Event], column: str) -> Key | None:
    """Where to go on after a page. None: that was the end, since events without the key come last."""
    return events[-1].get(column) if events else None


def get_scalar_metric_data(call: Call, request: GetScalarMetricDataRequest) -> dict[str, Any]:
    """All events of one metric, the highest iterations first."""
    entity = access.entity(call, request.task, models=request.model_events)
    page = scrolls.scroll(
        call,
        Selection((entity,), (SCALAR,), {request.metric: ()}),
        descending=True,
        size=_PAGE,
        scroll_id=request.scroll_id,
        keep=not request.no_scroll,
    )
    return {"events": page.events, "returned": len(page.events), "total": page.total, "scroll_id": page.scroll_id}


def get_task_latest_scalar_values(call: Call, request: GetTaskLatestScalarValuesRequest) -> dict[str, Any]:
    """QUIRK: spec 4 §4.5.7: values above 0 only; name and status are fixed; the mean of the last ten is the last value."""
    entity = access.entity(call, request.task)
    latest = call.events.latest(entity)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in latest:
        found.setdefault(one.metric, []).append({"name": one.variant, "last_value": one.value, "last_10_value": one.value})
    return {
        "metrics": [{"name": metric, "variants": variants} for metric, variants in found.items()],
        "last_iter": call.events.last_iteration(entity) or 0,
        "name": None,
        "status": "created",
        "last_timestamp": float(max(one.arrived_ms for one in latest)) if latest else 0,
    }


def vector_metrics_iter_histogram(call: Call, request: VectorMetricsIterHistogramRequest) -> dict[str, Any]:
    """The vectors of one variant, by iteration."""
    entity = access.entity(call, request.task, models=request.model_events)
    selection = Selection((entity,), (VECTOR,), {request.metric: (request.variant,)})
    events = [event for event in call.events.page(selection, size=_MOST_VECTORS).events if event.get("iter") is not None]
    return {
        "metric": request.metric,
        "variant": request.variant,
        "vectors": [event.get("value") for event in events],
        "iterations": [event["iter"] for event in events],
    }
