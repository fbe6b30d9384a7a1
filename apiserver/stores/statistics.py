"""StatisticsStore: measurements over time that belong to no task: lengths of queues, load of machines.

The contract (`apiserver/testing/statistics.py` is its suite):

- A row is a time with labels (texts, each of which may be None) and figures (numbers). Rows are only ever added, never changed, and nothing
  tells two equal rows apart. `KINDS` says which labels and figures a kind of row has; kinds and companies never mix.
- What is added is found by every later question.
- A bucket of a `Span` is named by its first millisecond, a multiple of the interval. Buckets without rows are left out of answers.
- Safe to use from many threads, and to make before a fork.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from attrs import frozen

Row = dict[str, Any]


@frozen
class Kind:
    """labels, figures: their names. lookup: the label that most questions ask one value of; engines keep such rows together.

    whole: figures that are whole numbers where the reference keeps them; an engine may cut what is behind the point.
    """

    name: str
    labels: tuple[str, ...]
    figures: tuple[str, ...] = ()
    lookup: str = ""
    whole: frozenset[str] = frozenset()


QUEUE_METRICS = Kind(
    "queue_metrics", ("queue",), ("average_waiting_time", "queue_length"), lookup="queue", whole=frozenset({"queue_length"})
)
"""One row a sample of a queue. Seconds, and entries."""

WORKER_STATS = Kind("worker_stats", ("worker", "category", "metric", "variant", "task"), ("value",), lookup="metric")
"""One row a measured value of a worker's machine. Source: spec 5 §5.5."""

WORKER_REPORTS = Kind("worker_reports", ("worker", "task"))
"""One row a report that held measurements. PERF: who was active when is asked of these, a twentieth of the rows of WORKER_STATS."""

SERVING_STATS = Kind(
    "serving_stats",
    ("endpoint_url", "container_id"),
    (
        "requests_num", "requests_min", "uptime_sec", "latency_ms", "cpu_usage", "cpu_num", "gpu_usage", "gpu_num", "memory_used",
        "memory_free", "memory_total", "gpu_memory_used", "gpu_memory_free", "gpu_memory_total", "disk_free_home", "network_rx",
        "network_tx",
    ),
    lookup="endpoint_url",
    whole=frozenset({"requests_num", "uptime_sec", "latency_ms", "cpu_num", "gpu_num"}),
)  # fmt: skip
"""One row a report of a serving container. Source: spec 5 §7."""

KINDS = (QUEUE_METRICS, WORKER_STATS, WORKER_REPORTS, SERVING_STATS)

NO_LABELS: Mapping[str, Sequence[str]] = {}


@frozen
class Span:
    """Rows of [first_ms, last_ms], both included, in buckets of interval_ms (at least 1)."""

    first_ms: int
    last_ms: int
    interval_ms: int


@frozen
class Figure:
    """One number of a group. of: a figure of the kind; for `distinct` a label, None not counted.

    Rows whose figure is None do not count; `avg`, `min` and `max` of nothing else are None.
    """

    name: str
    kind: Literal["avg", "min", "max", "sum", "distinct"]
    of: str


@frozen
class Rows:
    """Some rows of a kind, as `add` takes them, without what is None. after: where to go on (a JSON value); None: these are the last."""

    rows: list[Row]
    after: list[Any] | None


class StatisticsStore(abc.ABC):
    """See the module's text. where: {label: its allowed values}; present: labels that must not be None."""

    @abc.abstractmethod
    def add(self, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store rows {timestamp: epoch milliseconds, label: text, figure: number}; what is not given is None.

        Raises: InvalidValue when a number is beyond 64 bits or a text cannot be stored; then no row is stored.
        """

    @abc.abstractmethod
    def put(self, kind: Kind, company: str, rows: Sequence[Mapping[str, Any]], *, run: str, first: int) -> None:
        """Store rows that another store had, as `add` does. `first` of the `run`'s rows (of one kind and company) came before; those that
        are put again are not doubled."""

    @abc.abstractmethod
    def companies(self, kind: Kind) -> list[str]:
        """Those that have rows, sorted. An engine that keeps companies apart by names in lower case gives those."""

    @abc.abstractmethod
    def rows(self, kind: Kind, company: str, *, size: int, after: Sequence[Any] | None = None) -> Rows:
        """The next of all rows, in an order that does not change. after: of the rows before."""

    def total(self, kind: Kind, company: str) -> int:
        """How many rows there are."""
        return sum(row["count"] for row in self.counts(kind, company, [kind.labels[0]]))

    @contextmanager
    def snapshot(self) -> Iterator[bool]:
        """All that this thread reads in the block is the store of one moment, at its beginning; yields whether the engine can do so."""
        yield False

    @abc.abstractmethod
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
        """{bucket, label of `by`, figure name: number} for each bucket and combination of labels, by rising bucket, then labels."""

    @abc.abstractmethod
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
        """{bucket, label of `by`, every figure} of the one row in each group whose figures are greatest, compared in this order."""

    @abc.abstractmethod
    def counts(self, kind: Kind, company: str, by: Sequence[str], *, where: Mapping[str, Sequence[str]] = NO_LABELS) -> list[Row]:
        """{label of `by`, count} over all times, most rows first, then by labels."""

    @abc.abstractmethod
    def ping(self) -> None:
        """Raises: Unavailable."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of all connections; the store may be used again afterwards."""
