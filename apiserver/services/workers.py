"""Handlers of `workers.*`: who is there, what it runs, and how busy its machine is. Source: spec 5 §5."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import machine_stats
from apiserver.generated import errors
from apiserver.generated import workers as shapes
from apiserver.logic import worker_reports, worker_stats, workers
from apiserver.logic.worker_reports import Registration, Report
from apiserver.logic.workers import Wanted, Worker
from apiserver.query import scope
from apiserver.stores.collections import QUEUES, TASKS, Collection
from apiserver.stores.documents import Document
from apiserver.stores.filters import In


def register(call: Call, request: shapes.RegisterRequest) -> dict[str, Any]:
    """A worker says that it is there; what was known of it before is forgotten."""
    wanted = Registration(
        request.worker,
        request.timeout if call.data.get("timeout") is not None else None,  # NOTE: else the setting, not the documented default
        request.queues or (),
        request.tags or (),
        request.system_tags or (),
        request.resources,
    )
    worker_reports.register(call, wanted)
    return {}


def unregister(call: Call, request: shapes.UnregisterRequest) -> dict[str, Any]:
    """A worker says that it is gone. Its task is left alone."""
    worker_reports.unregister(call, request.worker)
    return {}


def status_report(call: Call, request: shapes.StatusReportRequest) -> dict[str, Any]:
    """A worker says what it runs and how busy its machine is."""
    given = Report(
        request.worker,
        request.timestamp,
        request.task,
        request.queue,
        request.queues or (),
        request.tags or (),
        request.system_tags or (),
        request.machine_stats,
    )
    worker_reports.report(call, given)
    return {}


def get_all(call: Call, request: shapes.GetAllRequest) -> dict[str, Any]:
    """Workers that were active lately, with their queues and tasks."""
    found = workers.load_many(call, workers.select(call, _wanted(request)))
    shown = workers.seen_within(call, found, request.last_seen)
    return {"workers": _shaped(call, shown)}


def get_count(call: Call, request: shapes.GetCountRequest) -> dict[str, Any]:
    """How many `get_all` would give, by default without regard to when they were active."""
    found = workers.load_many(call, workers.select(call, _wanted(request)))
    return {"count": len(workers.seen_within(call, found, request.last_seen))}


def get_metric_keys(call: Call, request: shapes.GetMetricKeysRequest) -> dict[str, Any]:
    """Which measurements there are."""
    return {"categories": worker_stats.metric_keys(call, request.worker_ids)}


def get_stats(call: Call, request: shapes.GetStatsRequest) -> dict[str, Any]:
    """Measurements over time by worker."""
    items = [worker_stats.Item(item["key"], item.get("aggregation") or "avg") for item in request.items]
    if unknown := [item.key for item in items if item.key not in machine_stats.METRICS]:
        raise errors.ValidationError(f"unknown metric: {unknown[0][:100]}")
    chart = worker_stats.chart(call, request.from_date, request.to_date, request.interval)
    found = worker_stats.stats(call, items, chart, request.worker_ids, by_resource=request.split_by_resource)
    return {"workers": found}


def get_activity_report(call: Call, request: shapes.GetActivityReportRequest) -> dict[str, Any]:
    """How many workers reported over time, and how many of them ran a task. QUIRK: spec 5 §5.9: `worker_ids` is ignored."""
    chart = worker_stats.chart(call, request.from_date, request.to_date, request.interval)
    return {"total": worker_stats.activity(call, chart, busy=False), "active": worker_stats.activity(call, chart, busy=True)}


def _wanted(request: shapes.GetAllRequest | shapes.GetCountRequest) -> Wanted:
    return Wanted(request.worker_pattern or "", request.tags or (), request.system_tags or ())


def _shaped(call: Call, found: list[Worker]) -> list[dict[str, Any]]:
    """The entries with the names of their queues, and the state of queues and tasks as it is now."""
    queues = _by_id(call, QUEUES, (queue_id for worker in found for queue_id in worker.queues), "name", "display_name", "entries.task")
    waiting = [_next_task(queue) for queue in queues.values()]
    running = [worker.task["id"] for worker in found if worker.task]
    tasks = _by_id(call, TASKS, [*waiting, *running], "name", "active_duration", "last_iteration")
    entries = {queue_id: _queue_entry(queue_id, queues.get(queue_id), tasks) for worker in found for queue_id in worker.queues}
    rows = []
    for worker in found:
        row = {**worker.stored(), "queues": [entries[queue_id] for queue_id in worker.queues]}
        row.pop("queue", None)
        if worker.queue in worker.queues:
            row["queue"] = entries[worker.queue]
        if worker.task:
            row["task"] = {**worker.task, **_progress(tasks.get(worker.task["id"]))}
        rows.append(row)
    return rows


def _queue_entry(queue_id: str, queue: Document | None, tasks: dict[str, Document]) -> dict[str, Any]:
    if queue is None:
        return {"id": queue_id}
    entry: dict[str, Any] = {"id": queue_id, "name": queue.get("name"), "num_tasks": len(queue.get("entries") or ())}
    if queue.get("display_name") is not None:
        entry["display_name"] = queue["display_name"]
    if following := _next_task(queue):
        entry["next_task"] = {"id": following, **({"name": tasks[following].get("name")} if following in tasks else {})}
    return entry


def _progress(task: Document | None) -> dict[str, Any]:
    if task is None:
        return {}
    return {"running_time": int((task.get("active_duration") or 0) * 1000), "last_iteration": task.get("last_iteration") or 0}


def _next_task(queue: Document) -> str | None:
    entries = queue.get("entries") or ()
    return entries[0].get("task") if entries else None


def _by_id(call: Call, collection: Collection, ids: Iterable[str | None], *fields: str) -> dict[str, Document]:
    wanted = sorted({key for key in ids if key})
    if not wanted:
        return {}
    where = In("id", wanted) & scope.own(call.company)
    return {document["id"]: document for document in call.documents.list(collection, where, fields=fields)}
