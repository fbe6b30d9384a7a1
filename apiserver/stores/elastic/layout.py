"""Where things are in Elasticsearch: names of indices, templates. The layout of the reference server (spec 4 §4.2, spec 5 §2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from attrs import frozen

from apiserver.stores.elastic.client import Elastic
from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, TYPES, VECTOR

KEYWORD: dict[str, Any] = {"type": "keyword"}
DATE: dict[str, Any] = {"type": "date"}
LONG: dict[str, Any] = {"type": "long"}
INTEGER: dict[str, Any] = {"type": "integer"}
FLOAT: dict[str, Any] = {"type": "float"}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
STORED_TEXT: dict[str, Any] = {"type": "text", "index": False}
DYNAMIC_TEXT: dict[str, Any] = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
"""What Elasticsearch makes of a text by itself."""

COMMON = {
    "@timestamp": DATE, "task": KEYWORD, "type": KEYWORD, "worker": KEYWORD, "timestamp": DATE, "iter": LONG, "metric": KEYWORD,
    "variant": KEYWORD, "value": FLOAT, "company_id": KEYWORD, "model_event": BOOLEAN,
}  # fmt: skip
OF_TYPE: dict[str, dict[str, Any]] = {
    SCALAR: {},
    # NOTE: the reference has no template for vectors, so that its own questions by metric fail (spec 4 §4.2.2).
    VECTOR: {"value": {"type": "object", "enabled": False}},
    IMAGE: {"key": KEYWORD, "url": KEYWORD},
    # NOTE: the last three are what the reference's indices make of them by themselves; it asks for the first.
    PLOT: {"plot_str": STORED_TEXT, "plot_data": {"type": "binary"}, "source_urls": DYNAMIC_TEXT, "plot_len": LONG, "valid_plot": BOOLEAN},
    LOG: {"msg": STORED_TEXT, "level": KEYWORD},
}
STATISTICS: dict[str, dict[str, Any]] = {
    "queue_metrics": {
        "timestamp": DATE, "queue": KEYWORD, "average_waiting_time": FLOAT, "queue_length": INTEGER, "company_id": KEYWORD,
    },
    "worker_stats": {
        "timestamp": DATE, "worker": KEYWORD, "category": KEYWORD, "metric": KEYWORD, "variant": KEYWORD, "value": FLOAT, "unit": KEYWORD,
        "task": KEYWORD, "company_id": KEYWORD,
    },
    "serving_stats": {
        "timestamp": DATE, "container_id": KEYWORD, "company_id": KEYWORD, "endpoint_url": KEYWORD, "requests_num": INTEGER,
        "requests_min": FLOAT, "uptime_sec": INTEGER, "latency_ms": INTEGER, "cpu_usage": FLOAT, "cpu_num": INTEGER, "gpu_usage": FLOAT,
        "gpu_num": INTEGER, "memory_used": FLOAT, "memory_free": FLOAT, "memory_total": FLOAT, "gpu_memory_used": FLOAT,
        "gpu_memory_free": FLOAT, "gpu_memory_total": FLOAT, "disk_free_home": FLOAT, "network_rx": FLOAT, "network_tx": FLOAT,
    },
}  # fmt: skip
LEGACY = ("events", "events_log", "events_plot", "events_training_debug_image", *STATISTICS)
"""Templates of the old kind that earlier releases of the reference left; they would win over ours nowhere, and confuse everywhere."""

_REFUSED = re.compile(r"[^a-z0-9.-]|^[.]")


@frozen
class Layout:
    """Names, and what new indices are made of. prefix: of every name, for several servers on one cluster. settings: of new indices."""

    prefix: str = ""
    settings: Mapping[str, Any] = {"number_of_shards": 1, "number_of_replicas": 0}

    def events(self, kind: str, company: str) -> str:
        """The index of the events of one type and company."""
        return f"{self.prefix}events-{kind}-{_company(company)}"

    def month(self, kind: str, company: str, timestamp_ms: int) -> str:
        """The index of statistics of one time."""
        try:
            at = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
        except (OverflowError, ValueError, OSError):
            at = datetime.min if timestamp_ms < 0 else datetime.max
        return f"{self.prefix}{kind}_{_company(company)}_{at.year:04d}-{at.month:02d}"

    def months(self, kind: str, company: str) -> str:
        """All indices of statistics of a company, as a pattern."""
        return f"{self.prefix}{kind}_{_company(company)}_*"

    def events_of_all(self) -> str:
        """A pattern of all indices of events."""
        return f"{self.prefix}events-*"

    def companies_of_events(self, indices: Iterable[str]) -> list[str]:
        """The companies (in lower case) whose indices of events these are, sorted."""
        names = {name.removeprefix(f"{self.prefix}events-{kind}-") for name in indices for kind in TYPES if self._is(name, kind)}
        return sorted(map(_company_of, names))

    def _is(self, index: str, kind: str) -> bool:
        return index.startswith(f"{self.prefix}events-{kind}-")

    def months_of_all(self, kind: str) -> str:
        """A pattern of all indices of one kind of statistics."""
        return f"{self.prefix}{kind}_*"

    def companies_of_months(self, kind: str, indices: Iterable[str]) -> list[str]:
        """As above, of statistics."""
        pattern = re.compile(re.escape(f"{self.prefix}{kind}_") + r"([^_]*)_-?\d{4,}-\d{2}")
        return sorted({_company_of(found[1]) for name in indices if (found := pattern.fullmatch(name))})

    def all(self) -> str:
        """A pattern of every index of this layout."""
        return ",".join(f"{self.prefix}{name}" for name in ("events-*", *(f"{kind}_*" for kind in STATISTICS)))

    def put_event_templates(self, elastic: Elastic) -> None:
        """Make or renew the templates of events, as at every start. Raises: Unavailable."""
        common = {"settings": dict(self.settings), "mappings": {"_source": {"enabled": True}, "properties": COMMON}}
        elastic.ask("PUT", f"/_component_template/{self.prefix}events_common", {"template": common})
        for kind in TYPES:
            # NOTE: unknown fields are kept, but not indexed: clients choose their names, and each would grow the mapping for ever.
            mappings = {"dynamic": "false", "properties": OF_TYPE[kind]}
            template: dict[str, Any] = {"index_patterns": [f"{self.prefix}events-{kind}-*"], "priority": 500}
            if kind == VECTOR:
                whole = {**common, "mappings": {"dynamic": "false", "properties": {**COMMON, **OF_TYPE[kind]}}}
                template |= {"template": whole}
            else:
                template |= {"template": {"mappings": mappings}, "composed_of": [f"{self.prefix}events_common"]}
            elastic.ask("PUT", f"/_index_template/{self.prefix}events_{kind}", template)
        self._drop_legacy(elastic, (name for name in LEGACY if name.startswith("events")))

    def put_statistics_templates(self, elastic: Elastic) -> None:
        """As above, of statistics."""
        for kind, properties in STATISTICS.items():
            template = {"settings": dict(self.settings), "mappings": {"_source": {"enabled": True}, "properties": properties}}
            patterns = [f"{self.prefix}{kind}_*"]
            elastic.ask("PUT", f"/_index_template/{self.prefix}{kind}", {"index_patterns": patterns, "template": template})
        self._drop_legacy(elastic, STATISTICS)

    def _drop_legacy(self, elastic: Elastic, names: Iterable[str]) -> None:
        if not self.prefix:
            for name in names:
                elastic.ask("DELETE", f"/_template/{name}", missing=True)


def _company(company: str) -> str:
    """QUIRK: spec 4 §4.2.1: in lower case. Ids are hex digits; whatever else there is becomes something that an index may be called.

    `_` is written out, so that no company's pattern of months meets another company.
    """
    return _REFUSED.sub(lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), company.lower())


def _company_of(name: str) -> str:
    return unquote(name)
