"""Paging through images and plots by iteration: events.debug_images (from 2.7) and events.plots. Source: spec 4 §4.7.

The state of a scroll lies in the state store: for each task the variants that were found when it began, and which iterations it showed
last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.generated.events import DebugImagesV2_7Request, PlotsRequest
from apiserver.services.events import access, scrolls
from apiserver.stores.events import IMAGE, PLOT, Entity, Event, EventStore, Metrics, Selection

State = dict[str, Any]
_ROUNDS = 1000
"""NOTE: of pages without a valid event that one call skips, so that a client cannot keep a process busy for ever."""


@frozen
class _Kind:
    """What differs between images and plots. chosen: of several events of a variant at an iteration the one with the greatest of this."""

    name: str
    type: str
    with_url: bool
    chosen: Callable[[Event], Any]


_IMAGES = _Kind("images", IMAGE, True, lambda event: event["url"])
_PLOTS = _Kind("plots", PLOT, False, lambda event: (event.get("timestamp") is not None, event.get("timestamp") or 0))


def debug_images_v2_7(call: Call, request: DebugImagesV2_7Request) -> dict[str, Any]:
    """Images whose files are still there, by iteration."""
    return _scrolled(call, request, _IMAGES)


def plots(call: Call, request: PlotsRequest) -> dict[str, Any]:
    """Plots by iteration."""
    return _scrolled(call, request, _PLOTS)


def _scrolled(call: Call, request: DebugImagesV2_7Request | PlotsRequest, kind: _Kind) -> dict[str, Any]:
    wanted = _by_task(request.metrics)
    entities = {entity.id: entity for entity in access.entities(call, list(wanted), models=request.model_events)}
    state = scrolls.load_state(call, kind.name, request.scroll_id)
    if state is not None and not {task["task"] for task in state["tasks"]} <= set(entities):
        # NOTE: the tasks of a scroll are read only if the call names them, since only those were checked.
        state = None
    if state is None:
        named = any(variants for metrics in wanted.values() if metrics for variants in metrics.values())
        state = scrolls.new_state(call, kind.name, named=named, tasks=[{"task": key, "wanted": one} for key, one in wanted.items()])
        _read_variants(call, entities, state, kind)
    elif request.refresh:
        _read_variants(call, entities, state, kind)
    unknown = not state["named"] and _shows_new_variants(call)
    pages = [
        _page(call.events, entities[task["task"]], task, kind, request.iters, earlier=request.navigate_earlier, unknown=unknown)
        for task in state["tasks"]
    ]
    scrolls.store_state(call, state)
    return {"scroll_id": state["id"], "metrics": pages}


def newest_images(call: Call, entities: Sequence[Entity], wanted: Metrics | None, *, count: int) -> list[dict[str, Any]]:
    """Images at the newest `count` iterations of each task or model, in turn: [{task, iterations: [{iter, events}]}]. Nothing is kept."""
    tasks: list[State] = [{"task": entity.id, "wanted": wanted} for entity in entities]
    _read_variants(call, {entity.id: entity for entity in entities}, {"tasks": tasks}, _IMAGES)
    unknown = not any((wanted or {}).values()) and _shows_new_variants(call)
    return [
        _page(call.events, entity, task, _IMAGES, count, earlier=False, unknown=unknown)
        for entity, task in zip(entities, tasks, strict=True)
    ]


def _shows_new_variants(call: Call) -> bool:
    return bool(call.settings.get("services.events.events_retrieval.debug_images.allow_uninitialized_variants", True))


def _by_task(entries: Iterable[dict[str, Any]]) -> dict[str, dict[str, list[str]] | None]:
    """{task: {metric: variants} or None for all of it}; an entry without a metric takes the whole task."""
    found: dict[str, dict[str, list[str]] | None] = {}
    for entry in entries:
        metrics = found.setdefault(entry["task"], {})
        if not entry.get("metric"):
            found[entry["task"]] = None
        elif metrics is not None:
            metrics[entry["metric"]] = list(entry.get("variants") or ())
    return found


def _read_variants(call: Call, entities: dict[str, Entity], state: State, kind: _Kind) -> None:
    """Find the variants that the scroll is about, and begin at the newest iteration."""
    for task in state["tasks"]:
        entity = entities[task["task"]]
        extents = call.events.extents(Selection((entity,), (kind.type,), task["wanted"], with_url=kind.with_url))
        invalid = _invalid(call.events, entity, task["wanted"]) if kind.with_url else {}
        task["metrics"] = {
            metric: {one.variant: invalid.get((one.metric, one.variant)) for one in members}
            for metric, members in groupby(extents, key=lambda one: one.metric)
        }
        task["last_min"] = task["last_max"] = None


def _invalid(events: EventStore, entity: Entity, metrics: Metrics | None) -> dict[tuple[str, str], int | None]:
    """Up to which iteration the images of a variant are gone: where its newest url was used last before. None: all are there."""
    found: dict[tuple[str, str], int | None] = {}
    for name, uses in groupby(events.url_uses(entity, metrics), key=lambda use: (use.metric, use.variant)):
        found[name] = max(uses, key=lambda use: use.highest).before
    return found


def _page(events: EventStore, entity: Entity, task: State, kind: _Kind, count: int, *, earlier: bool, unknown: bool) -> dict[str, Any]:
    """The next iterations of one task that have something to show; moves the bounds of its state.

    NOTE: spec 4 §4.7: a stretch of iterations whose images are all gone is skipped, so that an empty page is the end.
    """
    low, high = task["last_min"], task["last_max"]
    selection = Selection((entity,), (kind.type,), dict.fromkeys(task["metrics"], ()), with_url=kind.with_url)
    shown: list[dict[str, Any]] = []
    for _ in range(_ROUNDS if task["metrics"] else 0):
        if high is None:
            found = events.iterations(selection, descending=True, count=count)
        elif earlier:
            found = events.iterations(selection, below=low, descending=True, count=count)
        else:
            found = events.iterations(selection, above=high, descending=False, count=count)
        if not found:
            break
        shown = _shown(events, entity, task, kind, found, unknown)
        low, high = min(found), max(found)
        if shown:
            break
    if shown:
        task["last_min"], task["last_max"] = shown[-1]["iter"], shown[0]["iter"]
    return {"task": entity.id, "iterations": shown}


def _shown(events: EventStore, entity: Entity, task: State, kind: _Kind, iterations: list[int], unknown: bool) -> list[dict[str, Any]]:
    """[{iter, events}], the newest first, without what is gone and what was not asked for."""
    metrics = task["metrics"]
    found = events.select(
        Selection((entity,), (kind.type,), dict.fromkeys(metrics, ()), iterations=tuple(iterations), with_url=kind.with_url)
    )
    chosen: dict[tuple[int, str, str], Event] = {}
    for event in found:
        metric, variant, iteration = event["metric"], event["variant"], event["iter"]
        if variant in metrics[metric]:
            invalid = metrics[metric][variant]
            if invalid is not None and iteration <= invalid:
                continue
        elif not unknown:
            continue
        place = (-iteration, metric, variant)
        if place not in chosen or kind.chosen(event) > kind.chosen(chosen[place]):
            chosen[place] = event
    return [
        {"iter": -iteration, "events": [chosen[place] for place in places]}
        for iteration, places in groupby(sorted(chosen), key=lambda place: place[0])
    ]
