"""Measurements of serving containers, and what charts make of them."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.domain import serving
from apiserver.domain.serving import METRICS


def test_lists_become_means_and_counts() -> None:
    """Totals only where both halves are known."""
    found = serving.figures({"cpu_usage": [10, 20], "gpu_usage": [], "memory_used": 1.25, "memory_free": 2, "gpu_memory_used": [1, 2]})
    assert (found["cpu_usage"], found["cpu_num"]) == (15, 2)
    assert (found["gpu_usage"], found["gpu_num"]) == (None, 0)
    assert (found["memory_used"], found["memory_free"], found["memory_total"]) == (1.25, 2, 3.25)
    assert (found["gpu_memory_used"], found["gpu_memory_free"], found["gpu_memory_total"]) == (1.5, None, None)
    assert found["network_rx"] is None


@pytest.mark.parametrize(
    ("metric", "rows", "total"),
    [
        # A container that reported without the value is 0 in the mean; one that did not report at all does not count.
        ("latency_ms", [(0, "a", 7.0), (0, "b", 8.0), (0, "c", None), (60, "a", 4.0)], {0: 5.0, 60: 4.0}),
        ("cpu_util", [(0, "a", 1.0), (0, "b", 0.0), (0, "c", 0.0)], {0: 0.33}),
        ("requests", [(0, "a", 5.0), (0, "b", None)], {0: 5.0}),
        ("ram_used", [(0, "a", 512.0), (0, "b", 1024.0)], {0: 1.5}),
        ("requests", [], {}),
    ],
)
def test_totals(metric: str, rows: list[Any], total: dict[int, float]) -> None:
    assert serving.chart(METRICS[metric], rows).total == total


def test_containers_by_name() -> None:
    """Each with its own values, shown as the total is."""
    drawn = serving.chart(METRICS["gpu_ram_total"], [(0, "b", 1024.0), (0, "a", None), (60, "b", 400.0)])
    assert list(drawn.containers) == ["a", "b"]
    assert drawn.containers == {"a": {0: 0}, "b": {0: 1.0, 60: 0.39}}
