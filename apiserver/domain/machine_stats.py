"""What a worker reports of its machine, as rows of measurements. Pure. Source: spec 5 §5.5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CARD_PREFIX = "gpu_"
TOTAL = "total"

METRICS = frozenset({
    "cpu_usage", "cpu_temperature", "memory_used", "memory_free", "gpu_usage", "gpu_temperature", "gpu_fraction", "gpu_memory_free",
    "gpu_memory_used", "network_tx", "network_rx", "disk_free_home", "disk_free_temp", "disk_read", "disk_write",
})  # fmt: skip
"""The measurements that may be asked for. `gpu_fraction` is never reported."""


def rows(stats: Mapping[str, Any], *, worker: str, task: str | None, timestamp: int) -> list[dict[str, Any]]:
    """One row a value. QUIRK: spec 5 §5.5: a single 0 is not stored, a 0 in a list is."""
    found = []
    for metric, value in stats.items():
        if not value:
            continue
        category = metric.partition("_")[0]
        values = {str(place): item for place, item in enumerate(value)} if isinstance(value, list) else {TOTAL: value}
        for variant, number in values.items():
            labels = {"worker": worker, "task": task, "category": category, "metric": metric, "variant": variant}
            found.append({"timestamp": timestamp, **labels, "value": float(number)})
    return found


def by_resource(metric: str) -> bool:
    """Whether the values of a metric are of one card each."""
    return metric.startswith(CARD_PREFIX)
