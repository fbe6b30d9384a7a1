"""The Elasticsearch that is read: versions 5.6 to 8, over plain HTTP, since no client speaks to all of them.

Only questions are asked (`_ASKED`): nothing here can change what is there. Source: spec 4 §4.11, spec 6 §4.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import urllib3
from attrs import define, field, frozen

from apiserver.stores.elastic.client import loaded
from apiserver.stores.events import TYPES

EVENTS = "events"
STATISTICS = ("queue_metrics", "worker_stats", "serving_stats")
PATTERNS = ("events-*", *(f"{kind}_*" for kind in STATISTICS))
SCROLL = "10m"
PAGE_BYTES = 64 * 1024 * 1024
"""An answer that is larger is not read; the page is asked for again with fewer documents."""
TERMS_AT_ONCE = 5000
_EVENT_INDEX = re.compile(rf"events-({'|'.join(TYPES)})-(.*)", re.DOTALL)
_MONTH_INDEX = re.compile(rf"({'|'.join(STATISTICS)})_(.*)_(\d{{4}}-\d{{2}})", re.DOTALL)
_ASKED = re.compile(r"GET /|GET /[^/?]+/_(mapping|settings|stats/docs,store)|POST /[^/?]+/_(search|count)|(POST|DELETE) /_search/scroll")


class SourceError(Exception):
    """The source cannot be read; the text is one line for the operator."""


class Away(SourceError):
    """It does not answer now; later it may."""


class Expired(Away):
    """A scroll is gone; what it read has to be asked for again."""


class TooLarge(SourceError):
    """A page of so many documents is too large to be read at once."""


@frozen
class Index:
    """An index of the source. kind: an event type or a kind of statistics. family: `events` or the kind. fields: {name: how to ask for it}.

    times: {`@timestamp`, `timestamp`: its mapped type} of those that ranges can be asked of.
    """

    name: str
    family: str
    kind: str
    company: str
    documents: int
    size_bytes: int
    created: str
    task: str
    times: Mapping[str, str]

    @property
    def is_events(self) -> bool:
        return self.family == EVENTS


@frozen
class Hit:
    """A document as it is stored. source: None when the index keeps none."""

    index: str
    id: str
    routing: str | None
    source: Any
    sort: tuple[Any, ...] = ()


@frozen
class Identity:
    """Which cluster it is."""

    uuid: str
    version: tuple[int, ...]

    @property
    def number(self) -> str:
        return ".".join(map(str, self.version))


@define(eq=False)
class Source:
    """See the module's text. url: may hold user and password. prefix: of the names of indices. Safe for threads."""

    url: str
    prefix: str = ""
    ca_certs: str | None = None
    timeout_s: float = 120
    _pool: urllib3.PoolManager = field(init=False)
    _base: str = field(init=False)
    _headers: dict[str, str] = field(init=False)
    _version: tuple[int, ...] = field(init=False, default=())

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.url if "://" in self.url else f"http://{self.url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SourceError(f"{self.where()} is no address of an Elasticsearch; http://host:9200 is one")
        self._headers = {"accept": "application/json", "content-type": "application/json", "accept-encoding": "gzip"}
        if parts.username:
            self._headers |= urllib3.make_headers(basic_auth=unquote(f"{parts.username}:{parts.password or ''}"))
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._base = f"{parts.scheme}://{host}:{parts.port or 9200}{parts.path.rstrip('/')}"
        more: dict[str, Any] = {"ca_certs": self.ca_certs} if self.ca_certs else {}
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(connect=10, read=self.timeout_s), **more)

    def where(self) -> str:
        """The address without a password."""
        return re.sub(r"//[^/@]*@", "//", self.url)

    # What there is

    def identity(self) -> Identity:
        """Raises: SourceError when it is none that can be read."""
        answer = self._ask("GET", "/", missing=True)
        if answer is None or "version" not in answer:
            raise SourceError(f"{self.where()} does not answer as Elasticsearch does")
        number = str(answer["version"].get("number", ""))
        self._version = tuple(int(one) for one in number.split("-")[0].split(".") if one.isdigit())
        if not (5, 2) <= self._version < (9,) or answer["version"].get("distribution"):
            raise SourceError(f"{self.where()} is version {number}; what can be read is Elasticsearch 5.2 to 8")
        return Identity(str(answer.get("cluster_uuid", "")), self._version)

    @property
    def version(self) -> tuple[int, ...]:
        return self._version or self.identity().version

    def indices(self) -> list[Index]:
        """Those of the reference server, by name; others, such as those of Kibana, are left alone."""
        pattern = ",".join(self.prefix + one for one in PATTERNS)
        options = {"ignore_unavailable": "true", "allow_no_indices": "true", "expand_wildcards": "open"}
        stats = self._ask("GET", f"/{pattern}/_stats/docs,store", parameters=options).get("indices", {})
        mappings = self._ask("GET", f"/{pattern}/_mapping", parameters=options)
        settings = self._ask("GET", f"/{pattern}/_settings", parameters=options)
        found = []
        for name in sorted(mappings):
            placed = placed_index(name.removeprefix(self.prefix))
            if placed is None:
                continue
            fields = _fields(mappings[name].get("mappings") or {})
            family, kind, company = placed
            primaries = stats.get(name, {}).get("primaries", {})
            found.append(
                Index(
                    name=name,
                    family=family,
                    kind=kind,
                    company=company,
                    documents=int(primaries.get("docs", {}).get("count", 0)),
                    size_bytes=int(primaries.get("store", {}).get("size_in_bytes", 0)),
                    created=str(settings.get(name, {}).get("settings", {}).get("index", {}).get("version", {}).get("created", "")),
                    task=_keyword(fields, "task"),
                    times={one: fields[one]["type"] for one in ("@timestamp", "timestamp") if fields.get(one, {}).get("type") in _TIMES},
                )
            )
        return found

    def closed(self) -> list[str]:
        """Indices of the reference server that are closed, so that nobody can read them."""
        pattern = ",".join(self.prefix + one for one in PATTERNS)
        options = {"ignore_unavailable": "true", "allow_no_indices": "true", "expand_wildcards": "closed"}
        found = self._ask("GET", f"/{pattern}/_settings", parameters=options)
        return [name for name in sorted(found) if placed_index(name.removeprefix(self.prefix)) is not None]

    def count(self, index: str, query: Mapping[str, Any]) -> int:
        return int(self._ask("POST", f"/{index}/_count", {"query": query})["count"])

    def extent(self, index: str, name: str, query: Mapping[str, Any]) -> tuple[int, int] | None:
        """The lowest and the highest of a time in the selected documents."""
        both = {"low": {"min": {"field": name}}, "high": {"max": {"field": name}}}
        found = self._ask("POST", f"/{index}/_search", {"size": 0, "query": query, "aggs": both})["aggregations"]
        low, high = found["low"]["value"], found["high"]["value"]
        return None if low is None or high is None else (int(low), int(high))

    def histogram(self, index: Index, name: str, query: Mapping[str, Any], interval: int) -> list[tuple[int, int]]:
        """(begin, count) of the intervals of a time that hold documents."""
        if index.times[name].startswith("date"):
            # NOTE: 5 and 6 know only the one spelling, 8 only the other.
            spelled = "fixed_interval" if self.version >= (7, 2) else "interval"
            asked: dict[str, Any] = {"date_histogram": {"field": name, spelled: f"{interval}ms", "min_doc_count": 1}}
        else:
            asked = {"histogram": {"field": name, "interval": interval, "min_doc_count": 1}}
        found = self._ask("POST", f"/{index.name}/_search", {"size": 0, "query": query, "aggs": {"times": asked}})
        return [(int(one["key"]), int(one["doc_count"])) for one in found["aggregations"]["times"]["buckets"]]

    def by_task(self, index: Index, query: Mapping[str, Any] | None = None) -> Iterator[tuple[str, int]]:
        """(task, number of documents), in no order; documents without a task are not in it."""
        asked = {"query": query or {"match_all": {}}, "size": 0}
        about = {"many": {"cardinality": {"field": index.task}}}
        many = self._ask("POST", f"/{index.name}/_search", {**asked, "aggs": about})["aggregations"]["many"]["value"]
        # NOTE: the count is an estimate; a part that does not hold all of its tasks is cut smaller.
        parts = 1 + int(many) // (TERMS_AT_ONCE // 2)
        while True:
            answers = []
            for part in range(parts):
                include = {"include": {"partition": part, "num_partitions": parts}} if parts > 1 else {}
                terms = {"tasks": {"terms": {"field": index.task, "size": TERMS_AT_ONCE, **include}}}
                found = self._ask("POST", f"/{index.name}/_search", {**asked, "aggs": terms})["aggregations"]["tasks"]
                if found["sum_other_doc_count"]:
                    break
                if part == parts - 1 and parts == 1:
                    yield from ((str(one["key"]), int(one["doc_count"])) for one in found["buckets"])
                    return
                answers.append(found["buckets"])
            else:
                yield from ((str(one["key"]), int(one["doc_count"])) for buckets in answers for one in buckets)
                return
            parts *= 2

    # Documents

    def pages(self, index: str, query: Mapping[str, Any], *, size: int, sort: Sequence[Any] = ("_doc",)) -> Iterator[list[Hit]]:
        """All selected documents as they were at the begin. Raises: TooLarge, Expired, Away."""
        body = {"size": size, "query": query, "sort": list(sort)}
        scroll_id = None
        try:
            answer = self._ask("POST", f"/{index}/_search", body, parameters={"scroll": SCROLL}, bounded=size > 1)
            while True:
                scroll_id = answer.get("_scroll_id") or scroll_id
                if answer.get("timed_out") or answer.get("_shards", {}).get("failed"):
                    raise Away(f"{self.where()}: a part of {index} does not answer")
                hits = answer["hits"]["hits"]
                if not hits:
                    return
                yield [_hit(one) for one in hits]
                answer = self._ask("POST", "/_search/scroll", {"scroll": SCROLL, "scroll_id": scroll_id}, bounded=size > 1)
        finally:
            if scroll_id:
                self._let_go(scroll_id)

    def search(self, index: str, query: Mapping[str, Any], *, size: int, sort: Sequence[Any] = ("_doc",), skip: int = 0) -> list[Hit]:
        answer = self._ask("POST", f"/{index}/_search", {"size": size, "from": skip, "query": query, "sort": list(sort)})
        return [_hit(one) for one in answer["hits"]["hits"]]

    def _let_go(self, scroll_id: str) -> None:
        """A scroll that is left open ends by itself."""
        try:
            self._ask("DELETE", "/_search/scroll", {"scroll_id": [scroll_id]}, missing=True)
        except SourceError:
            return

    def close(self) -> None:
        self._pool.clear()

    # Requests

    def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        parameters: Mapping[str, str] | None = None,
        missing: bool = False,
        bounded: bool = False,
    ) -> Any:
        if not _ASKED.fullmatch(f"{method} {path}"):
            raise AssertionError(f"{method} {path} is no question")
        target = self._base + quote(path, safe="/,*-_.~%") + (f"?{urlencode(parameters)}" if parameters else "")
        sent = None if body is None else json.dumps(body).encode()
        try:
            answer = self._pool.request(method, target, body=sent, headers=self._headers, preload_content=False)
            try:
                text = _read(answer, PAGE_BYTES if bounded else None)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Away(f"{self.where()} cannot be reached: {error}") from error
        if answer.status == 404 and missing:
            return None
        if answer.status >= 300:
            raise self._refused(answer.status, path, text)
        return read(text)

    def _refused(self, status: int, path: str, text: bytes) -> SourceError:
        said = text.decode(errors="replace")[:500]
        if status == 404 and path == "/_search/scroll":
            return Expired(f"{self.where()}: a scroll has ended")
        if status in (401, 403):
            return SourceError(f"{self.where()} refuses us ({status}); give user and password in the address: {said}")
        if status in (408, 429, 502, 503, 504):
            return Away(f"{self.where()} cannot answer now ({status}): {said}")
        return SourceError(f"{self.where()} refuses {path} ({status}): {said}")


