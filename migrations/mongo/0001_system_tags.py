"""0.12.1: tags that mean something to the server get a list of their own. Source: spec 6 §3.3."""

from __future__ import annotations

import re
from typing import Any

from .changing import Databases, Document, Update, Walk

VERSION = "0.12.1"
WHAT = "tags with a meaning (archived, development, public, …) go from `tags` to `system_tags` in projects, tasks and models"

_SYSTEM = {
    "model": {"active", "archived"},
    "project": {"archived", "public", "default"},
    "task": {"active", "archived", "development"},
}
_ANNOTATION = "annotat"


def _where(name: str) -> dict[str, Any]:
    """NOTE: the reference looks at all tags; those it would leave where they are need no change."""
    known: list[Any] = [*_SYSTEM[name], *([re.compile(f"^{_ANNOTATION}", re.IGNORECASE)] if name == "task" else [])]
    of_both = {"$gt": [{"$size": {"$setIntersection": [_array("$tags"), _array("$system_tags")]}}, 0]}
    return {"tags": {"$type": "array"}, "$or": [{"tags": {"$in": known}}, {"$expr": of_both}]}


def _array(path: str) -> dict[str, Any]:
    return {"$cond": [{"$isArray": path}, path, []]}


def split(name: str, document: Document) -> Update:
    """Every tag once, in the list where it belongs."""
    tags, system = list(document.get("tags") or ()), list(document.get("system_tags") or ())
    known = _SYSTEM[name]
    moved = [tag for tag in tags if tag in known or (name == "task" and isinstance(tag, str) and tag.lower().startswith(_ANNOTATION))]
    system = list(dict.fromkeys([*system, *moved]))
    return {"$set": {"tags": [tag for tag in dict.fromkeys(tags) if tag not in system], "system_tags": system}}


def left(databases: Databases) -> int:
    return sum(databases.backend[name].count_documents(_where(name)) for name in _SYSTEM)


def run(databases: Databases, walk: Walk) -> None:
    for name in _SYSTEM:
        walk.over(databases.backend[name], _where(name), lambda document, name=name: split(name, document), ("tags", "system_tags"))  # type: ignore[misc]
