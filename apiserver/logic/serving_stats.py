"""Measurements of an endpoint's containers over time. Source: spec 5 §7, `get_endpoint_metrics_history`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import charts, serving
from apiserver.domain.serving import Metric
from apiserver.generated import errors
from apiserver.logic import chart_ranges
from apiserver.logic.chart_ranges import MOST_VALUES
from apiserver.stores.statistics import SERVING_STATS, Figure


def chart(call: Call, from_s: float, to_s: float, interval_s: int) -> charts.Range:
    """The range of a chart. Raises: FieldsValueError; ValidationError for too many points."""
    least = int(call.settings.get("services.serving.min_chart_interval_sec", 40))
    return chart_ranges.checked(charts.complete(from_s, to_s, interval_s, least_interval_s=least, with_edge=True), from_s, to_s)


def history(call: Call, url: str, metric: Metric, shown: charts.Range, *, instances: bool) -> dict[str, Any]:
    """{total: {title, dates, values}, instances: {container: the same}}; without any report in the range there are no dates."""
    figure = Figure("value", "max" if metric.newest else "avg", metric.figure)
    where = {"endpoint_url": [url]}
    found = call.statistics.series(SERVING_STATS, call.company, chart_ranges.span(shown), [figure], by=("container_id",), where=where)
    rows = [(row["bucket"], row["container_id"], row["value"]) for row in found]
    drawn = serving.chart(metric, rows)
    dates = _dates(metric, shown, drawn)
    if len(dates) * (1 + len(drawn.containers)) > MOST_VALUES:
        raise errors.ValidationError("too many values: use a longer interval or a shorter time")
    lines = {name: _series(name, values, dates) for name, values in drawn.containers.items()} if instances else {}
    return {"total": _series(metric.title, drawn.total, dates), "instances": lines}


def _dates(metric: Metric, shown: charts.Range, drawn: serving.Chart) -> list[int]:
    """QUIRK: spec 5 §7: only the chart of requests leaves out the buckets without reports."""
    if not drawn.total:
        return []
    return [bucket for bucket in sorted(drawn.total) if shown.shown(bucket)] if metric.newest else shown.buckets()


def _series(title: str, values: Mapping[int, float], dates: Sequence[int]) -> dict[str, Any]:
    return {"title": title, "dates": list(dates), "values": [values.get(date, 0) for date in dates]}
