"""Tags and system tags: how they are stored, what is reserved, and what old clients mean by them. Source: spec 2 §3.4, §3.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

RESERVED_PREFIX = "__$"
"""Tags may not begin so on write; in filters it marks operators."""

SYSTEM_TAGS_SINCE = (2, 3)
"""Clients below this version know only `tags`."""

ARCHIVED = "archived"
HIDDEN = "hidden"

Kind = Literal["task", "model", "project", "queue"]

_KNOWN: Mapping[str, frozenset[str]] = {
    "task": frozenset({"active", "archived", "development"}),
    "model": frozenset({"active", "archived"}),
    "project": frozenset({"archived", "public", "default"}),
    "queue": frozenset({"default"}),
}


def is_system(kind: str, tag: str) -> bool:
    """Whether a tag of an old client belongs among the system tags; a leading `-` (a filter's exclusion) does not matter."""
    name = tag.removeprefix("-")
    return name in _KNOWN.get(kind, ()) or (kind == "task" and name.lower().startswith("annotat"))


def split(kind: str, tags: Iterable[str]) -> tuple[list[str], list[str]]:
    """(tags, system tags) of what an old client sent as tags; without duplicates, sorted."""
    given = set(tags)
    system = {tag for tag in given if is_system(kind, tag)}
    return sorted(given - system), sorted(system)


def union(tags: Iterable[str], system_tags: Iterable[str]) -> list[str]:
    """What an old client reads as tags."""
    return sorted({*tags, *system_tags})


def reserved(*lists: Iterable[Any] | None) -> list[str]:
    """The tags that may not be written."""
    return [tag for tags in lists for tag in tags or () if isinstance(tag, str) and tag.startswith(RESERVED_PREFIX)]
