# Generated from schema/services/queues.conf by `trackyard generate`. Do not edit.
"""Requests of `queues.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    boolean,
    filled,
    given,
    inside,
    integer,
    list_of,
    map_of,
    number,
    optional,
    required,
    sized,
    string,
    strings,
    within,
)


def _metadata(value: Any, where: str) -> dict[str, Any]:
    """A named value that people attached."""
    data, at = inside(value, where)
    return given(
        {
            "key": required(data, "key", at, string),
            "type": required(data, "type", at, string),
            "value": required(data, "value", at, string),
        }
    )


_LIST_OF_METADATA = list_of(_metadata)
_SIZED_LIST_OF_METADATA_LEAST_1 = sized(_LIST_OF_METADATA, least=1)


def _metadata_2(value: Any, where: str) -> dict[str, Any]:
    """A named value that people attached."""
    data, at = inside(value, where)
    return given(
        {
            "key": optional(data, "key", at, string),
            "type": optional(data, "type", at, string),
            "value": optional(data, "value", at, string),
        }
    )


_MAP_OF_METADATA_2 = map_of(_metadata_2)
_SIZED_STRINGS_LEAST_1 = sized(strings, least=1)
_WITHIN_NUMBER_MINIMUM_0 = within(number, minimum=0)
_WITHIN_INTEGER_MINIMUM_1 = within(integer, minimum=1)


@define(kw_only=True, eq=False, repr=False)
class AddOrUpdateMetadataRequest(Request):
    """Set metadata of a queue by key."""

    metadata: list[dict[str, Any]]
    """Values to set."""
    queue: str
    """The queue it is about (id)."""
    replace_metadata: bool = False
    """Drop all metadata that is not in this request."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            metadata=filled(data, "metadata", at, _SIZED_LIST_OF_METADATA_LEAST_1),
            queue=required(data, "queue", at, string),
            replace_metadata=optional(data, "replace_metadata", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class AddTaskRequest(Request):
    """Put a task at the end of a queue."""

    queue: str
    """The queue it is about (id)."""
    task: str
    """The task it is about (id)."""
    update_execution_queue: bool = True
    """Also store the queue in the task."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            queue=required(data, "queue", at, string),
            task=required(data, "task", at, string),
            update_execution_queue=optional(data, "update_execution_queue", at, boolean, True),
        )


@define(kw_only=True, eq=False, repr=False)
class ClearQueueRequest(Request):
    """Take all tasks off a queue."""

    queue: str
    """The queue it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(queue=required(data, "queue", at, string))


@define(kw_only=True, eq=False, repr=False)
class CreateRequest(Request):
    """Make a queue."""

    display_name: str | None = None
    """Name to show in place of the real one."""
    metadata: dict[str, Any] | None = None
    """Named values to attach, by key."""
    name: str
    """Name of the queue, at least three characters."""
    system_tags: list[str] | None = None
    """Tags that programs put on the queue, such as archived."""
    tags: list[str] | None = None
    """Tags that people put on the queue."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            display_name=optional(data, "display_name", at, string),
            metadata=optional(data, "metadata", at, _MAP_OF_METADATA_2),
            name=required(data, "name", at, string),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteRequest(Request):
    """Delete a queue."""

    force: bool = False
    """Do it even if tasks are waiting in it."""
    queue: str
    """The queue it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            queue=required(data, "queue", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteMetadataRequest(Request):
    """Delete metadata of a queue by key."""

    keys: list[str]
    """Keys of the metadata to delete."""
    queue: str
    """The queue it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            keys=filled(data, "keys", at, _SIZED_STRINGS_LEAST_1),
            queue=required(data, "queue", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetAllRequest(Request):
    """Query queues; references stay ids."""

    max_task_entries: int | None = None
    """Return at most this many waiting tasks of each queue; all if absent."""
    search_hidden: bool = False
    """Also return hidden queues."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            max_task_entries=optional(data, "max_task_entries", at, integer),
            search_hidden=optional(data, "search_hidden", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class GetAllExRequest(Request):
    """Query queues; waiting tasks and linked objects are written out."""

    max_task_entries: int | None = None
    """Return at most this many waiting tasks of each queue; all if absent."""
    search_hidden: bool = False
    """Also return hidden queues."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            max_task_entries=optional(data, "max_task_entries", at, integer),
            search_hidden=optional(data, "search_hidden", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class GetByIdRequest(Request):
    """One queue with its waiting tasks."""

    max_task_entries: int | None = None
    """Return at most this many waiting tasks of each queue; all if absent."""
    queue: str
    """The queue it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            max_task_entries=optional(data, "max_task_entries", at, integer),
            queue=required(data, "queue", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetNextTaskRequest(Request):
    """Take the oldest task off a queue; exactly one caller gets it."""

    get_task_info: bool = False
    """Also return owner and company of the task."""
    queue: str
    """The queue it is about (id)."""
    task: str | None = None
    """Task to take if it is waiting (id); else the first one."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            get_task_info=optional(data, "get_task_info", at, boolean, False),
            queue=required(data, "queue", at, string),
            task=optional(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetNumEntriesRequest(Request):
    """Count the tasks that wait in a queue."""

    queue: str
    """The queue it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(queue=required(data, "queue", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetQueueMetricsRequest(Request):
    """Lengths and waiting times of queues over time."""

    from_date: float
    """Start of the range, in seconds since 1970."""
    interval: int
    """Seconds that each point covers."""
    queue_ids: list[str] | None = None
    """Only these queues; without, the sum over all."""
    refresh: bool = False
    """Write the numbers of this moment before reading."""
    to_date: float
    """End of the range, in seconds since 1970."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            from_date=required(data, "from_date", at, _WITHIN_NUMBER_MINIMUM_0),
            interval=required(data, "interval", at, _WITHIN_INTEGER_MINIMUM_1),
            queue_ids=optional(data, "queue_ids", at, strings),
            refresh=optional(data, "refresh", at, boolean, False),
            to_date=required(data, "to_date", at, _WITHIN_NUMBER_MINIMUM_0),
        )


@define(kw_only=True, eq=False, repr=False)
class MoveTaskBackwardRequest(Request):
    """Move a waiting task closer to the end."""

    count: int = 1
    """How many places to move it; 1 if absent."""
    queue: str
    """The queue it is about (id)."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            count=optional(data, "count", at, integer, 1),
            queue=required(data, "queue", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class MoveTaskForwardRequest(Request):
    """Move a waiting task closer to the front."""

    count: int = 1
    """How many places to move it; 1 if absent."""
    queue: str
    """The queue it is about (id)."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            count=optional(data, "count", at, integer, 1),
            queue=required(data, "queue", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class MoveTaskToBackRequest(Request):
    """Move a waiting task to the end."""

    queue: str
    """The queue it is about (id)."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            queue=required(data, "queue", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class MoveTaskToFrontRequest(Request):
    """Move a waiting task to the front."""

    queue: str
    """The queue it is about (id)."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            queue=required(data, "queue", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class PeekTaskRequest(Request):
    """Look at the task that comes next without taking it."""

    queue: str
    """The queue it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(queue=required(data, "queue", at, string))


@define(kw_only=True, eq=False, repr=False)
class RemoveTaskRequest(Request):
    """Take a task off a queue."""

    queue: str
    """The queue it is about (id)."""
    task: str
    """The task it is about (id)."""
    update_task_status: bool = False
    """Also give the task the status it had before."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            queue=required(data, "queue", at, string),
            task=required(data, "task", at, string),
            update_task_status=optional(data, "update_task_status", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateRequest(Request):
    """Change name, tags or metadata of a queue."""

    display_name: str | None = None
    """Name to show in place of the real one."""
    metadata: dict[str, Any] | None = None
    """Named values to attach, by key."""
    name: str | None = None
    """Name of the queue, at least three characters."""
    queue: str
    """The queue it is about (id)."""
    system_tags: list[str] | None = None
    """Tags that programs put on the queue, such as archived."""
    tags: list[str] | None = None
    """Tags that people put on the queue."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            display_name=optional(data, "display_name", at, string),
            metadata=optional(data, "metadata", at, _MAP_OF_METADATA_2),
            name=optional(data, "name", at, string),
            queue=required(data, "queue", at, string),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
        )
