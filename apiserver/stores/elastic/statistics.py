"""ElasticStatisticsStore: measurements in the reference's indices of months (spec 5 §2.2).

Reports of workers have no index there: the reference counts the workers of `worker_stats`. So a row of `WORKER_REPORTS` is a document of
that index without a measurement, and a measurement of ours has a `company_id`, which the reference never writes: what lacks it counts as
a report.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic import selecting as q
from apiserver.stores.elastic.client import Elastic, dumped
from apiserver.stores.elastic.freshness import Freshness, OnlyReading
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.elastic.searching import Searcher
from apiserver.stores.errors import InvalidValue
from apiserver.stores.state import StateStore
from apiserver.stores.statistics import NO_LABELS, WORKER_REPORTS, WORKER_STATS, Figure, Kind, Row, Rows, Span, StatisticsStore

BUCKETS = 10_000
_OURS = "company_id"
_INDEX = {WORKER_REPORTS.name: WORKER_STATS.name}


class ElasticStatisticsStore(StatisticsStore):
    """See `stores/statistics.py`. Figures are rounded to 4 bytes, as the indices of the reference have them."""

    def __init__(self, elastic: Elastic, state: StateStore, *, layout: Layout | None = None, read_only: bool = False) -> None:
        """read_only: no mark is left in the state store, and what is stored later may be missed."""
        self._elastic = elastic
        self._layout = layout or Layout()
        self._searcher = Searcher(elastic, self._layout, (OnlyReading if read_only else Freshness)(elastic, state))

    def check(self) -> None:
        """Raises: Refused when the server will not do; Unavailable."""
        self._elastic.check_version()

    def prepare(self) -> None:
        """Check the server and put the templates. Raises: StoreError, Unavailable."""
        self.check()
        self._layout.put_statistics_templates(self._elastic)

    def add(self, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]]) -> None:
        # NOTE: with an id of its own a row that is sent twice, since no answer came, is there once.
        self._add(kind, company, rows, lambda place: secrets.token_hex(10))

    # Everything

    def put(self, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]], *, run: str, first: int) -> None:
        def identity(place: int) -> str:
            return hashlib.md5(f"{run}-{kind.name}-{company}-{first + place}".encode(), usedforsecurity=False).hexdigest()[:20]

        self._add(kind, company, rows, identity)

    def companies(self, kind: Kind) -> list[str]:
        named = self._layout.companies_of_months(_index(kind), self._searcher.indices(self._layout.months_of_all(_index(kind))))
        return [company for company in named if self.total(kind, company)]

    def rows(self, kind: Kind, company: str, *, size: int, after: Sequence[Any] | None = None) -> Rows:
        indices = [name for name in self._searcher.indices(self._indices(kind, company)) if after is None or name >= after[0]]
        if not indices:
            return Rows([], None)
        self._searcher.freshness.refresh(indices[0])
        beyond = after[1] if after is not None and indices[0] == after[0] else -1
        # NOTE: shards number their documents apart from each other; equals at the end of a page have to stay together.
        extra = self._searcher.names(indices[0]).shards - 1
        query = _query(kind, {}, (), None)
        also = q.between("_seq_no", gt=beyond)
        body = {"query": q.whole([query, also]), "sort": ["_seq_no"], "size": size + extra, "track_total_hits": False}
        hits = self._searcher.search([indices[0]], body)["hits"]["hits"]
        full = len(hits) >= size
        while len(hits) > size and hits[-1]["sort"] != hits[size - 1]["sort"]:
            hits.pop()
        rows = [_stored(kind, hit["_source"]) for hit in hits]
        if full:
            return Rows(rows, [indices[0], hits[-1]["sort"][0]])
        return Rows(rows, [indices[1], -1] if len(indices) > 1 else None)

    # Questions

    def _add(self, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]], identity: Callable[[int], str]) -> None:
        if not rows:
            return
        lines = []
        for place, row in enumerate(rows):
            index = self._layout.month(_index(kind), company, row["timestamp"])
            action = {"index": {"_index": index, "_id": identity(place)}}
            lines.append(dumped(action) + b"\n" + dumped(_document(kind, company, row)) + b"\n")
        if refused := self._elastic.bulk(lines):
            raise InvalidValue(f"{len(refused)} of {len(rows)} rows cannot be stored: {refused[0].reason}")
        self._searcher.freshness.wrote(self._indices(kind, company), [""])

    def series(
        self,
        kind: Kind,
        company: str,
        span: Span,
        figures: Sequence[Figure],
        *,
        by: Sequence[str] = (),
        where: Mapping[str, Sequence[str]] = NO_LABELS,
        present: Sequence[str] = (),
    ) -> list[Row]:
        query = _query(kind, where, present, span)
        plain = {one.name: {one.kind: {"field": one.of}} for one in figures if one.kind != "distinct"}
        found: dict[tuple[Any, ...], Row] = {}
        for group in self._groups(kind, company, query, {**_bucket(span), **_labels(by)}, plain):
            row = _row(group, by)
            row |= {one.name: group[one.name]["value"] if one.name in plain else 0 for one in figures}
            found[_place(row, by)] = row
        for one in figures:
            if one.kind == "distinct":
                # PERF: exact, by one group for each different label; the server's own count is an estimate.
                labels = {**_labels(by), "distinct": {"terms": {"field": one.of}}}
                for group in self._groups(kind, company, query, {**_bucket(span), **labels}):
                    found[_place(_row(group, by), by)][one.name] += 1
        return _sorted(found.values(), by)

    def greatest(
        self,
        kind: Kind,
        company: str,
        span: Span,
        order: Sequence[str],
        *,
        by: Sequence[str] = (),
        where: Mapping[str, Sequence[str]] = NO_LABELS,
    ) -> list[Row]:
        sort = [{name: {"order": "desc", "missing": "_last"}} for name in order]
        top = {"top": {"top_hits": {"size": 1, "sort": sort, "_source": list(kind.figures)}}}
        rows = []
        for group in self._groups(kind, company, _query(kind, where, (), span), {**_bucket(span), **_labels(by)}, top, size=1000):
            source = group["top"]["hits"]["hits"][0]["_source"]
            rows.append({**_row(group, by), **{name: source.get(name) for name in kind.figures}})
        return _sorted(rows, by)

    def counts(self, kind: Kind, company: str, by: Sequence[str], *, where: Mapping[str, Sequence[str]] = NO_LABELS) -> list[Row]:
        rows = []
        for group in self._groups(kind, company, _query(kind, where, (), None), _labels(by)):
            rows.append({**{label: group["key"][label] for label in by}, "count": group["doc_count"]})
        return _sorted(rows, by)

    def ping(self) -> None:
        self._elastic.ping()

    def close(self) -> None:
        self._elastic.close()

    def _indices(self, kind: Kind, company: str) -> str:
        return self._layout.months(_index(kind), company)

    def _groups(
        self,
        kind: Kind,
        company: str,
        query: q.Query,
        by: Mapping[str, Mapping[str, Any]],
        figures: Mapping[str, Any] | None = None,
        *,
        size: int = BUCKETS,
    ) -> Iterator[dict[str, Any]]:
        indices = self._indices(kind, company)
        self._searcher.freshness.ensure(indices, [""])
        return self._searcher.groups_of([indices], query, by, figures, size=size)


def _index(kind: Kind) -> str:
    return _INDEX.get(kind.name, kind.name)


def _document(kind: Kind, company: str, row: Mapping[str, Any]) -> dict[str, Any]:
    timestamp = row["timestamp"]
    if not -(2**63) <= timestamp < 2**63:
        raise InvalidValue(f"a time beyond 64 bits: {timestamp}")
    found: dict[str, Any] = {"timestamp": d.stored_time(timestamp)}
    for label in kind.labels:
        if (text := row.get(label)) is not None:
            found[label] = _text(text)
    for name in kind.figures:
        if (number := row.get(name)) is not None:
            found[name] = _number(number, whole=name in kind.whole)
    if kind is not WORKER_REPORTS:
        found[_OURS] = company
    return found


def _stored(kind: Kind, source: Mapping[str, Any]) -> Row:
    """The row of a document, whoever wrote it."""
    found = {name: source[name] for name in (*kind.labels, *kind.figures) if source.get(name) is not None}
    timestamp = source.get("timestamp")
    return {"timestamp": d.ms_of(timestamp) if isinstance(timestamp, str) else int(timestamp or 0), **found}


def _text(text: str) -> str:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidValue(f"a text that cannot be stored: {error}") from error
    if size > 4 * d.LONGEST_TERM:
        raise InvalidValue(f"a text that is too long: {text[:50]}…")
    return text


def _number(number: Any, *, whole: bool) -> Any:
    try:
        found = float(number)
        finite = math.isfinite(d.single(found))
    except OverflowError as error:
        raise InvalidValue(f"a number that cannot be stored: {error}") from error
    if not finite or (whole and abs(found) >= 2**31):
        raise InvalidValue(f"a number that cannot be stored: {number}")
    return int(found) if whole else found


def _query(kind: Kind, where: Mapping[str, Sequence[str]], present: Sequence[str], span: Span | None) -> q.Query:
    filters = [q.terms(label, [_text(text) for text in allowed]) for label, allowed in where.items()]
    filters += [q.exists(label) for label in present]
    if span is not None:
        filters.append(q.between("timestamp", gte=d.when(span.first_ms), lte=d.when(span.last_ms)))
    if kind is WORKER_STATS:
        filters.append(q.exists("metric"))
    elif kind is WORKER_REPORTS:
        filters.append({"bool": {"must_not": [q.exists(_OURS)]}})
    return q.whole(filters)


def _bucket(span: Span) -> dict[str, Any]:
    return {"bucket": {"date_histogram": {"field": "timestamp", "fixed_interval": f"{int(span.interval_ms)}ms"}}}


def _labels(by: Sequence[str]) -> dict[str, Any]:
    return {label: {"terms": {"field": label, "missing_bucket": True}} for label in by}


def _row(group: Mapping[str, Any], by: Sequence[str]) -> Row:
    key = group["key"]
    return {"bucket": int(key["bucket"]), **{label: key[label] for label in by}}


def _place(row: Row, by: Sequence[str]) -> tuple[Any, ...]:
    return (row["bucket"], *(row[label] for label in by))


def _sorted(rows: Any, by: Sequence[str]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.get("bucket", 0), -row.get("count", 0), [row[label] or "" for label in by]))
