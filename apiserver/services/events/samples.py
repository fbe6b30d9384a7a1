"""Looking at one image, or the plots of one metric, and stepping on from there. Source: spec 4 §4.10.

A state in the state store holds where the reader stands, and a table: which variants (or metrics) there are, and from which to which
iteration they can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated.events import (
    GetDebugImageSampleRequest,
    GetPlotSampleRequest,
    NextDebugImageSampleRequest,
    NextPlotSampleRequest,
)
from apiserver.services.events import access, scrolls
from apiserver.stores.events import IMAGE, PLOT, Entity, Event, EventStore, Metrics, Selection

State = dict[str, Any]
_IMAGE_STATE = "image sample"
_PLOT_STATE = "plot sample"
_MOST_PLOTS = 100


# States


def _state(call: Call, kind: str, request: GetDebugImageSampleRequest | GetPlotSampleRequest) -> tuple[State, bool]:
    """The state to go on with, and whether its table must be read. Raises: InvalidScrollId when it is about something else."""
    state = scrolls.load_state(call, kind, request.scroll_id)
    current = request.navigate_current_metric
    if state is None:
        return scrolls.new_state(call, kind, task=request.task, metric=request.metric, current=current, variant=None, iteration=None), True
    if state["task"] != request.task or state["current"] != current or (current and state["metric"] != request.metric):
        raise errors.InvalidScrollId("Task and metric stored in the state do not match the passed ones", scroll_id=state["id"])
    return state, request.refresh


def _next_state(call: Call, kind: str, request: NextDebugImageSampleRequest | NextPlotSampleRequest) -> State:
    """Raises: InvalidScrollId."""
    state = scrolls.load_state(call, kind, request.scroll_id)
    if state is None or state["task"] != request.task:
        raise errors.InvalidScrollId(scroll_id=(request.scroll_id or "")[:100])
    return state


# Images


def get_debug_image_sample(call: Call, request: GetDebugImageSampleRequest) -> dict[str, Any]:
    """The newest image of a variant, or the newest up to an iteration."""
    entity = access.entity(call, request.task, models=request.model_events)
    state, read = _state(call, _IMAGE_STATE, request)
    if read:
        state["table"] = _image_table(call.events, entity, {request.metric: ()} if state["current"] else None)
    bounds = state["table"].get(request.metric, {}).get(request.variant)
    event = None
    if bounds is not None:
        highest = call.events.iterations(
            _images(entity, request.metric, request.variant), above=bounds[0] - 1, below=_below(request.iteration), descending=True, count=1
        )
        if highest:
            event = _image(call.events, entity, request.metric, request.variant, highest[0])
    if event is not None:
        state.update(metric=request.metric, variant=request.variant, iteration=event["iter"])
    scrolls.store_state(call, state)
    return _image_answer(state, event, bounds)


def next_debug_image_sample(call: Call, request: NextDebugImageSampleRequest) -> dict[str, Any]:
    """The image before or after: of the same iteration first, unless another iteration is asked for."""
    entity = access.entity(call, request.task, models=request.model_events)
    state = _next_state(call, _IMAGE_STATE, request)
    if state["iteration"] is None:
        return _image_answer(state, None, None)
    metrics = [state["metric"]] if state["current"] else list(state["table"])
    table = {(metric, variant): bounds for metric in metrics for variant, bounds in state["table"].get(metric, {}).items()}
    names = sorted(table)
    here = (state["metric"], state["variant"])
    found: tuple[int, tuple[str, str]] | None = None
    if not request.next_iteration:
        beside = [name for name in names if (name < here if request.navigate_earlier else name > here)]
        found = _at(call.events, entity, state["iteration"], _from(beside, request.navigate_earlier), table)
    if found is None:
        found = _another_iteration(call.events, entity, state["iteration"], names, table, earlier=request.navigate_earlier)
    if found is None:
        return _image_answer(state, None, None)
    iteration, (metric, variant) = found
    state.update(metric=metric, variant=variant, iteration=iteration)
    scrolls.store_state(call, state)
    return _image_answer(state, _image(call.events, entity, metric, variant, iteration), table[metric, variant])


def _image_answer(state: State, event: Event | None, bounds: list[int] | None) -> dict[str, Any]:
    lowest, highest = bounds or (None, None)
    return {"scroll_id": state["id"], "event": event, "min_iteration": lowest, "max_iteration": highest}


def _image_table(events: EventStore, entity: Entity, metrics: Metrics | None) -> dict[str, dict[str, list[int]]]:
    """{metric: {variant: [lowest, highest]}}; lowest: the oldest file that still holds what was written last into it."""
    found: dict[str, dict[str, list[int]]] = {}
    for (metric, variant), uses in groupby(events.url_uses(entity, metrics), key=lambda use: (use.metric, use.variant)):
        highest = [use.highest for use in uses]
        found.setdefault(metric, {})[variant] = [min(highest), max(highest)]
    return found


def _images(entity: Entity, metric: str, variant: str) -> Selection:
    return Selection((entity,), (IMAGE,), {metric: (variant,)}, with_url=True)


def _image(events: EventStore, entity: Entity, metric: str, variant: str, iteration: int) -> Event | None:
    """Of several images the one with the greatest url."""
    selection = Selection((entity,), (IMAGE,), {metric: (variant,)}, iterations=(iteration,), with_url=True)
    return max(events.select(selection), key=lambda event: str(event["url"]), default=None)


def _at(
    events: EventStore, entity: Entity, iteration: int, names: list[tuple[str, str]], table: dict[tuple[str, str], list[int]]
) -> tuple[int, tuple[str, str]] | None:
    """The first of the variants that has an image there."""
    allowed = {name for name in names if table[name][0] <= iteration}
    if not allowed:
        return None
    selection = Selection((entity,), (IMAGE,), _grouped(allowed), iterations=(iteration,), with_url=True)
    there = {(event["metric"], event["variant"]) for event in events.select(selection)}
    return next(((iteration, name) for name in names if name in allowed and name in there), None)


def _another_iteration(
    events: EventStore,
    entity: Entity,
    iteration: int,
    names: list[tuple[str, str]],
    table: dict[tuple[str, str], list[int]],
    *,
    earlier: bool,
) -> tuple[int, tuple[str, str]] | None:
    """The last variant of the nearest iteration before, or the first of the nearest after.

    PERF: one question for all variants gives the nearest iteration unless its images are gone; then each variant is asked.
    """
    nearest: int | None = None
    for name in names:
        lowest = table[name][0]
        below, above = (iteration, lowest - 1) if earlier else (None, max(iteration, lowest - 1))
        found = events.iterations(_images(entity, *name), below=below, above=above, descending=earlier, count=1)
        if found and (nearest is None or (found[0] > nearest if earlier else found[0] < nearest)):
            nearest = found[0]
    return None if nearest is None else _at(events, entity, nearest, _from(names, earlier), table)


def _grouped(names: Iterable[tuple[str, str]]) -> Metrics:
    return {metric: [variant for _, variant in members] for metric, members in groupby(sorted(names), key=lambda name: name[0])}


# Plots


def get_plot_sample(call: Call, request: GetPlotSampleRequest) -> dict[str, Any]:
    """The newest plots of a metric, or the newest up to an iteration."""
    entity = access.entity(call, request.task, models=request.model_events)
    state, read = _state(call, _PLOT_STATE, request)
    if read:
        state["table"] = _plot_table(call.events, entity, {request.metric: ()} if state["current"] else None)
    bounds = state["table"].get(request.metric)
    events: list[Event] = []
    if bounds is not None:
        below = _below(request.iteration)
        highest = call.events.iterations(Selection((entity,), (PLOT,), {request.metric: ()}), below=below, descending=True, count=1)
        events = _plots(call.events, entity, request.metric, highest[0]) if highest else []
    if events:
        state.update(metric=request.metric, iteration=events[0]["iter"])
    scrolls.store_state(call, state)
    return _plot_answer(state, events, bounds)


def next_plot_sample(call: Call, request: NextPlotSampleRequest) -> dict[str, Any]:
    """The plots of the metric before or after, or of the nearest other iteration."""
    entity = access.entity(call, request.task, models=request.model_events)
    state = _next_state(call, _PLOT_STATE, request)
    found = _next_plots(call.events, entity, state, earlier=request.navigate_earlier, other=request.next_iteration)
    if found is None:
        return _plot_answer(state, [], None)
    iteration, metric = found
    state.update(metric=metric, iteration=iteration)
    scrolls.store_state(call, state)
    return _plot_answer(state, _plots(call.events, entity, metric, iteration), state["table"].get(metric))


def _next_plots(events: EventStore, entity: Entity, state: State, *, earlier: bool, other: bool) -> tuple[int, str] | None:
    """(iteration, metric) of the next plots in the order of both."""
    iteration, metrics = state["iteration"], [state["metric"]] if state["current"] else sorted(state["table"])
    if iteration is None or not metrics:
        return None
    if not other:
        beside = [name for name in metrics if (name < state["metric"] if earlier else name > state["metric"])]
        if found := _metric_at(events, entity, iteration, beside, earlier):
            return found
    selection = Selection((entity,), (PLOT,), dict.fromkeys(metrics, ()))
    below, above = (iteration, None) if earlier else (None, iteration)
    nearest = events.iterations(selection, below=below, above=above, descending=earlier, count=1)
    return _metric_at(events, entity, nearest[0], metrics, earlier) if nearest else None


def _metric_at(events: EventStore, entity: Entity, iteration: int, metrics: list[str], earlier: bool) -> tuple[int, str] | None:
    if not metrics:
        return None
    extents = events.extents(Selection((entity,), (PLOT,), dict.fromkeys(metrics, ()), iterations=(iteration,)))
    there = {one.metric for one in extents}
    return next(((iteration, metric) for metric in _from(metrics, earlier) if metric in there), None)


def _plot_answer(state: State, events: list[Event], bounds: list[int] | None) -> dict[str, Any]:
    lowest, highest = bounds or (None, None)
    return {"scroll_id": state["id"], "events": events, "min_iteration": lowest, "max_iteration": highest}


def _plot_table(events: EventStore, entity: Entity, metrics: Metrics | None) -> dict[str, list[int]]:
    """{metric: [lowest, highest]}. NOTE: spec 4 §4.10.3: plots without an iteration are left out; the reference fails on them."""
    found: dict[str, list[int]] = {}
    for one in events.extents(Selection((entity,), (PLOT,), metrics)):
        if one.lowest is not None and one.highest is not None:
            known = found.setdefault(one.metric, [one.lowest, one.highest])
            known[:] = min(known[0], one.lowest), max(known[1], one.highest)
    return found


def _plots(events: EventStore, entity: Entity, metric: str, iteration: int) -> list[Event]:
    found = events.select(Selection((entity,), (PLOT,), {metric: ()}, iterations=(iteration,)))
    return sorted(found, key=lambda event: str(event["variant"]))[:_MOST_PLOTS]


# Both


def _below(iteration: int | None) -> int | None:
    """The bound that lets the iteration itself in. NOTE: beyond the greatest there is nothing to leave out."""
    return None if iteration is None or iteration >= 2**63 - 1 else iteration + 1


def _from(names: list[Any], earlier: bool) -> list[Any]:
    return names[::-1] if earlier else names
