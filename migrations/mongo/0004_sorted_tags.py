"""0.15.0: tags are kept in order, and all indexes are made anew. Source: spec 6 §3.3."""

from __future__ import annotations

from typing import Any

from .changing import Databases, Document, Update, Walk, drop_indexes

VERSION = "0.15.0"
WHAT = "`tags` and `system_tags` of tasks, models, projects and queues are sorted; all indexes are made anew"

_TAGGED = ("task", "model", "project", "queue")
_FIELDS = ("tags", "system_tags")
_WHERE: dict[str, Any] = {"$or": [{f"{name}.1": {"$exists": True}} for name in _FIELDS]}
"""One tag is in order."""
_INDEXED = ("company", "model", "project", "queue", "settings", "task", "task__trash", "user", "versions")


def _in_order(document: Document) -> Update | None:
    """By code points: upper case before lower case."""
    changes = {}
    for name in _FIELDS:
        tags = document.get(name)
        if isinstance(tags, list) and (ordered := sorted(tags, key=str)) != tags:
            changes[name] = ordered
    return {"$set": changes} if changes else None


def left(databases: Databases) -> int:
    return sum(1 for name in _TAGGED for document in databases.backend[name].find(_WHERE, dict.fromkeys(_FIELDS, 1)) if _in_order(document))


def run(databases: Databases, walk: Walk) -> None:
    for name in _TAGGED:
        walk.over(databases.backend[name], _WHERE, _in_order, _FIELDS)
    drop_indexes(databases.auth, ["user"])
    drop_indexes(databases.backend, _INDEXED)
