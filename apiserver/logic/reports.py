"""What a batch of reports writes into the document of its task or model, in one update. Source: spec 4 §4.4."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.calls.call import Call
from apiserver.domain import metrics
from apiserver.logic import task_access
from apiserver.query import scope
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.filters import AddToSet, Change, Eq, Fold, Max, Set


def apply(call: Call, document: Document, summary: metrics.Summary, *, model: bool) -> None:
    """Bring the document up to date. It needs `unique_metrics`, for tasks also `status` and `started`."""
    changes: list[Change] = task_access.changed(call, updated=True)
    if not model:
        changes += task_access.progress(call, document)
        # QUIRK: spec 4 §4.4.1: each batch replaces the whole map.
        changes.append(Set("metric_stats", _stats(summary)))
    if summary.last_iteration is not None:
        changes.append(Max("last_iteration", summary.last_iteration))
    most = int(call.settings.get("services.tasks.max_last_metrics", 2000))
    known = set(document.get("unique_metrics") or ())
    kept = metrics.within(summary.series.values(), known, most)
    changes += _last_values(kept)
    if new := [name for one in kept if (name := metrics.name(one)) not in known]:
        changes.append(AddToSet("unique_metrics", new))
    where = Eq("id", document["id"]) & scope.own(call.company)
    call.documents.update(MODELS if model else TASKS, where, *changes)


def _stats(summary: metrics.Summary) -> Document:
    return {
        metrics.key(metric): {"metric": metric, "event_stats_by_type": {kind: {"last_update": at} for kind, at in kinds.items()}}
        for metric, kinds in summary.newest.items()
    }


def _last_values(series: Sequence[metrics.Folded]) -> list[Change]:
    """QUIRK: spec 4 §4.4.2: the batch's newest value is stored even if an older batch had a newer one."""
    changes: list[Change] = []
    for one in series:
        path = f"last_metrics.{metrics.key(one.metric)}.{metrics.key(one.variant)}"
        changes += [Set(f"{path}.metric", one.metric), Set(f"{path}.variant", one.variant), Set(f"{path}.value", one.value)]
        if one.label is not None:
            changes.append(Set(f"{path}.x_axis_label", one.label))
        changes.append(Fold(path, one.count, one.total, one.minimum, one.maximum, one.first))
    return changes
