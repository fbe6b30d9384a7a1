"""Which metrics and variants there are. Source: spec 4 §4.5.6."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated.events import (
    GetMultiTaskMetricsRequest,
    GetScalarMetricsAndVariantsRequest,
    GetTaskMetricsRequest,
    GetVectorMetricsAndVariantsRequest,
)
from apiserver.services.events import access
from apiserver.stores.events import SCALAR, SINGLE, TYPES, VECTOR

ALL = "*"


def types_of(event_type: str) -> tuple[str, ...]:
    return TYPES if event_type == ALL else (event_type,)


def get_task_metrics(call: Call, request: GetTaskMetricsRequest) -> dict[str, Any]:
    """The metrics of each task, as often as it is asked for. QUIRK: spec 4 §4.5.6: metrics with single values only are left out."""
    types = types_of(request.event_type)
    found = {
        entity.id: list(call.events.variants([entity], types, above=SINGLE))
        for entity in access.entities(call, request.tasks, models=request.model_events)
    }
    return {"metrics": [{"task": key, "metrics": found[key]} for key in request.tasks]}


def get_multi_task_metrics(call: Call, request: GetMultiTaskMetricsRequest) -> dict[str, Any]:
    """The metrics and variants that any of the tasks has. Lines of the log have the empty metric."""
    entities = access.entities(call, request.tasks, models=request.model_events)
    found = call.events.variants(entities, types_of(request.event_type))
    return {"metrics": [{"metric": metric, "variants": variants} for metric, variants in found.items()]}


def get_scalar_metrics_and_variants(call: Call, request: GetScalarMetricsAndVariantsRequest) -> dict[str, Any]:
    entity = access.entity(call, request.task, models=request.model_events)
    return {"metrics": call.events.variants([entity], (SCALAR,))}


def get_vector_metrics_and_variants(call: Call, request: GetVectorMetricsAndVariantsRequest) -> dict[str, Any]:
    entity = access.entity(call, request.task, models=request.model_events)
    return {"metrics": call.events.variants([entity], (VECTOR,))}
