"""Measurements of workers over time. Source: spec 5 §5.7-5.9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.domain import charts, machine_stats
from apiserver.generated import errors
from apiserver.logic import chart_ranges
from apiserver.logic.chart_ranges import MOST_VALUES
from apiserver.stores.statistics import NO_LABELS, WORKER_REPORTS, WORKER_STATS, Figure

Values = dict[int, float]
"""{bucket: value}"""


@frozen
class Item:
    """A measurement and how its values within a bucket are combined."""

    key: str
    aggregation: Literal["avg", "min", "max"]


def chart(call: Call, from_s: float, to_s: float, interval_s: int) -> charts.Range:
    """The range of a chart. Raises: FieldsValueError; ValidationError for too many points."""
    least = int(call.settings.get("services.workers.min_chart_interval_sec", 40))
    return chart_ranges.checked(charts.complete(from_s, to_s, interval_s, least_interval_s=least), from_s, to_s)


def metric_keys(call: Call, worker_ids: Sequence[str] | None) -> list[dict[str, Any]]:
    """[{name: category, metric_keys}], those with most values first. Raises: WorkerStatsNotFound."""
    rows = call.statistics.counts(WORKER_STATS, call.company, ("category", "metric"), where=_of(worker_ids))
    if not rows:
        raise errors.WorkerStatsNotFound()
    totals: dict[str, int] = {}
    metrics: dict[str, list[str]] = {}
    for row in rows:
        totals[row["category"]] = totals.get(row["category"], 0) + row["count"]
        metrics.setdefault(row["category"], []).append(row["metric"])
    return [{"name": name, "metric_keys": metrics[name]} for name in sorted(totals, key=lambda name: -totals[name])]


def stats(
    call: Call, items: Sequence[Item], shown: charts.Range, worker_ids: Sequence[str] | None, *, by_resource: bool
) -> list[dict[str, Any]]:
    """[{worker, metrics: [{metric, stats: [{aggregation, dates, values, resource_series}]}]}] of the workers with values in the range."""
    dates = shown.buckets()
    workers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for item in items:
        values = _values(call, item, shown, worker_ids, by=("worker",))
        split = by_resource and machine_stats.by_resource(item.key)
        resources = _values(call, item, shown, worker_ids, by=("worker", "variant")) if split else {}
        if len(dates) * (len(values) + len(resources)) > MOST_VALUES:
            raise errors.ValidationError("too many values: use a longer interval, a shorter time or fewer workers")
        for (worker,), series in values.items():
            cards = {variant: found for (name, variant), found in resources.items() if name == worker}
            row = {
                "aggregation": item.aggregation,
                "dates": dates,
                "values": charts.filled(series, dates),
                "resource_series": _resource_series(cards, dates),
            }
            workers.setdefault(worker, {}).setdefault(item.key, []).append(row)
    return [
        {"worker": worker, "metrics": [{"metric": metric, "stats": rows} for metric, rows in metrics.items()]}
        for worker, metrics in sorted(workers.items())
    ]


def activity(call: Call, shown: charts.Range, *, busy: bool) -> dict[str, list[int]]:
    """{dates, counts}: how many workers reported, or with `busy`, reported while they ran a task."""
    dates = shown.buckets()
    figure = Figure("workers", "distinct", "worker")
    present = ("task",) if busy else ()
    rows = call.statistics.series(WORKER_REPORTS, call.company, chart_ranges.span(shown), [figure], present=present)
    counts = {row["bucket"]: row["workers"] for row in rows}
    return {"dates": dates, "counts": [counts.get(date, 0) for date in dates]}


def _values(
    call: Call, item: Item, shown: charts.Range, worker_ids: Sequence[str] | None, *, by: tuple[str, ...]
) -> dict[tuple[str, ...], Values]:
    """{labels: {bucket: value}}"""
    where = {"metric": [item.key], **_of(worker_ids)}
    figure = Figure("value", item.aggregation, "value")
    found: dict[tuple[str, ...], Values] = {}
    for row in call.statistics.series(WORKER_STATS, call.company, chart_ranges.span(shown), [figure], by=by, where=where):
        found.setdefault(tuple(row[label] for label in by), {})[row["bucket"]] = row["value"]
    return found


def _resource_series(cards: Mapping[str, Values], dates: Sequence[int]) -> list[dict[str, Any]]:
    """QUIRK: spec 5 §5.8: a single card has no series of its own."""
    if len(cards) < 2:
        return []
    names = sorted(cards, key=lambda name: (len(name), name))
    return [{"name": name, "values": charts.filled(cards[name], dates)} for name in names]


def _of(worker_ids: Sequence[str] | None) -> Mapping[str, Sequence[str]]:
    return {"worker": worker_ids} if worker_ids else NO_LABELS
