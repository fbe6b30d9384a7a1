"""The suite of every StatisticsStore: `class TestStatisticsStore(StatisticsStoreSuite)` with a fixture `statistics` of a clean store."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from apiserver.stores.errors import InvalidValue
from apiserver.stores.statistics import QUEUE_METRICS, SERVING_STATS, WORKER_REPORTS, WORKER_STATS, Figure, Kind, Span, StatisticsStore
from apiserver.testing.documents_together import in_threads

MINUTE = Span(0, 300_000, 60_000)
AVERAGE = Figure("avg", "avg", "value")


def value(
    worker: str, second: int, number: float, *, metric: str = "cpu_usage", variant: str = "0", task: str | None = None
) -> dict[str, Any]:
    category = metric.partition("_")[0]
    labels = {"worker": worker, "category": category, "metric": metric, "variant": variant, "task": task}
    return {"timestamp": second * 1000, **labels, "value": number}


def sample(queue: str, second: int, waiting: float, length: int) -> dict[str, Any]:
    return {"timestamp": second * 1000, "queue": queue, "average_waiting_time": waiting, "queue_length": length}


def joined(pages: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for page in pages for row in page]


class StatisticsStoreSuite:
    """Everything that `stores/statistics.py` promises."""

    def test_an_empty_store(self, statistics: StatisticsStore) -> None:
        """No rows are no buckets, not zeros."""
        statistics.ping()
        statistics.add(WORKER_STATS, "c", [])
        assert statistics.series(WORKER_STATS, "c", MINUTE, [AVERAGE], by=["worker"]) == []
        assert statistics.greatest(QUEUE_METRICS, "c", MINUTE, ["queue_length"]) == []
        assert statistics.counts(WORKER_STATS, "c", ["worker"]) == []

    def test_series(self, statistics: StatisticsStore) -> None:
        """Each bucket and combination of labels has the figures of its rows; both ends of the span are in it."""
        rows = [value("a", 0, 1), value("a", 59, 3, variant="1"), value("b", 60, 5), value("b", 300, 7), value("b", 301, 9)]
        statistics.add(WORKER_STATS, "c", rows)
        figures = [AVERAGE, Figure("least", "min", "value"), Figure("most", "max", "value"), Figure("sum", "sum", "value")]
        assert statistics.series(WORKER_STATS, "c", MINUTE, figures, by=["worker"]) == [
            {"bucket": 0, "worker": "a", "avg": 2, "least": 1, "most": 3, "sum": 4},
            {"bucket": 60_000, "worker": "b", "avg": 5, "least": 5, "most": 5, "sum": 5},
            {"bucket": 300_000, "worker": "b", "avg": 7, "least": 7, "most": 7, "sum": 7},
        ]
        of_cards = statistics.series(WORKER_STATS, "c", MINUTE, [AVERAGE], by=["variant"], where={"worker": ["a", "nobody"]})
        assert of_cards == [{"bucket": 0, "variant": "0", "avg": 1}, {"bucket": 0, "variant": "1", "avg": 3}]
        assert statistics.series(WORKER_STATS, "c", MINUTE, [AVERAGE], where={"worker": []}) == []
        assert statistics.series(WORKER_STATS, "c", MINUTE, [AVERAGE], where={"worker": ["a"], "metric": ["gpu_usage"]}) == []

    def test_different_labels_are_counted(self, statistics: StatisticsStore) -> None:
        """`distinct` counts texts once and None never; `present` leaves rows without the label out."""
        reports = [("a", None), ("a", "t"), ("b", None)]
        statistics.add(WORKER_REPORTS, "c", [{"timestamp": 5, "worker": worker, "task": task} for worker, task in reports])
        workers, tasks = Figure("workers", "distinct", "worker"), Figure("tasks", "distinct", "task")
        assert statistics.series(WORKER_REPORTS, "c", MINUTE, [workers, tasks]) == [{"bucket": 0, "workers": 2, "tasks": 1}]
        assert statistics.series(WORKER_REPORTS, "c", MINUTE, [workers], present=["task"]) == [{"bucket": 0, "workers": 1}]
        by_task = statistics.series(WORKER_REPORTS, "c", MINUTE, [workers], by=["task"])
        assert sorted(by_task, key=str) == [{"bucket": 0, "task": "t", "workers": 1}, {"bucket": 0, "task": None, "workers": 2}]

    def test_figures_that_were_not_measured(self, statistics: StatisticsStore) -> None:
        """They do not count; a group of rows that have none is there all the same, with None."""
        rows = [
            {"timestamp": 1, "endpoint_url": "u", "container_id": "a", "latency_ms": 4, "requests_num": 0},
            {"timestamp": 2, "endpoint_url": "u", "container_id": "a", "latency_ms": None},
            {"timestamp": 3, "endpoint_url": "u", "container_id": "b", "requests_num": 2**30},
            {"timestamp": 4, "endpoint_url": "v", "container_id": "a", "latency_ms": 100},
        ]
        statistics.add(SERVING_STATS, "c", rows)
        kinds: tuple[Literal["avg", "min", "max"], ...] = ("avg", "min", "max")
        figures = [Figure(kind, kind, "latency_ms") for kind in kinds]
        found = statistics.series(SERVING_STATS, "c", MINUTE, figures, by=["container_id"], where={"endpoint_url": ["u"]})
        assert found == [
            {"bucket": 0, "container_id": "a", "avg": 4, "min": 4, "max": 4},
            {"bucket": 0, "container_id": "b", "avg": None, "min": None, "max": None},
        ]
        most = [Figure("most", "max", "requests_num")]
        of_each = statistics.series(SERVING_STATS, "c", MINUTE, most, by=["container_id"], where={"endpoint_url": ["u"]})
        assert [row["most"] for row in of_each] == [0, 2**30]

    def test_greatest(self, statistics: StatisticsStore) -> None:
        """One row in each group, the later figures decide where the earlier ones are equal."""
        rows = [
            sample("q", 1, 5, 1),
            sample("q", 2, 9, 2),
            sample("q", 3, 9, 3),
            sample("q", 4, 0, 8),
            sample("p", 5, 1, 1),
            sample("q", 61, 0, 0),
        ]
        statistics.add(QUEUE_METRICS, "c", rows)
        order = ["average_waiting_time", "queue_length"]
        found = statistics.greatest(QUEUE_METRICS, "c", MINUTE, order, by=["queue"])
        assert sorted((row["bucket"], row["queue"], row["average_waiting_time"], row["queue_length"]) for row in found) == [
            (0, "p", 1, 1),
            (0, "q", 9, 3),
            (60_000, "q", 0, 0),
        ]
        assert [row["bucket"] for row in found] == [0, 0, 60_000]
        assert len(statistics.greatest(QUEUE_METRICS, "c", MINUTE, order, by=["queue"], where={"queue": ["p"]})) == 1

    def test_counts(self, statistics: StatisticsStore) -> None:
        """Rows by labels, the most first, whatever their time."""
        statistics.add(WORKER_STATS, "c", [value("a", 1, 1), value("a", 10**9, 1), value("b", 1, 1, metric="gpu_usage")])
        by = ["category", "metric"]
        assert statistics.counts(WORKER_STATS, "c", by) == [
            {"category": "cpu", "metric": "cpu_usage", "count": 2},
            {"category": "gpu", "metric": "gpu_usage", "count": 1},
        ]
        assert statistics.counts(WORKER_STATS, "c", ["worker"], where={"worker": ["b", "x"]}) == [{"worker": "b", "count": 1}]

    def test_companies_and_kinds_do_not_mix(self, statistics: StatisticsStore) -> None:
        """Another company's rows are never seen, nor those of another kind."""
        statistics.add(WORKER_STATS, "c", [value("a", 1, 1)])
        assert statistics.series(WORKER_STATS, "d", MINUTE, [AVERAGE]) == []
        assert statistics.counts(WORKER_STATS, "d", ["worker"]) == []
        assert statistics.series(WORKER_REPORTS, "c", MINUTE, []) == []

    def test_times_before_1970(self, statistics: StatisticsStore) -> None:
        """Buckets begin at multiples of the interval there too."""
        statistics.add(WORKER_STATS, "c", [value("a", -1, 1), value("a", -60, 3), value("a", -61, 5)])
        found = statistics.series(WORKER_STATS, "c", Span(-(10**6), 0, 60_000), [AVERAGE])
        assert found == [{"bucket": -120_000, "avg": 5}, {"bucket": -60_000, "avg": 2}]

    def test_what_cannot_be_stored(self, statistics: StatisticsStore) -> None:
        """All rows or none."""
        for bad in (value("b", 10**18, 1), value("b", 1, 10**400), value("\ud800", 1, 1)):
            with pytest.raises(InvalidValue):
                statistics.add(WORKER_STATS, "c", [value("a", 1, 1), bad])
        assert statistics.counts(WORKER_STATS, "c", ["worker"]) == []
        assert statistics.counts(WORKER_STATS, "c", ["worker"], where={"worker": ["any", "'; DROP TABLE word"]}) == []

    def test_many_at_once(self, statistics: StatisticsStore) -> None:
        """No row is lost, and a text that two threads bring first is one text."""

        def work(number: int) -> None:
            for second in range(20):
                statistics.add(WORKER_STATS, "c", [value(f"w{second}", second, number)])

        in_threads(8, work)
        found = statistics.counts(WORKER_STATS, "c", ["worker"])
        assert sorted(found, key=lambda row: row["worker"]) == [{"worker": name, "count": 8} for name in sorted(f"w{n}" for n in range(20))]

    def test_rows_are_carried(self, statistics: StatisticsStore) -> None:
        """All rows of a kind and company, once, from any of their pages on; a batch that is put again under its number is not doubled."""
        assert statistics.companies(WORKER_STATS) == []
        months = [value(f"w{i % 3}", 86_400 * i, i + 0.5, task="t" if i % 2 else None) for i in range(50)]
        statistics.add(WORKER_STATS, "c", months)
        statistics.add(WORKER_STATS, "d_e", [value("x", 1, 1)])
        statistics.add(WORKER_REPORTS, "c", [{"timestamp": 1, "worker": "w"}])
        statistics.add(SERVING_STATS, "f", [{"timestamp": -1, "endpoint_url": "u", "latency_ms": 4, "memory_used": 0.1}])
        assert statistics.companies(WORKER_STATS) == ["c", "d_e"]
        assert [statistics.companies(kind) for kind in (WORKER_REPORTS, SERVING_STATS, QUEUE_METRICS)] == [["c"], ["f"], []]
        assert (statistics.total(WORKER_STATS, "c"), statistics.total(WORKER_STATS, "nobody")) == (50, 0)
        pages = self._pages(statistics, WORKER_STATS, "c", 7)
        assert sorted(map(repr, joined(pages))) == sorted(repr({k: v for k, v in row.items() if v is not None}) for row in months)
        (odd,) = statistics.rows(SERVING_STATS, "f", size=10).rows
        assert odd == {"timestamp": -1, "endpoint_url": "u", "latency_ms": 4, "memory_used": 0.1}
        assert statistics.rows(QUEUE_METRICS, "c", size=10).rows == []
        first = 0
        for number, rows in enumerate(pages):
            for _ in range(1 + number % 2):
                statistics.put(WORKER_STATS, "g", rows, run="one", first=first)
            first += len(rows)
        statistics.put(WORKER_STATS, "g", joined(pages), run="one", first=0)
        statistics.put(WORKER_STATS, "h", pages[0], run="one", first=0)
        assert joined(self._pages(statistics, WORKER_STATS, "g", 1000)) == joined(pages)
        assert statistics.total(WORKER_STATS, "h") == len(pages[0])
        statistics.put(WORKER_STATS, "g", pages[0], run="two", first=0)
        assert statistics.total(WORKER_STATS, "g") == 50 + len(pages[0])

    @staticmethod
    def _pages(statistics: StatisticsStore, kind: Kind, company: str, size: int) -> list[list[dict[str, Any]]]:
        pages, after = [], None
        while True:
            found = statistics.rows(kind, company, size=size, after=after)
            pages.append(found.rows)
            if found.after is None:
                return [page for page in pages if page]
            after = json.loads(json.dumps(found.after))

    def test_a_snapshot_is_one_moment(self, statistics: StatisticsStore) -> None:
        """Where the engine has them."""
        with statistics.snapshot() as is_one:
            in_threads(1, lambda _: statistics.add(WORKER_STATS, "c", [value("a", 1, 1)]))
            assert statistics.total(WORKER_STATS, "c") == (0 if is_one else 1)
        assert statistics.total(WORKER_STATS, "c") == 1

    def test_use_after_close(self, statistics: StatisticsStore) -> None:
        """A closed store opens itself again."""
        statistics.add(WORKER_STATS, "c", [value("a", 1, 1)])
        statistics.close()
        assert len(statistics.counts(WORKER_STATS, "c", ["worker"])) == 1
