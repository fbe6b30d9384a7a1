"""Serving containers: what a report measures, which charts there are, how containers of one address are summed up. Pure.

Source: spec 5 §7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Stats = Mapping[str, Any]
"""`machine_stats` of a report: {name: number, or list of numbers}"""

_SINGLE = ("disk_free_home", "network_rx", "network_tx")


@dataclass(frozen=True)
class Metric:
    """A chart. figure: of the stored rows; total: how the containers of a bucket are put together; factor: from stored to shown."""

    title: str
    figure: str
    total: Literal["sum", "mean"] = "sum"
    factor: float = 1.0
    newest: bool = False
    """A count that only grows: a bucket shows its greatest value, and is shown only where there are reports."""


_GIB = 1 / 1024
METRICS: Mapping[str, Metric] = {
    "requests": Metric("Number of Requests", "requests_num", newest=True),
    "requests_min": Metric("Requests per Minute", "requests_min"),
    "latency_ms": Metric("Average Latency (ms)", "latency_ms", "mean"),
    "cpu_count": Metric("CPU Count", "cpu_num"),
    "gpu_count": Metric("GPU Count", "gpu_num"),
    "cpu_util": Metric("Average CPU Load (%)", "cpu_usage", "mean"),
    "gpu_util": Metric("Average GPU Utilization (%)", "gpu_usage", "mean"),
    "ram_total": Metric("RAM Total (GB)", "memory_total", factor=_GIB),
    "ram_used": Metric("RAM Used (GB)", "memory_used", factor=_GIB),
    "ram_free": Metric("RAM Free (GB)", "memory_free", factor=_GIB),
    "gpu_ram_total": Metric("GPU RAM Total (GB)", "gpu_memory_total", factor=_GIB),
    "gpu_ram_used": Metric("GPU RAM Used (GB)", "gpu_memory_used", factor=_GIB),
    "gpu_ram_free": Metric("GPU RAM Free (GB)", "gpu_memory_free", factor=_GIB),
    "network_rx": Metric("Network Throughput RX (MBps)", "network_rx"),
    "network_tx": Metric("Network Throughput TX (MBps)", "network_tx"),
}


def figures(stats: Stats) -> dict[str, float | None]:
    """What a report says of its machine, as the figures of one stored row."""
    found: dict[str, float | None] = {name: stats.get(name) for name in _SINGLE}
    for kind in ("cpu", "gpu"):
        found[f"{kind}_usage"] = mean(stats.get(f"{kind}_usage"))
        found[f"{kind}_num"] = count(stats, kind)
    for kind in ("memory", "gpu_memory"):
        used, free = mean(stats.get(f"{kind}_used")), mean(stats.get(f"{kind}_free"))
        found |= {f"{kind}_used": used, f"{kind}_free": free}
        found[f"{kind}_total"] = None if used is None or free is None else round(used + free, 3)
    return found


def count(stats: Stats, kind: str) -> int | None:
    """How many processors or graphics cards a report tells of."""
    values = stats.get(f"{kind}_usage")
    return None if values is None else len(values)


def mean(values: Any) -> float | None:
    """Of a list; a single number is itself. None of nothing."""
    if not isinstance(values, list):
        return None if values is None else float(values)
    return sum(values) / len(values) if values else None


def known(values: Iterable[Any]) -> list[Any]:
    """Those that are not None."""
    return [value for value in values if value is not None]


@dataclass(frozen=True)
class Chart:
    """total: {bucket: value}; containers: {name: {bucket: value}}. As shown: with the factor, rounded."""

    total: Mapping[int, float]
    containers: Mapping[str, Mapping[int, float]]


def chart(metric: Metric, rows: Sequence[tuple[int, str, float | None]]) -> Chart:
    """rows: (bucket, container, its value there) wherever a container reported in a bucket.

    A container that reported without this value counts as 0 in the mean of its bucket; one that did not report does not count.
    """
    buckets: dict[int, list[float]] = {}
    containers: dict[str, dict[int, float]] = {}
    for bucket, container, value in rows:
        buckets.setdefault(bucket, []).append(value or 0.0)
        containers.setdefault(container, {})[bucket] = _shown(metric, value or 0.0)
    total = {bucket: _shown(metric, _together(metric, values)) for bucket, values in buckets.items()}
    return Chart(total, dict(sorted(containers.items())))


def _together(metric: Metric, values: Sequence[float]) -> float:
    return sum(values) / len(values) if metric.total == "mean" else sum(values)


def _shown(metric: Metric, value: float) -> float:
    return round(value * metric.factor, 2) or 0
