"""0.17.0: how long a task ran is kept with it; artifacts that an old server wrote meanwhile become maps too. Source: spec 6 §3.3."""

from __future__ import annotations

import importlib
from datetime import datetime
from typing import Any

from .changing import Databases, Document, Update, Walk, drop_indexes, tasks_of

VERSION = "0.17.0"
WHAT = "tasks that have ended get their `active_duration`; artifacts once more; indexes of auth.user are made anew"

_artifacts = importlib.import_module(".0007_artifacts_by_key", __package__)
_FIELDS = ("active_duration", "started", "completed")
_WHERE: dict[str, Any] = {
    "$or": [
        {"active_duration": 0},
        {"active_duration": None, "started": {"$type": "date"}, "completed": {"$type": "date"}},
    ]
}


def _duration(document: Document) -> Update | None:
    """Seconds as a float; null where nobody knows when it ended, or where it was 0."""
    if document.get("active_duration") is not None:
        return {"$set": {"active_duration": _between(document.get("started"), document.get("completed"))}}
    found = _between(document.get("started"), document.get("completed"))
    return None if found is None else {"$set": {"active_duration": found}}


def _between(started: Any, completed: Any) -> float | None:
    return (completed - started).total_seconds() if isinstance(started, datetime) and isinstance(completed, datetime) else None


def left(databases: Databases) -> int:
    return sum(tasks.count_documents(_WHERE) for tasks in tasks_of(databases)) + int(_artifacts.left(databases))


def run(databases: Databases, walk: Walk) -> None:
    drop_indexes(databases.auth, ["user"])
    _artifacts.run(databases, walk)
    for tasks in tasks_of(databases):
        walk.over(tasks, _WHERE, _duration, _FIELDS)
