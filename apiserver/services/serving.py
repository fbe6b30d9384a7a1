"""Handlers of `serving.*`: containers that serve models, the endpoints they make, and their load. Source: spec 5 §7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import fields

from apiserver.calls.call import Call
from apiserver.domain import serving as rules
from apiserver.generated import errors
from apiserver.generated import serving as shapes
from apiserver.logic import serving, serving_stats
from apiserver.logic.serving import Container

_DESCRIBED = ("model_source", "model_version", "preprocess_artifact", "input_type", "input_size")


def register_container(call: Call, request: shapes.RegisterContainerRequest) -> dict[str, Any]:
    """A container says that it is there; what was known of it before is forgotten."""
    # NOTE: without a timeout the setting holds, not the documented default.
    serving.register(call, _said(request), timeout_s=request.timeout if "timeout" in call.data else None)
    return {}


def unregister_container(call: Call, request: shapes.UnregisterContainerRequest) -> dict[str, Any]:
    """A container says that it is gone."""
    serving.unregister(call, request.container_id)
    return {}


def container_status_report(call: Call, request: shapes.ContainerStatusReportRequest) -> dict[str, Any]:
    """A container says what it serves, how much, and how busy its machine is."""
    serving.report(call, _said(request))
    return {}


def get_endpoints(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """The addresses that are served, each with the sums and means of its containers."""
    endpoints: dict[str, list[Container]] = {}
    for container in serving.live(call):
        if container.endpoint_url is not None:
            endpoints.setdefault(container.endpoint_url, []).append(container)
    return {"endpoints": [_endpoint(url, containers) for url, containers in sorted(endpoints.items())]}


def get_loading_instances(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Containers that have no address yet."""
    return {"instances": [_loading(call, container) for container in serving.live(call) if container.endpoint_url is None]}


def get_endpoint_details(call: Call, request: shapes.GetEndpointDetailsRequest) -> dict[str, Any]:
    """One address with its containers; what they say of the model is the first one's, by name."""
    containers = serving.serving_url(call, request.endpoint_url)
    if not containers:
        raise errors.NoContainersForUrl(url=request.endpoint_url)
    first = containers[0]
    return {
        "endpoint": first.endpoint_name,
        "model": first.model_name,
        "url": request.endpoint_url,
        **{name: getattr(first, name) for name in _DESCRIBED},
        "uptime_sec": max(rules.known(container.uptime_sec for container in containers), default=None),
        "last_update": serving.latest(containers),
        "instances": [_instance(container) for container in containers],
    }


def get_endpoint_metrics_history(call: Call, request: shapes.GetEndpointMetricsHistoryRequest) -> dict[str, Any]:
    """A measurement over time: of all containers together, and of each."""
    chart = serving_stats.chart(call, request.from_date, request.to_date, request.interval)
    metric = rules.METRICS[request.metric_type]
    found = serving_stats.history(call, request.endpoint_url, metric, chart, instances=request.instance_charts)
    return {"computed_interval": chart.interval_s, **found}


def _said(request: shapes.RegisterContainerRequest | shapes.ContainerStatusReportRequest) -> dict[str, Any]:
    return {field.name: getattr(request, field.name) for field in fields(type(request))}


def _endpoint(url: str, containers: Sequence[Container]) -> dict[str, Any]:
    a_minute = rules.mean(rules.known(container.requests_min for container in containers))
    latency = rules.mean(rules.known(container.latency_ms for container in containers))
    return {
        "endpoint": containers[0].endpoint_name,
        "model": containers[0].model_name,
        "url": url,
        "instances": len(containers),
        "uptime_sec": max(rules.known(container.uptime_sec for container in containers), default=None),
        "requests": sum(rules.known(container.requests_num for container in containers)),
        "requests_min": None if a_minute is None else round(a_minute, 2),
        "latency_ms": None if latency is None else round(latency),
        "last_update": serving.latest(containers),
    }


def _loading(call: Call, container: Container) -> dict[str, Any]:
    return {
        "id": container.container_id,
        "endpoint": container.endpoint_name,
        "url": None,
        "model": container.model_name,
        **{name: getattr(container, name) for name in _DESCRIBED},
        "uptime_sec": container.uptime_sec,
        "age_sec": max(0, int((call.now - container.register_time).total_seconds())),
        "last_update": container.last_activity_time,
    }


def _instance(container: Container) -> dict[str, Any]:
    return {
        "id": container.container_id,
        "uptime_sec": container.uptime_sec,
        "requests": container.requests_num,
        "requests_min": container.requests_min,
        "latency_ms": container.latency_ms,
        "last_update": container.last_activity_time,
        "reference": container.reference,
        "cpu_count": rules.count(container.machine_stats, "cpu") or 0,
        "gpu_count": rules.count(container.machine_stats, "gpu") or 0,
    }
