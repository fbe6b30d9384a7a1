"""Selections as queries of Elasticsearch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from apiserver.stores.elastic.documents import when
from apiserver.stores.events import IMAGE, PLOT, Key, Selection, Spot

Query = dict[str, Any]
MOST_CLAUSES = 500
"""Of one `should`; the server's default limit is 1024."""
LAST = 2**63 - 1


@frozen
class Names:
    """What fields are called in an index. timestamp_is_date: else it is a plain number."""

    task: str = "task"
    metric: str = "metric"
    variant: str = "variant"
    timestamp_is_date: bool = True
    shards: int = 1

    def moment(self, key: Key) -> Any:
        """A time as a condition on `timestamp` needs it."""
        return when(key) if self.timestamp_is_date else min(max(int(key), -LAST), LAST)


def whole(filters: Sequence[Query], without: Sequence[Query] = ()) -> Query:
    found: dict[str, Any] = {"filter": list(filters)}
    if without:
        found["must_not"] = list(without)
    return {"bool": found}


def either(parts: Sequence[Query]) -> Query:
    """Any of many, in a tree, since the clauses of one level are limited."""
    if len(parts) == 1:
        return parts[0]
    while len(parts) > MOST_CLAUSES:
        parts = [either(parts[start : start + MOST_CLAUSES]) for start in range(0, len(parts), MOST_CLAUSES)]
    return {"bool": {"should": list(parts), "minimum_should_match": 1}}


def terms(field: str, values: Sequence[Any]) -> Query:
    return {"terms": {field: list(values)}}


def exists(field: str) -> Query:
    return {"exists": {"field": field}}


def between(field: str, **bounds: Any) -> Query:
    return {"range": {field: bounds}}


def of_metrics(names: Names, metrics: Mapping[str, Sequence[str]]) -> Query:
    """QUIRK: spec 4 §4.1.4: no variants are all of them."""
    some = [metric for metric, variants in metrics.items() if not variants]
    parts = [terms(names.metric, some)] if some else []
    for metric, variants in metrics.items():
        if variants:
            parts.append(whole([{"term": {names.metric: metric}}, terms(names.variant, variants)]))
    return either(parts)


def _of_spots(names: Names, spots: Sequence[Spot]) -> Query:
    """PERF: the metrics of an entity that share their iterations are one clause."""
    together: dict[tuple[str, bool, tuple[int, ...]], list[str]] = {}
    for spot in spots:
        if spot.iterations:
            together.setdefault((spot.entity, spot.metric is None, spot.iterations), []).append(spot.metric or "")
    parts = []
    for (entity, all_metrics, iterations), metrics in together.items():
        conditions: list[Query] = [{"term": {names.task: entity}}, terms("iter", iterations)]
        if not all_metrics:
            conditions.append(terms(names.metric, metrics))
        parts.append(whole(conditions))
    return either(parts) if parts else {"match_none": {}}


def selected(selection: Selection, kind: str, names: Names, ids: Sequence[str]) -> list[Query]:
    """The conditions of a selection on the documents of one type and company."""
    filters: list[Query] = [terms(names.task, ids)]
    if selection.metrics:
        filters.append(of_metrics(names, selection.metrics))
    if selection.above is not None:
        filters.append(between("iter", gt=selection.above))
    if selection.iterations is not None:
        filters.append(terms("iter", selection.iterations))
    if selection.spots is not None:
        filters.append(_of_spots(names, selection.spots))
    if selection.with_url and kind == IMAGE:
        filters.append(exists("url"))
    if selection.valid and kind == PLOT:
        filters.append({"bool": {"must_not": [{"term": {"valid_plot": False}}]}})
    return filters
