"""The task's status machine: which status may follow which, as one table, and the rules that read it.

No I/O. What each action writes besides the status is in `logic/task_status.py` and the actions themselves. Source: spec 3 §5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

CREATED = "created"
QUEUED = "queued"
IN_PROGRESS = "in_progress"
STOPPED = "stopped"
PUBLISHING = "publishing"
PUBLISHED = "published"
CLOSED = "closed"
FAILED = "failed"
COMPLETED = "completed"
UNKNOWN = "unknown"

STATUSES = (CREATED, QUEUED, IN_PROGRESS, STOPPED, PUBLISHING, PUBLISHED, CLOSED, FAILED, COMPLETED, UNKNOWN)

ALLOWED: Mapping[str, frozenset[str]] = {
    CREATED: frozenset({QUEUED, IN_PROGRESS}),
    QUEUED: frozenset({CREATED, IN_PROGRESS, STOPPED}),
    IN_PROGRESS: frozenset({CREATED, STOPPED, FAILED, COMPLETED}),
    STOPPED: frozenset({CREATED, QUEUED, IN_PROGRESS, CLOSED, FAILED, COMPLETED, PUBLISHING, PUBLISHED}),
    CLOSED: frozenset({CREATED, STOPPED, FAILED, PUBLISHING, PUBLISHED}),
    FAILED: frozenset({CREATED, QUEUED, STOPPED, PUBLISHED}),
    COMPLETED: frozenset({CREATED, IN_PROGRESS, PUBLISHED}),
    PUBLISHING: frozenset({PUBLISHED}),
    PUBLISHED: frozenset(),
}
"""What may follow without force, the same status apart. A status with no row (`unknown`, a word that only a forced edit can store)
leads nowhere without force."""

EDITABLE = frozenset({CREATED})
EDITABLE_WITH_FORCE = frozenset({CREATED, QUEUED, IN_PROGRESS})
"""Statuses in which the content of a task may be edited piecewise (spec 3 §1.4 "updatable"): force opens no finished task."""

LOCKED = frozenset({PUBLISHING, PUBLISHED})
"""Statuses that take no events."""

DEVELOPMENT = "development"
ARCHIVED = "archived"
STOPPING = "stopping"
"""The status message that asks a live worker to end the task."""


def allowed(current: str, new: str, *, force: bool = False, strict: bool = False) -> bool:
    """Whether a task may go from one status to the other. strict: staying in the same status is refused too."""
    if force or (current == new and not strict):
        return True
    return new in ALLOWED.get(current, frozenset())


def editable(status: str, *, force: bool = False) -> bool:
    """Whether the task's content may be edited piecewise."""
    return status in (EDITABLE_WITH_FORCE if force else EDITABLE)


def stops_at_once(
    status: str, system_tags: Sequence[str], last_worker: str | None, last_update: datetime | None, *, now: datetime, timeout_s: float
) -> bool:
    """Whether `stop` ends the task itself, instead of asking the worker that runs it.

    A worker runs it when one has reported the task and the task changed within `timeout_s`. A queued task, or one run by hand (tag
    `development`), is always stopped at once. Source: spec 3 §9.4.
    """
    if status == QUEUED or DEVELOPMENT in system_tags:
        return True
    alive = bool(last_worker) and last_update is not None and now - last_update < timedelta(seconds=timeout_s)
    return not alive


def active_duration(status: str, started: datetime | None, now: datetime) -> int | None:
    """Whole seconds a running task has been running; None for one that is not. Source: spec 3 §5.3."""
    if status != IN_PROGRESS or started is None:
        return None
    return int((now - started).total_seconds())


def returns_to(status: str, enqueue_status: str | None) -> str:
    """The status of a task that leaves its queue by being archived: a running one stops, a waiting one goes back."""
    return STOPPED if status == IN_PROGRESS else enqueue_status or CREATED
