"""Writer: stores and removes events, in bulk requests of bounded size. What was acknowledged is marked for `Freshness`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic import selecting as q
from apiserver.stores.elastic.client import Elastic, dumped
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.elastic.searching import QUIET, Part, Searcher
from apiserver.stores.errors import InvalidValue, StoreError
from apiserver.stores.events import LOG, TYPES, Entity, Event, Key, Selection

DELETED_AT_ONCE = 50_000
"""PERF: deletions of one request, so that none lasts longer than a client waits: some ten seconds on a slow disk."""
FOUND_AT_ONCE = 5_000


@define(eq=False)
class Writer:
    """See above."""

    elastic: Elastic
    layout: Layout
    searcher: Searcher
    _by_query: bool = True
    """Whether the server can delete what a query finds; the one that is published for integration tests of version 8 cannot."""

    def add(self, company: str, events: Sequence[Event]) -> None:
        self._write(self._placed(company, events))

    def put(self, company: str, events: Sequence[Event], places: Mapping[str, int]) -> None:
        """places: {task: lines that its log has before the first one here}."""
        self._write(self._placed(company, events, dict(places)))

    def _write(self, placed: dict[tuple[str, str], Event]) -> None:
        lines = [_line(index, identity, d.document(event)) for (index, identity), event in placed.items()]
        refused = self.elastic.bulk(lines)
        if refused:
            places = list(placed.items())
            again = [places[one.place] for one in refused]
            # NOTE: an index of the reference takes any field, and then refuses what contradicts the first value it saw (spec 4 §4.2.2).
            left = self.elastic.bulk([_line(index, identity, d.strict_document(event)) for (index, identity), event in again])
            if left:
                raise InvalidValue(f"{len(left)} of {len(placed)} events cannot be stored: {left[0].reason}")
        touched: dict[str, set[str]] = {}
        for (index, _), event in placed.items():
            touched.setdefault(index, set()).add(event["task"])
        for index, owners in touched.items():
            self.searcher.freshness.wrote(index, owners)

    def _placed(self, company: str, events: Sequence[Event], places: dict[str, int] | None = None) -> dict[tuple[str, str], Event]:
        """Events by index and id: of those with one id the last stays, at its later place. places: of `put`, else the batch counts."""
        found: dict[tuple[str, str], Event] = {}
        indices: dict[str, str] = {}
        digest = b""
        for place, event in enumerate(events):
            kind = event["type"]
            if kind not in indices:
                indices[kind] = self.layout.events(kind, company)
            if kind == LOG and places is not None:
                task = event["task"]
                key = (indices[kind], d.placed_identity(task, places.get(task, 0)))
                places[task] = places.get(task, 0) + 1
            elif kind == LOG:
                digest = digest or d.batch_digest(events)
                key = (indices[kind], d.line_identity(digest, place))
            else:
                key = (indices[kind], d.identity(event))
                found.pop(key, None)
            found[key] = event
        return found

    # Removing

    def delete(self, company: str, ids: Iterable[str]) -> int:
        wanted = list(dict.fromkeys(ids))
        count = 0
        for start in range(0, len(wanted), 100):
            entities = [Entity(company, one) for one in wanted[start : start + 100]]
            for kind in TYPES:
                for part in self.searcher.parts(Selection(entities, (kind,)), kind):
                    count += self._delete(part)
        return count

    def clear_log(self, company: str, task_id: str, *, before_ms: Key | None, include: Sequence[str], exclude: Sequence[str]) -> int:
        (part,) = self.searcher.parts(Selection([Entity(company, task_id)], (LOG,)), LOG)
        filters: list[q.Query] = []
        if before_ms is not None:
            filters.append(q.between("timestamp", lt=part.names.moment(before_ms)))
        if include:
            filters.append(q.terms(part.names.metric, include))
        if exclude:
            filters.append({"bool": {"must_not": [q.terms(part.names.metric, exclude)]}})
        return self._delete(part.narrowed(*filters))

    def _delete(self, part: Part) -> int:
        self.searcher.freshness.ensure(part.index, part.ids)
        if self._by_query:
            try:
                return self._delete_by_query(part)
            except StoreError as error:
                if "no handler found" not in str(error):
                    raise
                self._by_query = False
        return self._delete_found(part)

    def _delete_by_query(self, part: Part) -> int:
        """Documents that change meanwhile stay, as those that were reported later."""
        parameters: dict[str, Any] = {**QUIET, "conflicts": "proceed", "refresh": "true", "max_docs": DELETED_AT_ONCE}
        count = 0
        while True:
            answer = self.elastic.ask("POST", f"/{part.index}/_delete_by_query", {"query": q.whole(part.filters)}, parameters=parameters)
            count += int(answer["deleted"])
            if not answer["deleted"] or answer["deleted"] + answer["version_conflicts"] < DELETED_AT_ONCE:
                return count

    def _delete_found(self, part: Part) -> int:
        count = 0
        for ids in self._found(part):
            self.elastic.bulk([dumped({"delete": {"_index": part.index, "_id": one}}) + b"\n" for one in ids])
            count += len(ids)
        if count:
            self.elastic.ask("POST", f"/{part.index}/_refresh", parameters=QUIET)
        return count

    def _found(self, part: Part) -> Iterator[list[str]]:
        also: q.Query | None = None
        last: set[str] = set()
        while True:
            hits = self.searcher.hits([part], sort=["_seq_no"], size=FOUND_AT_ONCE, also=also, fields=[])
            # NOTE: shards number their documents apart from each other, so that those with the last number are found again.
            ids = [hit["_id"] for hit in hits if hit["_id"] not in last]
            if not ids:
                return
            yield ids
            last = set(ids)
            also = q.between("_seq_no", gte=hits[-1]["sort"][0])


def _line(index: str, identity: str, document: Event) -> bytes:
    # PERF: an id is hex and an index's name has no quotes, so that this is JSON.
    return b'{"index":{"_index":"%s","_id":"%s"}}\n%s\n' % (index.encode(), identity.encode(), dumped(document))
