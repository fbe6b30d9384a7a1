"""What the reading actions share: the check of tasks and models, and filters of metrics. Source: spec 4 §4.1.2, §4.1.4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.query import scope
from apiserver.stores.collections import MODELS, TASKS
from apiserver.stores.documents import Document
from apiserver.stores.events import Entity, Metrics
from apiserver.stores.filters import In

_FIELDS = ("name", "company", "company_origin")


def documents(call: Call, ids: Sequence[str], *, models: bool = False, fields: Sequence[str] = ()) -> list[Document]:
    """The tasks or models, each once, in the order of the ids. QUIRK: spec 4 §4.1.2: an error names all ids, not the missing ones.

    Raises: InvalidTaskId, InvalidModelId.
    """
    wanted = list(dict.fromkeys(ids))
    where = In("id", wanted) & scope.own_or_public(call.company)
    found = {one["id"]: one for one in call.documents.list(MODELS if models else TASKS, where, fields=(*_FIELDS, *fields))}
    if len(found) < len(wanted):
        raise (errors.InvalidModelId if models else errors.InvalidTaskId)(ids=tuple(wanted))
    return [found[key] for key in wanted]


def entity_of(document: Document) -> Entity:
    """Whose events a document has: those of a public one are where it comes from."""
    return Entity(document.get("company") or document.get("company_origin") or "", document["id"])


def entities(call: Call, ids: Sequence[str], *, models: bool = False) -> list[Entity]:
    """The tasks or models as the event store knows them. Raises: as `documents`."""
    return [entity_of(document) for document in documents(call, ids, models=models)]


def entity(call: Call, key: str, *, models: bool = False) -> Entity:
    """One of them. Raises: as `documents`."""
    return entities(call, [key], models=models)[0]


def metric_filter(metrics: Sequence[dict[str, Any]] | None) -> Metrics | None:
    """The filter of a request; of two entries of one metric the last one counts, and no entries are no filter."""
    return {one["metric"]: one.get("variants") or () for one in metrics} if metrics else None
