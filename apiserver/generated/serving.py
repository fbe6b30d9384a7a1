# Generated from schema/services/serving.conf by `trackyard generate`. Do not edit.
"""Requests of `serving.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    boolean,
    defaulted,
    given,
    inside,
    integer,
    list_of,
    number,
    one_of,
    optional,
    required,
    safe_string,
    string,
    strings,
    within,
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


_ONE_OF_APP = one_of("app_id", "app_instance", "model", "task", "url")


def _reference(value: Any, where: str) -> dict[str, Any]:
    data, at = inside(value, where)
    return given(
        {
            "type": required(data, "type", at, _ONE_OF_APP),
            "value": required(data, "value", at, string),
        }
    )


_LIST_OF_REFERENCE = list_of(_reference)
_WITHIN_NUMBER_MINIMUM_0 = within(number, minimum=0)
_WITHIN_INTEGER_MINIMUM_1 = within(integer, minimum=1)
_ONE_OF_REQUESTS = one_of(
    "requests",
    "requests_min",
    "latency_ms",
    "cpu_count",
    "gpu_count",
    "cpu_util",
    "gpu_util",
    "ram_total",
    "ram_used",
    "ram_free",
    "gpu_ram_total",
    "gpu_ram_used",
    "gpu_ram_free",
    "network_rx",
    "network_tx",
)


@define(kw_only=True, eq=False, repr=False)
class ContainerStatusReportRequest(Request):
    """A serving container reports load and answered requests."""

    container_id: str
    """Name the serving container calls itself by."""
    endpoint_name: str
    """Name of the endpoint that the container serves."""
    endpoint_url: str | None = None
    """Address under which the endpoint answers."""
    input_size: str | None = None
    """Shape of the input, as text."""
    input_type: str | None = None
    """Type of the input, as text."""
    latency_ms: int | None = None
    """Mean time of an answer, in milliseconds."""
    machine_stats: dict[str, Any] | None = None
    """Load of the machine at this moment."""
    model_name: str
    """Name of the model that is served."""
    model_source: str | None = None
    """Where the served model came from."""
    model_version: str | None = None
    """Version of the model that is served."""
    preprocess_artifact: str | None = None
    """Artifact with the code that prepares requests."""
    reference: list[dict[str, Any]] | None = None
    """What the container has to do with, as pairs of type and value."""
    requests_min: float | None = None
    """Requests a minute."""
    requests_num: int | None = None
    """Requests answered since the start."""
    system_tags: list[str] | None = None
    """Tags that programs put on the worker or container."""
    tags: list[str] | None = None
    """Tags that people put on the worker or container."""
    uptime_sec: int | None = None
    """Seconds since the start."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            container_id=required(data, "container_id", at, string),
            endpoint_name=required(data, "endpoint_name", at, string),
            endpoint_url=optional(data, "endpoint_url", at, string),
            input_size=optional(data, "input_size", at, safe_string),
            input_type=optional(data, "input_type", at, string),
            latency_ms=optional(data, "latency_ms", at, integer),
            machine_stats=optional(data, "machine_stats", at, _machine_stats),
            model_name=required(data, "model_name", at, string),
            model_source=optional(data, "model_source", at, string),
            model_version=optional(data, "model_version", at, string),
            preprocess_artifact=optional(data, "preprocess_artifact", at, string),
            reference=optional(data, "reference", at, _LIST_OF_REFERENCE),
            requests_min=optional(data, "requests_min", at, number),
            requests_num=optional(data, "requests_num", at, integer),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            uptime_sec=optional(data, "uptime_sec", at, integer),
        )


@define(kw_only=True, eq=False, repr=False)
class GetEndpointDetailsRequest(Request):
    """One endpoint with its containers."""

    endpoint_url: str
    """Endpoint to look at, by its address."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(endpoint_url=required(data, "endpoint_url", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetEndpointMetricsHistoryRequest(Request):
    """A measurement of an endpoint over time."""

    endpoint_url: str
    """Endpoint to look at, by its address."""
    from_date: float
    """Start of the range, in seconds since 1970."""
    instance_charts: bool = True
    """Also return one series for each container."""
    interval: int
    """Seconds that each point covers."""
    metric_type: str = "requests"
    """What to measure."""
    to_date: float
    """End of the range, in seconds since 1970."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            endpoint_url=required(data, "endpoint_url", at, string),
            from_date=required(data, "from_date", at, _WITHIN_NUMBER_MINIMUM_0),
            instance_charts=optional(data, "instance_charts", at, boolean, True),
            interval=required(data, "interval", at, _WITHIN_INTEGER_MINIMUM_1),
            metric_type=defaulted(data, "metric_type", at, _ONE_OF_REQUESTS, "requests"),
            to_date=required(data, "to_date", at, _WITHIN_NUMBER_MINIMUM_0),
        )


@define(kw_only=True, eq=False, repr=False)
class RegisterContainerRequest(Request):
    """A serving container says that it is there."""

    container_id: str
    """Name the serving container calls itself by."""
    endpoint_name: str
    """Name of the endpoint that the container serves."""
    endpoint_url: str | None = None
    """Address under which the endpoint answers."""
    input_size: str | None = None
    """Shape of the input, as text."""
    input_type: str | None = None
    """Type of the input, as text."""
    model_name: str
    """Name of the model that is served."""
    model_source: str | None = None
    """Where the served model came from."""
    model_version: str | None = None
    """Version of the model that is served."""
    preprocess_artifact: str | None = None
    """Artifact with the code that prepares requests."""
    reference: list[dict[str, Any]] | None = None
    """What the container has to do with, as pairs of type and value."""
    system_tags: list[str] | None = None
    """Tags that programs put on the worker or container."""
    tags: list[str] | None = None
    """Tags that people put on the worker or container."""
    timeout: int = 600
    """Seconds without a report after which it counts as gone."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            container_id=required(data, "container_id", at, string),
            endpoint_name=required(data, "endpoint_name", at, string),
            endpoint_url=optional(data, "endpoint_url", at, string),
            input_size=optional(data, "input_size", at, safe_string),
            input_type=optional(data, "input_type", at, string),
            model_name=required(data, "model_name", at, string),
            model_source=optional(data, "model_source", at, string),
            model_version=optional(data, "model_version", at, string),
            preprocess_artifact=optional(data, "preprocess_artifact", at, string),
            reference=optional(data, "reference", at, _LIST_OF_REFERENCE),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            timeout=defaulted(data, "timeout", at, _WITHIN_INTEGER_MINIMUM_1, 600),
        )


@define(kw_only=True, eq=False, repr=False)
class UnregisterContainerRequest(Request):
    """A serving container says that it is gone."""

    container_id: str
    """Name the serving container calls itself by."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(container_id=required(data, "container_id", at, string))
