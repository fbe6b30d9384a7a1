"""Where a migration writes: the indices of an Elasticsearch 7.17 or 8, or any event store by its interface."""

from __future__ import annotations

import abc
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic.client import Elastic, dumped
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.errors import InvalidValue, StoreError
from apiserver.stores.events import LOG, Entity, Event, EventStore, Selection

from .source import Index

Refused = tuple[str, str]
"""(id, why) of a document."""
AUTO, KEEP, DROP = "auto", "keep", "drop"
"""What becomes of routing, see `ElasticTarget`."""
STORE_BATCH = 2000
STORE_BYTES = 16 * 1024 * 1024
PAGE = 1000


@frozen
class Document:
    """What is to be written: an event, or a row of statistics as it is."""

    id: str
    routing: str | None
    event: Event


class Target(abc.ABC):
    """See the module's text. All methods are safe for threads, and safe to repeat. lines_have_ids: whether a line that is written again
    replaces itself."""

    lines_have_ids: bool = True

    @abc.abstractmethod
    def identity(self) -> str:
        """What tells it from others."""

    @abc.abstractmethod
    def takes(self, index: Index) -> bool:
        """Whether it has a place for such documents."""

    @abc.abstractmethod
    def free_bytes(self) -> int | None:
        """Free on its disk; None when nobody can tell."""

    @abc.abstractmethod
    def prepare(self, indices: Sequence[Index]) -> None:
        """Before anything is written."""

    @abc.abstractmethod
    def write(self, index: Index, documents: Sequence[Document], *, again: bool) -> list[Refused]:
        """Store documents; those that cannot be stored. again: some may be there, from a run that was killed or a pass before.

        When `again`, console lines come sorted by task and timestamp. Raises: Unavailable.
        """

    @abc.abstractmethod
    def settle(self) -> None:
        """Before it is counted."""

    @abc.abstractmethod
    def by_task(self, index: Index, tasks: Iterable[str]) -> Mapping[str, int]:
        """How many documents it has of each of the tasks."""

    @abc.abstractmethod
    def total(self, index: Index) -> int:
        """How many documents it has in the place of this index."""

    @abc.abstractmethod
    def find(self, index: Index, document: Document) -> list[Event]:
        """What it has in the place of a document: at most one, but all equal lines of the log."""

    @abc.abstractmethod
    def remove(self, index: Index, task: str) -> None:
        """Take all documents of a task out of the place of this index; a store takes those of all types of events."""


