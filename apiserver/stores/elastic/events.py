"""ElasticEventStore: events in Elasticsearch. Documents: `documents.py`; asking: `searching.py`; writing: `writing.py`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic import selecting as q
from apiserver.stores.elastic.client import Elastic
from apiserver.stores.elastic.freshness import Freshness, OnlyReading
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.elastic.paging import Question, position
from apiserver.stores.elastic.searching import CHUNK, Part, Searcher
from apiserver.stores.elastic.writing import Writer
from apiserver.stores.events import (
    IMAGE,
    NO_LINES,
    PLOT,
    SCALAR,
    SINGLE,
    TYPES,
    Curve,
    Entity,
    Event,
    EventStore,
    Extent,
    Key,
    Latest,
    Metrics,
    Owner,
    Page,
    Range,
    Selection,
    Spot,
    UrlUse,
)
from apiserver.stores.state import StateStore

_EXACT = 2**53
"""Aggregates of whole numbers are doubles; beyond this the number is asked for by a sorted search."""
_TOP = 100
"""The most documents that the server puts into one group."""
_PAGE = 10_000


class ElasticEventStore(EventStore):
    """See `stores/events.py` for what it promises. state: where the API's processes meet (docs/events.md)."""

    def __init__(self, elastic: Elastic, state: StateStore, *, layout: Layout | None = None, read_only: bool = False) -> None:
        """read_only: no mark is left in the state store, and what is stored later may be missed."""
        self._elastic = elastic
        self._layout = layout or Layout()
        self._searcher = Searcher(elastic, self._layout, (OnlyReading if read_only else Freshness)(elastic, state))
        self._writer = Writer(elastic, self._layout, self._searcher)

    def check(self) -> None:
        """Raises: Refused when the server will not do; Unavailable."""
        self._elastic.check_version()

    def prepare(self) -> None:
        """Check the server and put the templates. Raises: StoreError, Unavailable."""
        self.check()
        self._layout.put_event_templates(self._elastic)

    # Writing

    def add(self, company: str, events: Sequence[Event]) -> None:
        if events:
            self._writer.add(company, events)

    def put(self, company: str, events: Sequence[Event], *, lines: Mapping[str, int] = NO_LINES) -> None:
        if events:
            self._writer.put(company, events, lines)

    def delete(self, company: str, ids: Iterable[str]) -> int:
        return self._writer.delete(company, ids)

    def clear_log(self, company: str, task_id: str, *, before_ms: Key | None, include: Sequence[str], exclude: Sequence[str]) -> int:
        return self._writer.clear_log(company, task_id, before_ms=before_ms, include=include, exclude=exclude)

    # Pages

    def count(self, selection: Selection) -> int:
        return sum(self._searcher.count(self._searcher.parts(selection, kind)) for kind in dict.fromkeys(selection.types))

    def exists(self, selection: Selection) -> bool:
        return any(self._searcher.count(self._searcher.parts(selection, kind), most=1) for kind in dict.fromkeys(selection.types))

    def page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Sequence[Any] | None = None
    ) -> Page:
        where = position(after)
        (kind,) = selection.types
        parts = self._searcher.parts(selection, kind)
        if not parts or size <= 0:
            return Page([])
        found = Question(self._searcher, parts, by, descending).rows(size, after=where)
        return Page([row.event for row in found], found[-1].position if len(found) >= size else None)

    def whole_page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Key | None = None
    ) -> list[Event]:
        if size <= 0:
            return []
        asked = [
            Question(self._searcher, parts, by, descending)
            for kind in dict.fromkeys(selection.types)
            if (parts := self._searcher.parts(selection, kind))
        ]
        # NOTE: the sort keeps the order of equals within a type.
        found = [(row.order, number, row) for number, one in enumerate(asked) for row in one.rows(size, beyond=after)]
        found.sort(key=lambda entry: entry[0])
        if len(found) >= size:
            last = found[size - 1][2]
            found = [entry for entry in found[:size] if entry[0] != last.order]
            found += [(last.order, number, row) for number, one in enumerate(asked) for row in one.rows(None, at=last)]
        return [row.event for _, _, row in found]

    # Names

    def variants(self, entities: Sequence[Entity], types: Sequence[str], *, above: int | None = None) -> dict[str, list[str]]:
        found: set[tuple[str, str]] = set()
        for kind in dict.fromkeys(types):
            for part in self._searcher.parts(Selection(tuple(entities), (kind,), above=above), kind):
                found |= {(metric, variant) for metric, variant, _ in self._series(part)}
        names: dict[str, list[str]] = {}
        for metric, variant in sorted(found):
            names.setdefault(metric, []).append(variant)
        return names

    # Everything

    def companies(self) -> list[str]:
        self._searcher.freshness.refresh(self._layout.events_of_all())
        return self._layout.companies_of_events(self._searcher.filled(self._layout.events_of_all()))

    def owners(self, company: str, kind: str, *, after: str = "", size: int) -> list[Owner]:
        index = self._layout.events(kind, company)
        self._searcher.freshness.refresh(index)
        by = {"task": {"terms": {"field": self._searcher.names(index).task}}}
        beyond = {"task": after} if after else None
        groups = self._searcher.groups_of([index], {"match_all": {}}, by, size=size, most=size, after=beyond)
        return [Owner(group["key"]["task"], group["doc_count"]) for group in groups]

    # Scalars

    def ranges(self, entity: Entity, *, key: str, metrics: Metrics | None = None) -> list[Range]:
        part = self._one(Selection((entity,), (SCALAR,), metrics, above=SINGLE)).narrowed(q.exists(_column(key)))
        field = _column(key)
        found = []
        for metric, variant, group in self._series(part, {"low": {"min": {"field": field}}, "high": {"max": {"field": field}}}):
            lowest, highest = (self._exact(part, metric, variant, field, group[name]["value"], name == "high") for name in _BOUNDS)
            found.append(Range(metric, variant, group["doc_count"], lowest, highest))
        return found

    def buckets(self, entity: Entity, series: Sequence[tuple[str, str]], *, key: str, interval: int) -> list[Curve]:
        if not series:
            return []
        part = self._one(Selection((entity,), (SCALAR,), above=SINGLE))
        wanted: dict[str, list[str]] = {}
        for metric, variant in series:
            wanted.setdefault(metric, []).append(variant)
        part = part.narrowed(q.of_metrics(part.names, wanted), q.exists(_column(key)))
        start: dict[str, Any] = {"histogram": {"field": "iter", "interval": interval}}
        if key != "iter":
            start = {"date_histogram": {"field": "timestamp", "fixed_interval": f"{interval}ms"}}
        by = {**_names(part), "start": start}
        found: dict[tuple[str, str], Curve] = {}
        for group in self._searcher.groups(part, by, {"mean": {"avg": {"field": "value"}}}, size=_PAGE):
            name = (group["key"]["metric"], group["key"]["variant"])
            curve = found.setdefault(name, Curve([], []))
            curve.starts.append(int(group["key"]["start"]))
            curve.means.append(group["mean"]["value"])
        return [found.get(name) or Curve([], []) for name in series]

    def latest(self, entity: Entity) -> list[Latest]:
        part = self._one(Selection((entity,), (SCALAR,))).narrowed(q.between("value", gt=0))
        top = {"top_hits": {"size": 1, "sort": _newest_first(), "_source": ["value"]}}
        found = []
        for metric, variant, group in self._series(part, {"arrived": {"max": {"field": "@timestamp"}}, "top": top}, size=1000):
            value = group["top"]["hits"]["hits"][0]["_source"]["value"]
            found.append(Latest(metric, variant, d.single(value), int(group["arrived"]["value"])))
        return found

    def last_iteration(self, entity: Entity) -> int | None:
        found: list[int] = []
        for kind in TYPES:
            parts = [part.narrowed(q.exists("iter")) for part in self._searcher.parts(Selection((entity,), (kind,)), kind)]
            found += [hit["sort"][0] for hit in self._searcher.hits(parts, sort=[{"iter": "desc"}], size=1, fields=[])]
        return max(found, default=None)

    # Plots and images

    def newest(self, selection: Selection, *, count: int) -> list[Event]:
        if count > _TOP:
            return self._newest_one_by_one(selection, count)
        part = self._one(selection)
        top = {"top_hits": {"size": count, "sort": _newest_first(), "_source": True}}
        size = max(1, CHUNK[part.kind] // max(count, 1))
        found: list[Event] = []
        for _, _, group in self._series(part, {"top": top}, size=size):
            found += [d.event_of(hit["_source"]) for hit in group["top"]["hits"]["hits"]]
        return found

    def _newest_one_by_one(self, selection: Selection, count: int) -> list[Event]:
        found: list[Event] = []
        part = self._one(selection)
        for metric, variant, _ in self._series(part):
            one = part.narrowed(*_of_series(part, metric, variant))
            found += [row.event for row in Question(self._searcher, [one], "iter", True).rows(count)]
        return found

    def last_spots(self, selection: Selection, *, count: int, per_metric: bool) -> list[Spot]:
        (kind,) = selection.types
        iterations = {"iterations": {"terms": {"field": "iter", "size": count, "order": {"_key": "desc"}}}}
        found = []
        for part in self._searcher.parts(selection, kind):
            by = {"task": {"terms": {"field": part.names.task}}}
            if per_metric:
                by["metric"] = {"terms": {"field": part.names.metric}}
            for group in self._searcher.groups(part.narrowed(q.exists("iter")), by, iterations, size=max(1, _PAGE // max(count, 1))):
                highest = tuple(bucket["key"] for bucket in group["iterations"]["buckets"])
                found.append(Spot(group["key"]["task"], group["key"].get("metric"), highest))
        return found

    def iterations(
        self, selection: Selection, *, below: int | None = None, above: int | None = None, descending: bool, count: int
    ) -> list[int]:
        bounds = {name: bound for name, bound in (("lt", below), ("gt", above)) if bound is not None}
        part = self._one(selection).narrowed(q.between("iter", **bounds) if bounds else q.exists("iter"))
        by = {"iter": {"terms": {"field": "iter", "order": "desc" if descending else "asc"}}}
        return [group["key"]["iter"] for group in self._searcher.groups(part, by, size=_PAGE, most=count)]

    def url_uses(self, entity: Entity, metrics: Metrics | None = None) -> list[UrlUse]:
        part = self._one(Selection((entity,), (IMAGE,), metrics, with_url=True)).narrowed(q.exists("iter"))
        by = {**_names(part), "url": {"terms": {"field": "url"}}}
        figures = {"iterations": {"terms": {"field": "iter", "size": 2, "order": {"_key": "desc"}}}}
        found = []
        for group in self._searcher.groups(part, by, figures):
            uses = [bucket["key"] for bucket in group["iterations"]["buckets"]]
            key = group["key"]
            found.append(UrlUse(key["metric"], key["variant"], key["url"], uses[0], uses[1] if len(uses) > 1 else None))
        return found

    def extents(self, selection: Selection) -> list[Extent]:
        part = self._one(selection)
        figures = {"low": {"min": {"field": "iter"}}, "high": {"max": {"field": "iter"}}, "time": {"max": {"field": "timestamp"}}}
        found = []
        for metric, variant, group in self._series(part, figures):
            lowest, highest = (self._exact(part, metric, variant, "iter", group[name]["value"], name == "high") for name in _BOUNDS)
            found.append(Extent(metric, variant, lowest, highest, _whole(group["time"]["value"])))
        return found

    def urls(self, company: str, ids: Iterable[str]) -> list[str]:
        wanted = [Entity(company, one) for one in dict.fromkeys(ids)]
        found: set[str] = set()
        for start in range(0, len(wanted), 500):
            entities = wanted[start : start + 500]
            images = self._one(Selection(entities, (IMAGE,), with_url=True))
            found |= {group["key"]["url"] for group in self._searcher.groups(images, {"url": {"terms": {"field": "url"}}})}
            found |= set(self._urls_in_plots(self._one(Selection(entities, (PLOT,)))))
        return sorted(found - {""})

    def _urls_in_plots(self, part: Part) -> Iterator[str]:
        also: q.Query = q.exists("source_urls")
        while True:
            hits = self._searcher.hits([part], sort=["_seq_no"], size=1000, also=also, fields=["source_urls"])
            for hit in hits:
                yield from hit["_source"].get("source_urls", ())
            if len(hits) < 1000:
                return
            # NOTE: shards count apart from each other, so that equal numbers are read again; nothing is lost.
            also = q.whole([q.exists("source_urls"), q.between("_seq_no", gte=hits[-1]["sort"][0])])

    # The server

    def ping(self) -> None:
        self._elastic.ping()

    def close(self) -> None:
        self._elastic.close()

    # Parts of questions

    def _one(self, selection: Selection) -> Part:
        """The part of a selection of one company and type."""
        (kind,) = selection.types
        (part,) = self._searcher.parts(selection, kind)
        return part

    def _series(self, part: Part, figures: dict[str, Any] | None = None, *, size: int = 2000) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(metric, variant, figures), sorted by the bytes of the names."""
        for group in self._searcher.groups(part, _names(part), figures, size=size):
            yield group["key"]["metric"], group["key"]["variant"], group

    def _exact(self, part: Part, metric: str, variant: str, field: str, value: float | None, highest: bool) -> int | None:
        if value is None or abs(value) < _EXACT or field != "iter":
            return _whole(value)
        one = part.narrowed(*_of_series(part, metric, variant), q.exists("iter"))
        hits = self._searcher.hits([one], sort=[{"iter": "desc" if highest else "asc"}], size=1, fields=[])
        return int(hits[0]["sort"][0]) if hits else None


_BOUNDS = ("low", "high")


def _names(part: Part) -> dict[str, dict[str, Any]]:
    return {"metric": {"terms": {"field": part.names.metric}}, "variant": {"terms": {"field": part.names.variant}}}


def _of_series(part: Part, metric: str, variant: str) -> list[q.Query]:
    return [{"term": {part.names.metric: metric}}, {"term": {part.names.variant: variant}}]


def _newest_first() -> list[Any]:
    return [{"iter": {"order": "desc", "missing": "_last"}}, "_seq_no"]


def _column(key: str) -> str:
    return "iter" if key == "iter" else "timestamp"


def _whole(value: float | None) -> int | None:
    return None if value is None else math.floor(value)
