"""The newest plots of tasks, and the older actions that list debug images. Source: spec 4 §4.6, §4.7.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated.events import (
    DebugImagesRequest,
    DebugImagesV1_8Request,
    GetMultiTaskPlotsRequest,
    GetMultiTaskPlotsV1_8Request,
    GetTaskPlotsRequest,
    GetTaskPlotsV1_8Request,
)
from apiserver.services.events import access, scrolls
from apiserver.stores.documents import Document
from apiserver.stores.events import IMAGE, PLOT, Event, Metrics, Selection

_MOST_ITERS = 100
_MOST_OLD = 10_000
_IMAGES_PAGE = 500


def get_task_plots_v1_8(call: Call, request: GetTaskPlotsV1_8Request) -> dict[str, Any]:
    """The newest plots of each variant, those marked as not valid left out. QUIRK: spec 4 §4.6.1: there is no scrolling."""
    if not 1 <= request.iters <= _MOST_ITERS:
        raise errors.ValidationError(f"iters must be from 1 to {_MOST_ITERS}")
    entity = access.entity(call, request.task, models=request.model_events)
    selection = Selection((entity,), (PLOT,), access.metric_filter(request.metrics), valid=True)
    plots = call.events.newest(selection, count=request.iters)
    return {"plots": plots, "returned": len(plots), "total": len(plots), "scroll_id": None}


def get_task_plots(call: Call, request: GetTaskPlotsRequest) -> dict[str, Any]:
    """Of the newest 10000 plots those that are the newest of their variants."""
    entity = access.entity(call, request.task, models=request.model_events)
    selection = Selection((entity,), (PLOT,))
    page = scrolls.scroll(call, selection, descending=True, size=_MOST_OLD, scroll_id=request.scroll_id)
    plots = _newest(page.events, request.iters)
    return {"plots": plots, "returned": len(plots), "total": page.total, "scroll_id": page.scroll_id}


def _newest(events: list[Event], count: int) -> list[Event]:
    """The first `count` events of each variant of each task."""
    seen: dict[tuple[str, str, str], int] = {}
    kept = []
    for event in events:
        name = (event["task"], event["metric"], event["variant"])
        seen[name] = seen.get(name, 0) + 1
        if seen[name] <= count:
            kept.append(event)
    return kept


# Several tasks


def get_multi_task_plots_v1_8(call: Call, request: GetMultiTaskPlotsV1_8Request) -> dict[str, Any]:
    """The plots at the newest iterations, of each metric of each task or of each task, side by side."""
    if request.iters < 1:
        raise errors.ValidationError("iters must be at least 1")
    documents = access.documents(call, request.tasks, models=request.model_events)
    return side_by_side(
        call,
        documents,
        access.metric_filter(request.metrics),
        count=request.iters,
        per_metric=request.last_iters_per_task_metric,
        scroll_id=request.scroll_id,
        keep=not request.no_scroll,
    )


def side_by_side(
    call: Call,
    documents: Sequence[Document],
    wanted: Metrics | None,
    *,
    count: int,
    per_metric: bool,
    scroll_id: str | None = None,
    keep: bool = False,
) -> dict[str, Any]:
    """The plots at the newest `count` iterations of each task (per_metric: of each metric of it), page by page if `keep`."""
    entities = [access.entity_of(document) for document in documents]
    selection = Selection(entities, (PLOT,), wanted)
    spots = call.events.last_spots(selection, count=count, per_metric=per_metric) if entities else []
    if not spots:
        return {"plots": {}, "returned": 0, "total": 0, "scroll_id": None}
    size = int(call.settings.get("services.events.events_retrieval.multi_plots_batch_size", 1000))
    selection = Selection(entities, (PLOT,), wanted, spots=tuple(spots))
    page = scrolls.scroll(call, selection, descending=True, size=size, scroll_id=scroll_id, keep=keep)
    return _side_by_side(page, {document["id"]: document.get("name") for document in documents}, count)


def get_multi_task_plots(call: Call, request: GetMultiTaskPlotsRequest) -> dict[str, Any]:
    """The same over the newest 10000 plots of all the tasks."""
    documents = access.documents(call, request.tasks, models=request.model_events)
    selection = Selection([access.entity_of(document) for document in documents], (PLOT,))
    page = scrolls.scroll(call, selection, descending=True, size=_MOST_OLD, scroll_id=request.scroll_id)
    return _side_by_side(page, {document["id"]: document.get("name") for document in documents}, request.iters)


def _side_by_side(page: scrolls.Scrolled, names: dict[str, Any], count: int) -> dict[str, Any]:
    """{metric: {variant: {task: {iteration: {name, plots}}}}}, each level falling. QUIRK: spec 4 §4.6.2: `returned` counts metrics."""
    found: dict[str, Any] = {}
    kept = [event for event in _newest(page.events, count) if event.get("iter") is not None]
    kept.sort(key=lambda event: (event["metric"], event["variant"], event["task"], event["iter"]), reverse=True)
    for event in kept:
        tasks = found.setdefault(event["metric"], {}).setdefault(event["variant"], {})
        iterations = tasks.setdefault(event["task"], {})
        at = iterations.setdefault(str(event["iter"]), {"name": names.get(event["task"]), "plots": []})
        at["plots"].append(event)
    return {"plots": found, "returned": len(found), "total": page.total, "scroll_id": page.scroll_id}


# Images before 2.7


def debug_images_v1_8(call: Call, request: DebugImagesV1_8Request) -> dict[str, Any]:
    """All images at the newest iterations of the task."""
    entity = access.entity(call, request.task, models=request.model_events)
    spots = call.events.last_spots(Selection((entity,), (IMAGE,)), count=request.iters, per_metric=False)
    selection = Selection((entity,), (IMAGE,), spots=tuple(spots))
    page = scrolls.scroll(call, selection, descending=True, size=_IMAGES_PAGE, scroll_id=request.scroll_id)
    return _images(request.task, page.events, page)


def debug_images(call: Call, request: DebugImagesRequest) -> dict[str, Any]:
    """Of the newest 10000 images those that are the newest of their variants."""
    entity = access.entity(call, request.task, models=request.model_events)
    page = scrolls.scroll(call, Selection((entity,), (IMAGE,)), descending=True, size=_MOST_OLD, scroll_id=request.scroll_id)
    return _images(request.task, _newest(page.events, request.iters), page)


def _images(task: str, images: list[Event], page: scrolls.Scrolled) -> dict[str, Any]:
    return {"task": task, "images": images, "returned": len(images), "total": page.total, "scroll_id": page.scroll_id}
