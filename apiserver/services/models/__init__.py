"""`models.*`: stored models and what they are linked to. Source: spec 5 §3."""

from __future__ import annotations

from apiserver.services.models.editing import (
    add_or_update_metadata,
    create,
    delete_metadata,
    edit,
    move,
    update,
    update_for_task,
    update_tags,
)
from apiserver.services.models.lifecycle import (
    archive_many,
    delete,
    delete_many,
    make_private,
    make_public,
    publish_many,
    set_ready,
    unarchive_many,
)
from apiserver.services.models.reading import get_all, get_all_ex, get_by_id, get_by_id_ex, get_by_task_id, get_frameworks

__all__ = [
    "add_or_update_metadata",
    "archive_many",
    "create",
    "delete",
    "delete_many",
    "delete_metadata",
    "edit",
    "get_all",
    "get_all_ex",
    "get_by_id",
    "get_by_id_ex",
    "get_by_task_id",
    "get_frameworks",
    "make_private",
    "make_public",
    "move",
    "publish_many",
    "set_ready",
    "unarchive_many",
    "update",
    "update_for_task",
    "update_tags",
]
