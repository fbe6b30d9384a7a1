"""Clean stores on a running Elasticsearch, in indices of this process."""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from attrs import define

from apiserver.stores.elastic.client import Elastic, Options, dumped
from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.elastic.layout import STATISTICS, Layout
from apiserver.stores.elastic.searching import QUIET
from apiserver.stores.elastic.statistics import ElasticStatisticsStore
from apiserver.stores.errors import StoreError
from apiserver.stores.events import TYPES
from apiserver.stores.state import StateStore


@define
class _Place:
    elastic: Elastic
    layout: Layout
    written: Mapping[str, int] = {}


# PERF: no flush to disk at each write.
_SETTINGS = {"number_of_shards": 1, "number_of_replicas": 0, "translog.durability": "async"}
_places: dict[tuple[str, int], _Place] = {}


def place(address: str) -> tuple[Elastic, Layout]:
    """This process's own part of a server, emptied.

    PERF: templates and indices are made once in a process (a second); those that were written to are emptied for each use (20 ms).
    """
    key = (address, os.getpid())
    found = _places.get(key)
    if found is None:
        found = _Place(Elastic(Options(hosts=[address])), Layout(f"t{uuid.uuid4().hex[:10]}-", _SETTINGS))
        found.layout.put_event_templates(found.elastic)
        found.layout.put_statistics_templates(found.elastic)
        _places[key] = found
        atexit.register(_dropped, found, os.getpid())
    now = writes(found.elastic, found.layout)
    empty(found.elastic, [name for name, count in now.items() if count != found.written.get(name)])
    found.written = writes(found.elastic, found.layout)
    return found.elastic, found.layout


def writes(elastic: Elastic, layout: Layout) -> dict[str, int]:
    """{index: how often it was written to since it was made}. PERF: 2 ms."""
    parameters = {**QUIET, "filter_path": "indices.*.primaries.indexing.*_total"}
    answer = elastic.ask("GET", f"/{layout.all()}/_stats/indexing", parameters=parameters)
    return {name: sum(about["primaries"]["indexing"].values()) for name, about in answer.get("indices", {}).items()}


def documents(elastic: Elastic, indices: Sequence[str], *, source: bool = True) -> list[Any]:
    """What these indices hold, as it is found; at most 10,000 of them."""
    if not indices:
        return []
    elastic.ask("POST", f"/{','.join(indices)}/_refresh", parameters=QUIET)
    body = {"size": 10_000, "_source": source, "sort": ["_doc"]}
    found: list[Any] = elastic.ask("POST", f"/{','.join(indices)}/_search", body, parameters=QUIET)["hits"]["hits"]
    return found


def empty(elastic: Elastic, indices: Sequence[str]) -> None:
    """Remove all documents of these indices."""
    while hits := documents(elastic, indices, source=False):
        elastic.bulk([dumped({"delete": {"_index": hit["_index"], "_id": hit["_id"]}}) + b"\n" for hit in hits])


@contextmanager
def elastic_events(address: str, state: StateStore) -> Iterator[ElasticEventStore]:
    """A clean event store."""
    elastic, layout = place(address)
    yield ElasticEventStore(elastic, state, layout=layout)


@contextmanager
def elastic_statistics(address: str, state: StateStore) -> Iterator[ElasticStatisticsStore]:
    """A clean store of statistics."""
    elastic, layout = place(address)
    yield ElasticStatisticsStore(elastic, state, layout=layout)


def _dropped(found: _Place, pid: int) -> None:
    if os.getpid() == pid:
        drop(found.elastic, found.layout)


def drop_indices(elastic: Elastic, layout: Layout) -> None:
    """Remove indices; templates make them again."""
    for name in writes(elastic, layout):
        elastic.ask("DELETE", f"/{name}", missing=True)


def drop(elastic: Elastic, layout: Layout) -> None:
    """Remove indices and templates."""
    with suppress(StoreError):
        drop_indices(elastic, layout)
        for name in (*(f"events_{kind}" for kind in TYPES), *STATISTICS):
            elastic.ask("DELETE", f"/_index_template/{layout.prefix}{name}", missing=True)
        elastic.ask("DELETE", f"/_component_template/{layout.prefix}events_common", missing=True)
    elastic.close()