@define(eq=False)
class ElasticTarget(Target):
    """Documents keep their ids. routing: `keep` theirs, `drop` it, or `auto`: keep it where it makes no difference, which is on one shard.

    NOTE: releases 0.16 to 1.16 of the reference ask with routing, later ones and this server without, so that on more shards a document
    is written by one kind of server only.
    """

    elastic: Elastic
    layout: Layout
    routing: str = AUTO
    _keep: dict[str, bool] = field(factory=dict, init=False)
    _tasks: dict[str, str] = field(factory=dict, init=False)

    def identity(self) -> str:
        uuid = self.elastic.ask("GET", "/_cluster/state/version")["cluster_uuid"]
        return f"elasticsearch {uuid} {self.layout.prefix}".rstrip()

    def takes(self, index: Index) -> bool:
        return True

    def free_bytes(self) -> int | None:
        asked = {"filter_path": "nodes.*.fs.total.available_in_bytes"}
        nodes = self.elastic.ask("GET", "/_nodes/stats/fs", parameters=asked).get("nodes", {})
        found = [node["fs"]["total"]["available_in_bytes"] for node in nodes.values() if "fs" in node]
        return sum(found) if found else None

    def place(self, index: Index) -> str:
        """The name of the index here."""
        if index.is_events:
            return self.layout.events(index.kind, index.company)
        return f"{self.layout.months(index.kind, index.company)[:-1]}{index.name[-7:]}"

    def prepare(self, indices: Sequence[Index]) -> None:
        """NOTE: templates first: indices that are made without them have other mappings, and servers look whether they are there."""
        self.elastic.check_version()
        self.layout.put_event_templates(self.elastic)
        self.layout.put_statistics_templates(self.elastic)
        for index in indices:
            name = self.place(index)
            if self.elastic.ask("GET", f"/{name}/_settings", missing=True) is None:
                try:
                    self.elastic.ask("PUT", f"/{name}", {})
                except StoreError as error:
                    if "already_exists" not in str(error) and "already exists" not in str(error):
                        raise

    def _keeps_routing(self, name: str) -> bool:
        if self.routing != AUTO:
            return self.routing == KEEP
        if name not in self._keep:
            settings = self.elastic.ask("GET", f"/{name}/_settings")
            self._keep[name] = int(next(iter(settings.values()))["settings"]["index"]["number_of_shards"]) == 1
        return self._keep[name]

    def write(self, index: Index, documents: Sequence[Document], *, again: bool) -> list[Refused]:
        name = self.place(index)
        keep = self._keeps_routing(name)
        stored = d.document if index.is_events else _as_it_is
        refused = self._bulk(name, keep, [(one, stored(one.event)) for one in documents])
        if not (refused and index.is_events):
            return refused
        # NOTE: an index that is there already may have other ideas of fields that nobody asks for.
        odd = {one for one, _ in refused}
        return self._bulk(name, keep, [(one, d.strict_document(one.event)) for one in documents if one.id in odd])

    def _bulk(self, name: str, keep: bool, documents: Sequence[tuple[Document, Event]]) -> list[Refused]:
        lines: list[bytes] = []
        sent: list[tuple[Document, Event]] = []
        refused: list[Refused] = []
        for one, event in documents:
            action: dict[str, Any] = {"_index": name, "_id": one.id}
            if keep and one.routing is not None:
                action["routing"] = one.routing
            try:
                lines.append(dumped({"index": action}) + b"\n" + dumped(event) + b"\n")
                sent.append((one, event))
            except InvalidValue as error:
                refused.append((one.id, str(error)))
        try:
            found = self.elastic.bulk(lines)
        except InvalidValue as error:  # a request that is too large
            if len(sent) == 1:
                return [*refused, (sent[0][0].id, str(error))]
            half = len(sent) // 2
            return refused + self._bulk(name, keep, sent[:half]) + self._bulk(name, keep, sent[half:])
        return [*refused, *((sent[one.place][0].id, one.reason) for one in found)]

    def settle(self) -> None:
        self.elastic.ask("POST", f"/{self.layout.all()}/_refresh", parameters=_QUIET)

    def by_task(self, index: Index, tasks: Iterable[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for chunk in chunks(tasks, 1000):
            aggregation = {"tasks": {"terms": {"field": self._task(index), "size": len(chunk), "include": chunk}}}
            body = {"size": 0, "query": {"terms": {self._task(index): chunk}}, "aggs": aggregation}
            answer = self.elastic.ask("POST", f"/{self.place(index)}/_search", body, parameters=_QUIET)
            buckets = answer["aggregations"]["tasks"]["buckets"] if "aggregations" in answer else []
            found |= {one["key"]: one["doc_count"] for one in buckets}
        return found

    def _task(self, index: Index) -> str:
        """NOTE: an index that the reference made without a template has texts there, with a field below."""
        name = self.place(index)
        if name not in self._tasks:
            mapping: dict[str, Any] = self.elastic.ask("GET", f"/{name}/_mapping", missing=True) or {name: {}}
            properties = mapping[name].get("mappings", {}).get("properties", {})
            self._tasks[name] = "task.keyword" if properties.get("task", {}).get("type") == "text" else "task"
        return self._tasks[name]

    def total(self, index: Index) -> int:
        return int(self.elastic.ask("POST", f"/{self.place(index)}/_count", parameters=_QUIET)["count"])

    def find(self, index: Index, document: Document) -> list[Event]:
        """NOTE: by a search: a `get` would have to know whether it was stored with routing."""
        name = self.place(index)
        body = {"size": 2, "query": {"ids": {"values": [document.id]}}}
        hits = self.elastic.ask("POST", f"/{name}/_search", body, parameters=_QUIET)["hits"]["hits"]
        if document.routing is not None and self._keeps_routing(name):
            hits = [one for one in hits if one.get("_routing") == document.routing]
        return [d.event_of(one["_source"]) if index.is_events else one["_source"] for one in hits]

    def remove(self, index: Index, task: str) -> None:
        name = self.place(index)
        query = {"term": {self._task(index): task}}
        self.elastic.ask("POST", f"/{name}/_refresh")
        while True:
            body = {"size": PAGE, "query": query, "_source": False, "sort": ["_doc"]}
            hits = self.elastic.ask("POST", f"/{name}/_search", body)["hits"]["hits"]
            if not hits:
                return
            lines = []
            for one in hits:
                routing = {"routing": one["_routing"]} if "_routing" in one else {}
                lines.append(dumped({"delete": {"_index": name, "_id": one["_id"], **routing}}) + b"\n")
            self.elastic.bulk(lines)
            self.elastic.ask("POST", f"/{name}/_refresh")


_QUIET = {"ignore_unavailable": "true", "allow_no_indices": "true"}


def _as_it_is(event: Event) -> Event:
    return event


@define(eq=False)
class StoreTarget(Target):
    """Any event store. Events overwrite themselves; lines of the log, which have no identity, are compared with what is there.

    NOTE: statistics are left out: nothing tells their rows apart, so that a run could not go on where it was killed.
    """

    events: EventStore
    name: str
    folder: Path | None = None
    lines_have_ids = False

    def identity(self) -> str:
        return self.name

    def takes(self, index: Index) -> bool:
        return index.is_events

    def free_bytes(self) -> int | None:
        if self.folder is None:
            return None
        found = self.folder
        while not found.exists():
            found = found.parent
        return shutil.disk_usage(found).free

    def prepare(self, indices: Sequence[Index]) -> None:
        self.events.ping()

    def write(self, index: Index, documents: Sequence[Document], *, again: bool) -> list[Refused]:
        if again and index.kind == LOG:
            documents = list(self._missing_lines(index, documents))
        refused: list[Refused] = []
        for chunk in _batches(documents):
            refused += self._add(index.company, chunk)
        return refused

    def _add(self, company: str, documents: Sequence[Document]) -> list[Refused]:
        """All of them, or by halves all but those that cannot be stored."""
        if not documents:
            return []
        try:
            self.events.add(company, [one.event for one in documents])
        except InvalidValue as error:
            if len(documents) == 1:
                return [(documents[0].id, str(error))]
            half = len(documents) // 2
            return self._add(company, documents[:half]) + self._add(company, documents[half:])
        return []

    def _missing_lines(self, index: Index, documents: Sequence[Document]) -> Iterator[Document]:
        """Those lines of each task that the store does not have, equal ones as often as they are."""
        for task, group in groupby(documents, key=lambda one: one.event["task"]):
            lines = list(group)
            there = Counter(self._lines(index.company, task, [one.event["timestamp"] for one in lines]))
            for one in lines:
                text = _text(one.event)
                if there[text]:
                    there[text] -= 1
                else:
                    yield one

    def _lines(self, company: str, task: str, times: Sequence[Any]) -> Iterator[bytes]:
        """The lines of a task from the first to the last of the times, None last."""
        selection = Selection((Entity(company, task),), (LOG,))
        known = [one for one in times if one is not None]
        lowest = min(known) if known else None
        highest = None if len(known) < len(times) else max(known)
        # NOTE: a page goes on beyond a key, and keys may be fractions.
        after = None if lowest is None else lowest - 1
        while True:
            page = self.events.whole_page(selection, by="timestamp", size=PAGE, after=after)
            for event in page:
                time = event["timestamp"]
                if highest is not None and (time is None or time > highest):
                    return
                yield _text(event)
            if len(page) < PAGE or page[-1]["timestamp"] is None:
                return
            after = page[-1]["timestamp"]

    def settle(self) -> None:
        pass

    def by_task(self, index: Index, tasks: Iterable[str]) -> Mapping[str, int]:
        found = {task: self.events.count(Selection((Entity(index.company, task),), (index.kind,))) for task in tasks}
        return {task: many for task, many in found.items() if many}

    def total(self, index: Index) -> int:
        raise NotImplementedError  # NOTE: asked of statistics only, which this target does not take

    def remove(self, index: Index, task: str) -> None:
        self.events.delete(index.company, [task])

    def find(self, index: Index, document: Document) -> list[Event]:
        event = document.event
        entity = Entity(index.company, event["task"])
        if index.kind == LOG:
            wanted = _text(event)
            found = self._lines(index.company, event["task"], [event["timestamp"]])
            return [event for text in found if text == wanted]
        iterations = None if event.get("iter") is None else (event["iter"],)
        selection = Selection((entity,), (index.kind,), metrics={event["metric"]: [event["variant"]]}, iterations=iterations)
        mine = d.identity(event)
        return [one for one in self.events.select(selection) if d.identity(one) == mine]


def chunks(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _batches(documents: Sequence[Document]) -> Iterator[Sequence[Document]]:
    """By number and, about, by size: plots are large."""
    start = size = 0
    for place, one in enumerate(documents):
        size += 200 + len(one.event.get("plot_str") or one.event.get("msg") or "")
        if place - start >= STORE_BATCH or size > STORE_BYTES:
            yield documents[start : place + 1]
            start, size = place + 1, 0
    if start < len(documents):
        yield documents[start:]


def _text(event: Event) -> bytes:
    """A line as bytes that are equal when the lines are."""
    return dumped(dict(sorted(event.items())))
