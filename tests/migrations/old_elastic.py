"""An Elasticsearch 5.6 as a server of release 0.15 or older left it: its templates, mapping types, ids, routing. Source: spec 4 §4.11.2.

Used on a server that tests share: names of indices begin with a prefix.
"""

from __future__ import annotations

import hashlib
import json
import urllib.request
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from attrs import define, field, frozen

KEYWORD = {"type": "keyword"}
COMMON = {
    "@timestamp": {"type": "date"}, "task": KEYWORD, "type": KEYWORD, "worker": KEYWORD, "timestamp": {"type": "date"},
    "iter": {"type": "long"}, "metric": KEYWORD, "variant": KEYWORD, "value": {"type": "float"},
}  # fmt: skip
STORED = {"type": "text", "index": False}
OF_TYPE = {
    "log": {"msg": STORED, "level": KEYWORD},
    "plot": {"plot_str": STORED},
    "training_debug_image": {"key": KEYWORD, "url": KEYWORD},
}
COMPANY = "d1bd92a3b039400cbafc60a7a5b1e52b"
FIRST_MS = 1_580_000_000_000
BATCH = 5000


@define
class OldServer:
    """A running Elasticsearch 5.6, and this test's part of it."""

    address: str
    prefix: str = field(factory=lambda: f"t{uuid.uuid4().hex[:10]}-")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())

    def put_templates(self) -> None:
        base = {"_source": {"enabled": True}, "_routing": {"required": True}, "properties": COMMON}
        settings = {"number_of_shards": 1, "translog.durability": "async", "refresh_interval": "-1"}
        self._template("events", "events-*", 0, {"settings": settings, "mappings": {"_default_": base}})
        for kind, properties in OF_TYPE.items():
            self._template(f"events_{kind}", f"events-{kind}-*", 1, {"mappings": {"_default_": {"properties": properties}}})
        stat = dict.fromkeys(("worker", "category", "metric", "variant", "unit", "task"), KEYWORD)
        times = {"timestamp": {"type": "date"}}
        self._template("worker_stats", "worker_stats_*", 0, {"settings": settings, "mappings": {"stat": {"properties": {**stat, **times}}}})
        lengths = {"queue": KEYWORD, "average_waiting_time": {"type": "float"}, "queue_length": {"type": "integer"}, **times}
        self._template("queue_metrics", "queue_metrics_*", 0, {"settings": settings, "mappings": {"metrics": {"properties": lengths}}})

    def _template(self, name: str, pattern: str, order: int, about: Mapping[str, Any]) -> None:
        self.ask("PUT", f"/_template/{self.prefix}{name}", {"template": self.prefix + pattern, "order": order, **about})

    def load(self, documents: Iterable[Old]) -> int:
        """Store documents; how many."""
        count, lines = 0, []
        for one in documents:
            lines.append(one.line(self.prefix))
            count += 1
            if len(lines) == BATCH:
                self._bulk(lines)
                lines = []
        if lines:
            self._bulk(lines)
        self.ask("POST", f"/{self.prefix}*/_refresh")
        return count

    def _bulk(self, lines: Sequence[bytes]) -> None:
        answer = self.ask("POST", "/_bulk?filter_path=errors,items.*.error", b"".join(lines))
        assert not answer["errors"], [one for one in answer["items"] if one][:1]

    def count(self, pattern: str = "*") -> int:
        return int(self.ask("GET", f"/{self.prefix}{pattern}/_count")["count"])

    def drop(self) -> None:
        self.ask("DELETE", f"/{self.prefix}*")
        self.ask("DELETE", f"/_template/{self.prefix}*")


@frozen
class Old:
    """A document as it was written then."""

    index: str
    kind: str
    id: str | None
    routing: str | None
    source: Any

    def line(self, prefix: str) -> bytes:
        action = {"_index": prefix + self.index, "_type": self.kind}
        if self.id is not None:
            action["_id"] = self.id
        if self.routing is not None:
            action["_routing"] = self.routing
        body = self.source if isinstance(self.source, bytes) else orjson.dumps(self.source)
        return orjson.dumps({"index": action}) + b"\n" + body + b"\n"


def task_id(number: int) -> str:
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def identity(event: Mapping[str, Any]) -> str:
    """Spec 4 §4.2.4."""
    parts = [str(event[name]) for name in ("task", "iter", "metric", "variant", "key") if name in event]
    return hashlib.md5("-".join(parts).encode(), usedforsecurity=False).hexdigest()


def event(kind: str, task: str, at_ms: int, /, *, company: str = COMPANY, identity_: str | None = None, **fields: Any) -> Old:
    """An event of a task that arrived half a second after it was reported."""
    arrived = datetime.fromtimestamp(at_ms / 1000 + 0.5, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    usual = {"type": kind, "task": task, "timestamp": at_ms, "@timestamp": arrived, "worker": "w:0", "metric": "", "variant": ""}
    source = {name: value for name, value in {**usual, **fields}.items() if value is not ...}
    one = identity_ or (hashlib.md5(repr((task, at_ms, fields)).encode()).hexdigest() if kind == "log" else identity(source))
    return Old(f"events-{kind}-{company}", "event", one, task, source)


def history(*, scalars: int, logs: int, plots: int, images: int, vectors: int, statistics: int, tasks: int) -> Iterator[Old]:
    """Events of all types, of tasks one after another, over some weeks; about as many as asked for."""
    for number in range(tasks):
        task, begin = task_id(number), FIRST_MS + number * 3_600_000
        for i in range(scalars // tasks):
            metric = f"m{i % 3}"
            yield event("training_stats_scalar", task, begin + i * 100, iter=i, metric=metric, variant="v", value=i * 0.37)
        for i in range(logs // tasks):
            # NOTE: every tenth line is like the one before it in everything but its id.
            at = begin + (i - (i % 10 == 9)) * 100
            line = 0 if i % 10 == 9 else i
            yield event(
                "log", task, at, msg=f"line {line or i - 1}", level="INFO", identity_=identity({"task": task, "iter": i, "metric": "log"})
            )
        for i in range(plots // tasks):
            yield event("plot", task, begin + i * 1000, iter=i, metric="p", variant="v", plot_str=f'{{"data": [{i}]}}')
        for i in range(images // tasks):
            about = {"key": f"k{i}", "url": f"http://files/{task}/{i}.png"}
            yield event("training_debug_image", task, begin + i * 1000, iter=i, metric="im", variant="v", **about)
        for i in range(vectors // tasks):
            yield event("training_stats_vector", task, begin + i * 1000, iter=i, metric="vec", variant="v", value=[i, i + 0.5])
    for i in range(statistics):
        at = FIRST_MS + i * 60_000
        month = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m")
        row = {
            "timestamp": at,
            "worker": f"w:{i % 3}",
            "category": "cpu",
            "metric": "cpu_usage",
            "variant": "0",
            "value": i % 100,
            "task": task_id(0),
        }
        yield Old(f"worker_stats_{COMPANY}_{month}", "stat", None, None, row)
        queue = {"timestamp": at, "queue": "default", "average_waiting_time": 1.5, "queue_length": i % 7}
        yield Old(f"queue_metrics_{COMPANY}_{month}", "metrics", None, None, queue)