_TIMES = ("date", "date_nanos", "long")


def placed_index(name: str) -> tuple[str, str, str] | None:
    """(family, kind, company) of an index by its name; None for one that is not of the reference server.

    NOTE: characters that an index may not be called by are written as bytes by this server, see `stores/elastic/layout.py`.
    """
    if found := _EVENT_INDEX.fullmatch(name):
        return EVENTS, found[1], unquote(found[2])
    if found := _MONTH_INDEX.fullmatch(name):
        return found[1], found[1], unquote(found[2])
    return None


def read(text: bytes) -> Any:
    """JSON; also with NaN and infinities, which old servers took and give back."""
    try:
        return loaded(text)
    except ValueError:
        return json.loads(text)


def _read(answer: urllib3.BaseHTTPResponse, most: int | None) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in answer.stream(1024 * 1024, decode_content=True):
        parts.append(part)
        size += len(part)
        if most is not None and size > most:
            answer.close()
            raise TooLarge(f"a page of more than {most >> 20} MiB")
    return b"".join(parts)


def _fields(mappings: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an index; of versions before 7 those of its mapping types together."""
    if "properties" in mappings:
        return dict(mappings["properties"])
    found: dict[str, Any] = {}
    for kind, about in mappings.items():
        if kind != "_default_" and isinstance(about, Mapping):
            found |= about.get("properties", {})
    return found


def _keyword(fields: Mapping[str, Any], name: str) -> str:
    """How to ask for a text as a whole: an index without its template has it as analysed text with a field below."""
    about = fields.get(name, {})
    return f"{name}.keyword" if about.get("type") == "text" and "keyword" in about.get("fields", {}) else name


def _hit(found: Mapping[str, Any]) -> Hit:
    routing = found.get("_routing")
    sort = tuple(found.get("sort") or ())
    return Hit(found["_index"], found["_id"], None if routing is None else str(routing), found.get("_source"), sort)
