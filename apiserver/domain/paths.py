"""Dotted paths into documents: reading, and sets of them without overlap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_ABSENT = object()


def get(value: Any, path: str, default: Any = None) -> Any:
    """What is at the path inside nested objects; the default where it is missing. Lists are not entered."""
    for part in path.split("."):
        value = value.get(part, _ABSENT) if isinstance(value, dict) else _ABSENT
        if value is _ABSENT:
            return default
    return value


def collect(value: Any, path: str) -> list[Any]:
    """All that is at the path, through every element of the lists on the way; nulls left out."""
    found = [value]
    for part in path.split("."):
        step: list[Any] = []
        for item in found:
            for one in item if isinstance(item, list) else [item]:
                if isinstance(one, dict) and one.get(part) is not None:
                    step.append(one[part])
        found = step
    flat: list[Any] = []
    for item in found:
        flat.extend(item if isinstance(item, list) else [item])
    return flat


def is_below(path: str, ancestor: str) -> bool:
    """Whether the path is the other one or lies inside it."""
    return path == ancestor or path.startswith(ancestor + ".")


def widest(paths: Iterable[str]) -> list[str]:
    """The paths without those that lie inside another one, each once, in order."""
    given = list(dict.fromkeys(paths))
    known = set(given)
    return [path for path in given if not any(path[:i] in known for i, c in enumerate(path) if c == ".")]
