"""Handlers of `queues.*`: queues, who waits in them, and how long. Source: spec 5 §4."""

from __future__ import annotations

from apiserver.services.queues.editing import (
    add_or_update_metadata,
    create,
    delete,
    delete_metadata,
    get_all,
    get_all_ex,
    get_by_id,
    get_default,
    update,
)
from apiserver.services.queues.entries import (
    add_task,
    clear_queue,
    get_next_task,
    get_num_entries,
    move_task_backward,
    move_task_forward,
    move_task_to_back,
    move_task_to_front,
    peek_task,
    remove_task,
)
from apiserver.services.queues.metrics import (
    get_queue_metrics,
)

__all__ = [
    "add_or_update_metadata",
    "add_task",
    "clear_queue",
    "create",
    "delete",
    "delete_metadata",
    "get_all",
    "get_all_ex",
    "get_by_id",
    "get_default",
    "get_next_task",
    "get_num_entries",
    "get_queue_metrics",
    "move_task_backward",
    "move_task_forward",
    "move_task_to_back",
    "move_task_to_front",
    "peek_task",
    "remove_task",
    "update",
]
