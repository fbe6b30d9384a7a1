# Generated from schema/services/workers.conf by `trackyard generate`. Do not edit.
"""Requests of `workers.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    boolean,
    defaulted,
    filled,
    given,
    inside,
    integer,
    list_of,
    number,
    one_of,
    optional,
    required,
    sized,
    string,
    strings,
    within,
)

_WITHIN_NUMBER_MINIMUM_0 = within(number, minimum=0)
_WITHIN_INTEGER_MINIMUM_1 = within(integer, minimum=1)
_ONE_OF_AVG_MIN_MAX = one_of("avg", "min", "max")


def _items(value: Any, where: str) -> dict[str, Any]:
    """What to measure and how to combine it."""
    data, at = inside(value, where)
    return given(
        {
            "aggregation": defaulted(data, "aggregation", at, _ONE_OF_AVG_MIN_MAX, "avg"),
            "key": required(data, "key", at, string),
        }
    )


_LIST_OF_ITEMS = list_of(_items)
_SIZED_LIST_OF_ITEMS_LEAST_1 = sized(_LIST_OF_ITEMS, least=1)


def _resources(value: Any, where: str) -> dict[str, Any]:
    """Load of the machine."""
    data, at = inside(value, where)
    return given(
        {
            "cpu_usage": optional(data, "cpu_usage", at, number),
            "gpu_usage": optional(data, "gpu_usage", at, number),
        }
    )


_LIST_OF_NUMBER = list_of(number)


def _machine_stats(value: Any, where: str) -> dict[str, Any]:
    """Load of the machine at this moment."""
    data, at = inside(value, where)
    return given(
        {
            "cpu_temperature": optional(data, "cpu_temperature", at, _LIST_OF_NUMBER),
            "cpu_usage": optional(data, "cpu_usage", at, _LIST_OF_NUMBER),
            "disk_free_home": optional(data, "disk_free_home", at, number),
            "disk_free_temp": optional(data, "disk_free_temp", at, number),
            "disk_read": optional(data, "disk_read", at, number),
            "disk_write": optional(data, "disk_write", at, number),
            "gpu_memory_free": optional(data, "gpu_memory_free", at, _LIST_OF_NUMBER),
            "gpu_memory_used": optional(data, "gpu_memory_used", at, _LIST_OF_NUMBER),
            "gpu_temperature": optional(data, "gpu_temperature", at, _LIST_OF_NUMBER),
            "gpu_usage": optional(data, "gpu_usage", at, _LIST_OF_NUMBER),
            "memory_free": optional(data, "memory_free", at, number),
            "memory_used": optional(data, "memory_used", at, number),
            "network_rx": optional(data, "network_rx", at, number),
            "network_tx": optional(data, "network_tx", at, number),
        }
    )


@define(kw_only=True, eq=False, repr=False)
class GetActivityReportRequest(Request):
    """How many workers were there, and how many were busy, over time."""

    from_date: float
    """Start of the range, in seconds since 1970."""
    interval: int
    """Seconds that each point covers."""
    to_date: float
    """End of the range, in seconds since 1970."""
    worker_ids: list[str] | None = None
    """Only these workers; all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            from_date=required(data, "from_date", at, _WITHIN_NUMBER_MINIMUM_0),
            interval=required(data, "interval", at, _WITHIN_INTEGER_MINIMUM_1),
            to_date=required(data, "to_date", at, _WITHIN_NUMBER_MINIMUM_0),
            worker_ids=optional(data, "worker_ids", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class GetAllRequest(Request):
    """Workers that reported lately, with what they run."""

    last_seen: int = 3600
    """Only workers that reported within this many seconds; 0 means all."""
    system_tags: list[str] | None = None
    """Only workers with these system tags; a leading minus excludes."""
    tags: list[str] | None = None
    """Only workers with these tags; a leading minus excludes."""
    worker_pattern: str | None = None
    """Only workers whose name fits this pattern; * stands for anything."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            last_seen=optional(data, "last_seen", at, integer, 3600),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            worker_pattern=optional(data, "worker_pattern", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetCountRequest(Request):
    """Count the workers that reported lately."""

    last_seen: int = 0
    """Only workers that reported within this many seconds; 0 means all."""
    system_tags: list[str] | None = None
    """Only workers with these system tags; a leading minus excludes."""
    tags: list[str] | None = None
    """Only workers with these tags; a leading minus excludes."""
    worker_pattern: str | None = None
    """Only workers whose name fits this pattern; * stands for anything."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            last_seen=optional(data, "last_seen", at, integer, 0),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            worker_pattern=optional(data, "worker_pattern", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetMetricKeysRequest(Request):
    """Measurements that workers reported, by category."""

    worker_ids: list[str] | None = None
    """Only these workers; all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(worker_ids=optional(data, "worker_ids", at, strings))


@define(kw_only=True, eq=False, repr=False)
class GetStatsRequest(Request):
    """Measurements of workers over time."""

    from_date: float
    """Start of the range, in seconds since 1970."""
    interval: int
    """Seconds that each point covers."""
    items: list[dict[str, Any]]
    """What to measure."""
    split_by_resource: bool = False
    """One series for each processor or card rather than their combination."""
    split_by_variant: bool = False
    """One series for each variant."""
    to_date: float
    """End of the range, in seconds since 1970."""
    worker_ids: list[str] | None = None
    """Only these workers; all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            from_date=required(data, "from_date", at, _WITHIN_NUMBER_MINIMUM_0),
            interval=required(data, "interval", at, _WITHIN_INTEGER_MINIMUM_1),
            items=filled(data, "items", at, _SIZED_LIST_OF_ITEMS_LEAST_1),
            split_by_resource=optional(data, "split_by_resource", at, boolean, False),
            split_by_variant=optional(data, "split_by_variant", at, boolean, False),
            to_date=required(data, "to_date", at, _WITHIN_NUMBER_MINIMUM_0),
            worker_ids=optional(data, "worker_ids", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class RegisterRequest(Request):
    """A worker says that it is there."""

    queues: list[str] | None = None
    """Queues that the worker watches (ids)."""
    resources: dict[str, Any] | None = None
    """Load of the machine."""
    system_tags: list[str] | None = None
    """Tags that programs put on the worker or container."""
    tags: list[str] | None = None
    """Tags that people put on the worker or container."""
    timeout: int = 600
    """Seconds without a report after which it counts as gone."""
    worker: str
    """Name the worker calls itself by, such as host:0."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            queues=optional(data, "queues", at, strings),
            resources=optional(data, "resources", at, _resources),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            timeout=optional(data, "timeout", at, integer, 600),
            worker=required(data, "worker", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class StatusReportRequest(Request):
    """A worker reports its task, its queues and the load of its machine."""

    machine_stats: dict[str, Any] | None = None
    """Load of the machine at this moment."""
    queue: str | None = None
    """Queue that the task came from (id)."""
    queues: list[str] | None = None
    """Queues that the worker watches (ids)."""
    system_tags: list[str] | None = None
    """Tags that programs put on the worker or container."""
    tags: list[str] | None = None
    """Tags that people put on the worker or container."""
    task: str | None = None
    """Task that the worker is running (id)."""
    timestamp: int
    """When the report was made, in milliseconds since 1970."""
    worker: str
    """Name the worker calls itself by, such as host:0."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            machine_stats=optional(data, "machine_stats", at, _machine_stats),
            queue=optional(data, "queue", at, string),
            queues=optional(data, "queues", at, strings),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            task=optional(data, "task", at, string),
            timestamp=required(data, "timestamp", at, integer),
            worker=required(data, "worker", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UnregisterRequest(Request):
    """A worker says that it is gone."""

    system_tags: list[str] | None = None
    """Tags that programs put on the worker or container."""
    tags: list[str] | None = None
    """Tags that people put on the worker or container."""
    worker: str
    """Name the worker calls itself by, such as host:0."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            worker=required(data, "worker", at, string),
        )
