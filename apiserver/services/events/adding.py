"""events.add and events.add_batch. Source: spec 4 §4.3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import define, field

from apiserver.calls.call import Call
from apiserver.domain import metrics, reports, task_status
from apiserver.generated import errors
from apiserver.logic import reports as effects
from apiserver.logic import task_access
from apiserver.query import scope
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.events import LOG, SCALAR, Event
from apiserver.stores.filters import In

_TASK_FIELDS = ("status", "started", "unique_metrics")
_MODEL_FIELDS = ("ready", "unique_metrics")
_IGNORED = (":monitor:machine", ":monitor:gpu")


def add(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Store one event."""
    return _add(call, [dict(data)])


def add_batch(call: Call, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Store many events; those that are refused are counted by reason. Raises: BatchContainsNoItems."""
    if not items:
        raise errors.BatchContainsNoItems()
    return _add(call, items)


@define
class _Batch:
    """A batch on its way. errors: refused events by reason; broken: why some could not be stored, which fails the call in the end."""

    ignored: Sequence[str]
    events: list[Event] = field(factory=list)
    summaries: dict[str, metrics.Summary] = field(factory=dict)
    errors: Counter[str] = field(factory=Counter)
    broken: list[str] = field(factory=list)
    waiting: dict[tuple[str, str, str], list[metrics.Report]] = field(factory=dict)
    """Ordinary scalars that are not in the summaries yet, by task, metric and variant."""

    def summary(self, entity: str) -> metrics.Summary:
        found = self.summaries.get(entity)
        if found is None:
            found = self.summaries[entity] = metrics.Summary(self.ignored)
        return found

    def take_ordinary(self, event: Event) -> None:
        self.events.append(event)
        report = event["iter"], event["timestamp"], event["value"]
        name = event["task"], event["metric"], event["variant"]
        if name in self.waiting:
            self.waiting[name].append(report)
        else:
            self.waiting[name] = [report]

    def fold_waiting(self) -> None:
        """Bring the summaries up to date. Raises: Mixed."""
        for (task, metric, variant), found in self.waiting.items():
            metrics.fold_all(self.summary(task), metric, variant, SCALAR, found)
        self.waiting.clear()


def _add(call: Call, items: list[Event]) -> dict[str, Any]:
    owners = _writable(call, _entities(items))
    batch = _Batch(call.settings.get("services.events.ignore_iteration.metrics", _IGNORED))
    try:
        _check(call, items, owners, batch)
    except (reports.Refused, metrics.Mixed) as error:
        raise errors.ValidationError(str(error)) from error
    call.events.add(call.company, batch.events)
    # QUIRK: spec 4 §4.3.4: an event that cannot be stored fails the call; what could be stored stays, the task is not touched.
    if batch.broken:
        raise errors.DataError(err=f"{len(batch.broken)} document(s) failed to index.", extra_info=batch.broken[0])
    for entity, summary in batch.summaries.items():
        document, is_model = owners[entity]
        effects.apply(call, document, summary, model=is_model)
    if out_of_range := batch.errors[reports.OUT_OF_RANGE]:
        raise errors.DataError(err=f"{out_of_range} document(s) failed to index.", extra_info=None)
    if not batch.events:
        raise errors.EventsNotAdded(", ".join(f"{text}={count}" for text, count in batch.errors.items()))
    return {"added": len(batch.events), "errors": batch.errors.total(), "errors_info": dict(batch.errors)}


def _entities(items: Sequence[Event]) -> dict[str, tuple[bool, bool]]:
    """{id: (is a model, allow_locked)} of the batch; control fields leave the events. Raises: ValidationError when they disagree."""
    locks: dict[str, bool] = {}
    kinds: dict[str, bool] = {}
    both: set[str] = set()
    usual = ""
    for event in items:
        # PERF: nearly all events of a batch are of one task and say nothing of locks.
        if event.get("task") == usual and "model_event" not in event and "allow_locked" not in event and usual:
            event["model_event"] = False
            continue
        is_model = bool(event.get("model_event"))
        if not is_model:
            event["model_event"] = False
        elif (model := event.pop("model", None)) is not None:
            event["task"] = model
        allow = bool(event.pop("allow_locked", False))
        entity = event.get("task")
        if not entity:
            continue
        if not isinstance(entity, str):
            raise errors.ValidationError("task is no text")
        if locks.setdefault(entity, allow) != allow:
            raise errors.ValidationError(f"Inconsistent allow_locked setting in the passed events for {entity}")
        if kinds.setdefault(entity, is_model) != is_model:
            both.add(entity)
        usual = "" if allow or is_model or locks[entity] or kinds[entity] else entity
    if both:
        raise errors.ValidationError("Inconsistent model_event setting in the passed events", tasks=tuple(sorted(both)))
    return {entity: (kinds[entity], allow) for entity, allow in locks.items()}


def _writable(call: Call, entities: dict[str, tuple[bool, bool]]) -> dict[str, tuple[Document, bool]]:
    """The documents that take events, and whether they are models."""
    found: dict[str, tuple[Document, bool]] = {}
    for is_model, collection, fields in ((False, TASKS, _TASK_FIELDS), (True, MODELS, _MODEL_FIELDS)):
        wanted = [entity for entity, (model, _) in entities.items() if model is is_model]
        if not wanted:
            continue
        for document in call.documents.list(collection, In("id", wanted) & scope.own(call.company), fields=fields):
            if entities[document["id"]][1] or not _locked(document, is_model):
                found[document["id"]] = (document, is_model)
    return found


def _locked(document: Document, is_model: bool) -> bool:
    return document.get("ready") is True if is_model else task_access.status_of(document) in task_status.LOCKED


def _check(call: Call, items: Sequence[Event], owners: dict[str, tuple[Document, bool]], batch: _Batch) -> None:
    """Sort the events into those to store and those refused. Raises: Refused, Mixed."""
    defaults = reports.Defaults(
        arrived=call.now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{call.now.microsecond // 1000:03d}Z",
        timestamp=int(call.now.timestamp() * 1000),
        worker=call.worker,
        validate_plots=bool(call.settings.get("services.events.validate_plot_str", False)),
    )
    tasks = {entity for entity, (_, is_model) in owners.items() if not is_model}
    for event in items:
        if reports.ordinary(event) and event["task"] in tasks:
            reports.complete(event, defaults)
            batch.take_ordinary(event)
            continue
        if reports.ordinary_line(event) and event["task"] in tasks:
            reports.complete(event, defaults)
            batch.summary(event["task"]).see(event)
            batch.events.append(event)
            continue
        batch.fold_waiting()
        kind = reports.kind_of(event)
        if reason := _refusal(event, kind, owners):
            batch.errors[reason] += 1
            continue
        label = event.pop("x_axis_label", None)
        in_range = reports.normalise(event, kind, defaults)
        if not in_range:
            batch.errors[reports.OUT_OF_RANGE] += 1
            continue
        try:
            reports.check_storable(event)
        except reports.Unstorable as error:
            batch.broken.append(str(error))
            continue
        summary = batch.summary(event["task"])
        summary.see(event)
        if kind == SCALAR and event.get("value") is not None:
            summary.fold(event, label)
        batch.events.append(event)
    batch.fold_waiting()


def _refusal(event: Event, kind: str, owners: dict[str, tuple[Document, bool]]) -> str:
    """Why an event is not stored; empty if it is."""
    if not kind:
        return "Event must have a 'type' field"
    if kind not in reports.KINDS:
        return f"Invalid event type {kind[:100]}"
    is_model = bool(event["model_event"])
    if kind == LOG and is_model:
        return "Task log events are not supported for models"
    entity = event.get("task")
    if not entity:
        return "Event must have a 'task' field"
    if entity not in owners:
        return f"Invalid {'model' if is_model else 'task'} id {entity[:100]}"
    return ""
