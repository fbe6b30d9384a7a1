"""Searcher: asks indices of events, one type and company at a time, and knows what their fields are called. No meaning of events here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from apiserver.stores.elastic import selecting as q
from apiserver.stores.elastic.client import Elastic
from apiserver.stores.elastic.freshness import Freshness
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.errors import Unavailable
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, VECTOR, Selection

CHUNK = {SCALAR: 10_000, LOG: 5_000, IMAGE: 5_000, VECTOR: 1_000, PLOT: 200}
"""Events of one answer, by how large they are; 10,000 is the most that the server gives."""
BUCKETS = 5_000
QUIET = {"ignore_unavailable": "true", "allow_no_indices": "true"}
_WHOLE = {**QUIET, "allow_partial_search_results": "false"}


@frozen
class Part:
    """The documents of one type and company that a question is about."""

    kind: str
    index: str
    names: q.Names
    ids: tuple[str, ...]
    filters: tuple[q.Query, ...]

    def narrowed(self, *filters: q.Query) -> Part:
        return Part(self.kind, self.index, self.names, self.ids, (*self.filters, *filters))


@define(eq=False)
class Searcher:
    """See above. Every question first makes sure that what was acknowledged can be found."""

    elastic: Elastic
    layout: Layout
    freshness: Freshness
    _names: dict[str, q.Names] = field(factory=dict)

    # What to ask

    def parts(self, selection: Selection, kind: str) -> list[Part]:
        """One for each company of the selection's entities."""
        by_company: dict[str, list[str]] = {}
        for entity in selection.entities:
            by_company.setdefault(entity.company, []).append(entity.id)
        found = []
        for company, ids in by_company.items():
            index = self.layout.events(kind, company)
            names = self.names(index)
            found.append(Part(kind, index, names, tuple(ids), tuple(q.selected(selection, kind, names, ids))))
        return found

    def names(self, index: str) -> q.Names:
        """What the fields of an index are called.

        NOTE: the reference made indices of vectors without a template, with texts as `text` and `keyword` below; and an operator may have
        given an index more shards.
        """
        if index not in self._names:
            answer = self.elastic.ask("GET", f"/{index}", parameters={"include_defaults": "false"}, missing=True)
            if answer is None:
                return q.Names()
            (about,) = answer.values()
            properties = about["mappings"].get("properties", {})

            def called(name: str) -> str:
                return f"{name}.keyword" if properties.get(name, {}).get("type") == "text" else name

            self._names[index] = q.Names(
                called("task"),
                called("metric"),
                called("variant"),
                properties.get("timestamp", {}).get("type", "date") == "date",
                int(about["settings"]["index"]["number_of_shards"]),
            )
        return self._names[index]

    def indices(self, pattern: str) -> list[str]:
        """The names of the indices that there are, sorted."""
        found = self.elastic.ask("GET", f"/{pattern}/_settings", parameters={**QUIET, "filter_path": "*.settings.index.uuid"}, missing=True)
        return sorted(found or ())

    def filled(self, pattern: str) -> list[str]:
        """The names of the indices that hold documents, as of the last refresh, sorted."""
        parameters = {**QUIET, "filter_path": "indices.*.primaries.docs.count"}
        answer = self.elastic.ask("GET", f"/{pattern}/_stats/docs", parameters=parameters, missing=True) or {}
        return sorted(name for name, about in answer.get("indices", {}).items() if about["primaries"]["docs"]["count"])

    # Asking

    def count(self, parts: Sequence[Part], *, most: int | None = None) -> int:
        total = 0
        for part in parts:
            self.freshness.ensure(part.index, part.ids)
            parameters = QUIET if most is None else {**QUIET, "terminate_after": most}
            answer = self.elastic.ask("POST", f"/{part.index}/_count", {"query": q.whole(part.filters)}, parameters=parameters)
            _check(answer)
            total += answer["count"]
        return total

    def hits(
        self, parts: Sequence[Part], *, sort: Sequence[Any], size: int, also: q.Query | None = None, fields: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """The first documents, at most 10,000. also: a condition on top. fields: those of the document to give back, None: all."""
        if not parts:
            return []
        for part in parts:
            self.freshness.ensure(part.index, part.ids)
        if len(parts) == 1:
            query = q.whole(parts[0].filters)
        else:
            query = q.either([q.whole([{"term": {"_index": part.index}}, *part.filters]) for part in parts])
        body = {
            "query": query if also is None else q.whole([query, also]),
            "sort": list(sort),
            "size": size,
            "track_total_hits": False,
            "_source": True if fields is None else (list(fields) or False),
        }
        answer = self.search([part.index for part in parts], body)
        found: list[dict[str, Any]] = answer["hits"]["hits"]
        return found

    def groups(
        self,
        part: Part,
        by: Mapping[str, Mapping[str, Any]],
        figures: Mapping[str, Any] | None = None,
        *,
        size: int = BUCKETS,
        most: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """All combinations of keys with their figures, rising by key, however many there are. size: of one answer."""
        self.freshness.ensure(part.index, part.ids)
        yield from self.groups_of([part.index], q.whole(part.filters), by, figures, size=size, most=most)

    def groups_of(
        self,
        indices: Sequence[str],
        query: q.Query,
        by: Mapping[str, Mapping[str, Any]],
        figures: Mapping[str, Any] | None = None,
        *,
        size: int = BUCKETS,
        most: int | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """As `groups`, of any indices. after: keys that the first is to be beyond."""
        given = 0
        while most is None or given < most:
            wanted = size if most is None else min(size, most - given)
            composite: dict[str, Any] = {"size": wanted, "sources": [{name: dict(one)} for name, one in by.items()]}
            if after is not None:
                composite["after"] = dict(after)
            groups: dict[str, Any] = {"composite": composite}
            if figures:
                groups["aggs"] = dict(figures)
            answer = self.search(indices, {"query": query, "size": 0, "track_total_hits": False, "aggs": {"groups": groups}})
            found = answer.get("aggregations", {}).get("groups", {})
            buckets = found.get("buckets", [])
            yield from buckets
            given += len(buckets)
            after = found.get("after_key")
            if len(buckets) < wanted or after is None:
                return

    def search(self, indices: Iterable[str], body: Any) -> Any:
        """The whole answer of a search. Raises: Unavailable, also when it is only a part."""
        answer = self.elastic.ask("POST", f"/{','.join(indices)}/_search", body, parameters=_WHOLE)
        _check(answer)
        return answer


def _check(answer: Any) -> None:
    """Raises: Unavailable, rather than to answer with a part of the truth."""
    if answer.get("timed_out") or answer.get("_shards", {}).get("failed"):
        raise Unavailable("Elasticsearch answered only in part")
