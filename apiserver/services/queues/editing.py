"""Making, finding, changing and deleting queues. Source: spec 5 §4.4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated import queues as shapes
from apiserver.logic import metadata
from apiserver.logic import queues as logic
from apiserver.query import lists, scope, shape
from apiserver.query.entities import QUEUE
from apiserver.query.writing import check_tags, split_old_tags
from apiserver.stores.collections import QUEUES
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Change, Eq, Set, Size


def create(call: Call, request: shapes.CreateRequest) -> dict[str, Any]:
    """Make a queue; its id."""
    fields: dict[str, Any] = {"tags": request.tags or [], "system_tags": request.system_tags or []}
    fields.update(split_old_tags(QUEUE, call.version, fields))
    check_tags(fields["tags"], fields["system_tags"])
    fields["tags"], fields["system_tags"] = sorted(fields["tags"]), sorted(fields["system_tags"])
    if request.display_name is not None:
        fields["display_name"] = request.display_name
    if request.metadata:
        fields["metadata"] = metadata.stored(request.metadata)
    return {"id": logic.create(call, request.name, **fields)}


def get_by_id(call: Call, request: shapes.GetByIdRequest) -> dict[str, Any]:
    """One queue with its entries, or only the first (negative: the last) so many."""
    queue = shape.shape(QUEUE, logic.get(call, request.queue), call.version)
    return {"queue": _cut(queue, request.max_task_entries)}


def get_default(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """The company's default queue."""
    queue = logic.default(call)
    return {"id": queue["id"], "name": queue.get("name")}


def update(call: Call, request: shapes.UpdateRequest) -> dict[str, Any]:
    """Change a queue's names, tags and metadata, those that are given.

    QUIRK: spec 5 §4.4: null clears tags and metadata, but does nothing to the names; `last_update` does not move.
    """
    queue = logic.get(call, request.queue, fields=["id"])
    fields = _given(call, request)
    if not fields:
        return {"updated": 0, "fields": {}}
    for name in ("tags", "system_tags"):
        if name in fields:
            fields[name] = sorted(fields[name])
    stored = dict(fields)
    if "name" in stored:
        stored["name"] = logic.check_name(stored["name"])
    if "metadata" in stored:
        stored["metadata"] = metadata.stored(stored["metadata"])
    where = Eq("id", queue["id"]) & scope.own(call.company)
    try:
        updated = call.documents.update(QUEUES, where, *(Set(name, value) for name, value in stored.items())).matched
    except DuplicateKey as error:
        raise errors.ExpectedUniqueData(name=stored.get("name"), company=call.company) from error
    return {"updated": updated, "fields": fields}


def add_or_update_metadata(call: Call, request: shapes.AddOrUpdateMetadataRequest) -> dict[str, Any]:
    """Put items into a queue's metadata, or these in place of all."""
    return _change_metadata(call, request.queue, metadata.setting(request.metadata, replace=request.replace_metadata))


def delete_metadata(call: Call, request: shapes.DeleteMetadataRequest) -> dict[str, Any]:
    """Take items out of a queue's metadata; keys that it has not are fine."""
    return _change_metadata(call, request.queue, metadata.removing(request.keys))


def delete(call: Call, request: shapes.DeleteRequest) -> dict[str, Any]:
    """Delete an empty queue, or with `force` any; waiting tasks go back to the status they had."""
    queue = logic.get(call, request.queue, fields=["entries"])
    waiting = [entry["task"] for entry in queue.get("entries") or () if entry.get("task")]
    if waiting and not request.force:
        raise errors.QueueNotEmpty("use force=true to delete", id=request.queue)
    where = Eq("id", request.queue) & scope.own(call.company)
    if not request.force:
        # NOTE: a task enqueued since the look above must not vanish with the queue.
        where = where & Size("entries", 0)
    else:
        logic.send_back(call, request.queue, waiting, f"Queue {request.queue} was deleted")
    if not call.documents.delete(QUEUES, where):
        logic.get(call, request.queue, fields=["id"])
        raise errors.QueueNotEmpty("use force=true to delete", id=request.queue)
    return {"deleted": 1}


def get_all(call: Call, request: shapes.GetAllRequest) -> dict[str, Any]:
    """Queues by any filter, entries as plain ids."""
    answer = lists.get_all(call, QUEUE, call.data)
    return {**answer, "queues": [_cut(queue, request.max_task_entries) for queue in answer["queues"]]}


def get_all_ex(call: Call, request: shapes.GetAllExRequest) -> dict[str, Any]:
    """Queues by any filter, whole, with the names of the waiting tasks and the workers that listen.

    QUIRK: spec 5 §4.4: `only_fields` is ignored.
    """
    data = {name: value for name, value in call.data.items() if name not in ("only_fields", "projection")}
    answer = lists.get_all_ex(call, QUEUE, {**data, "only_fields": _PROJECTION}, allow_public=False)
    queues = [_cut(queue, request.max_task_entries) for queue in answer["queues"]]
    workers = logic.workers_by_queue(call)
    return {**answer, "queues": [{**queue, "workers": workers.get(queue["id"], [])} for queue in queues]}


_PROJECTION = ["*", "entries.task.name"]


def _given(call: Call, request: shapes.UpdateRequest) -> dict[str, Any]:
    fields: dict[str, Any] = {name: value for name in ("name", "display_name") if (value := getattr(request, name)) is not None}
    empty: dict[str, Any] = {"tags": [], "system_tags": [], "metadata": {}}
    for name, nothing in empty.items():
        if name in call.data:
            fields[name] = getattr(request, name) or nothing
    fields.update(split_old_tags(QUEUE, call.version, fields))
    if "tags" in fields:
        check_tags(fields["tags"], fields.get("system_tags"))
    return fields


def _change_metadata(call: Call, queue_id: str, changes: Sequence[Change]) -> dict[str, Any]:
    """QUIRK: spec 5 §1.5: no time of the queue moves."""
    if not (matched := call.documents.update(QUEUES, Eq("id", queue_id) & scope.own(call.company), *changes).matched):
        raise errors.InvalidQueueId(id=queue_id, company=call.company)
    return {"updated": matched}


def _cut(queue: Document, most: int | None) -> Document:
    """Only the first entries, or with a negative number the last."""
    if most and queue.get("entries"):
        queue["entries"] = queue["entries"][:most] if most > 0 else queue["entries"][most:]
    return queue
