"""Publishing, archiving, deleting and sharing models. Source: spec 5 §3.8-3.11."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.generated import models as shapes
from apiserver.logic import batch, models, publicity
from apiserver.stores.collections import MODELS
from apiserver.stores.filters import AddToSet, Change, Pull

ARCHIVED = "archived"


def set_ready(call: Call, request: shapes.SetReadyRequest) -> dict[str, Any]:
    """Publish a model, and by default its task first. QUIRK: spec 5 §3.8: `fields` is there and empty."""
    task = models.publish(call, request.model, publish_task=request.publish_task, force_publish_task=request.force_publish_task)
    return {"updated": 1, "fields": {}, **({"published_task": task} if task else {})}


def publish_many(call: Call, request: shapes.PublishManyRequest) -> dict[str, Any]:
    """Publish each of the models."""

    def one(model_id: str) -> dict[str, Any]:
        task = models.publish(call, model_id, publish_task=request.publish_task, force_publish_task=request.force_publish_task)
        return {"updated": True, "published_task": task}

    return batch.each(request.ids, one)


def archive_many(call: Call, request: shapes.ArchiveManyRequest) -> dict[str, Any]:
    """Archive each of the models."""
    return batch.each(request.ids, lambda key: _tag(call, key, AddToSet("system_tags", [ARCHIVED]), "archived"))


def unarchive_many(call: Call, request: shapes.UnarchiveManyRequest) -> dict[str, Any]:
    """Bring each of the models back from the archive."""
    return batch.each(request.ids, lambda key: _tag(call, key, Pull("system_tags", [ARCHIVED]), "unarchived"))


def _tag(call: Call, model_id: str, change: Change, done: str) -> dict[str, Any]:
    if not models.write(call, model_id, change, *models.stamps(call)):
        raise errors.InvalidModelId(id=model_id, company=call.company)
    return {done: True}


def delete(call: Call, request: shapes.DeleteRequest) -> dict[str, Any]:
    """Delete a model with its events, and queue its files for deletion."""
    gone = models.Deleted()
    answer = models.delete(call, request.model, gone, force=request.force)
    models.finish(call, gone, delete_external_artifacts=request.delete_external_artifacts)
    return answer


def delete_many(call: Call, request: shapes.DeleteManyRequest) -> dict[str, Any]:
    """Delete each of the models."""
    gone = models.Deleted()
    answer = batch.each(request.ids, lambda key: models.delete(call, key, gone, force=request.force))
    models.finish(call, gone, delete_external_artifacts=request.delete_external_artifacts)
    return answer


def make_public(call: Call, request: shapes.MakePublicRequest) -> dict[str, Any]:
    """Let every company read the models; nobody can change them until they are private again."""
    return publicity.make_public(call, MODELS, request.ids, missing=errors.InvalidModelId)


def make_private(call: Call, request: shapes.MakePrivateRequest) -> dict[str, Any]:
    """Take back what the company had made public."""
    return publicity.make_private(call, MODELS, request.ids, missing=errors.InvalidModelId)
