"""A user's preferences: a tree that clients change by dotted paths. Source: spec 1 §12."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

_MOST_DEPTH = 100


class WrongKey(ValueError):
    """A name that no preference may have: it begins with `$`, or has a dot below the top level."""


class WrongPath(ValueError):
    """A path with an empty part, or one that leads through a plain value."""


def changed(preferences: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The preferences with each path of `changes` set to its value, in order. The arguments stay as they are.

    Raises: WrongKey, WrongPath; then nothing counts.
    """
    for path, value in changes.items():
        if path.startswith("$"):
            raise WrongKey(path)
        _check_names(value, 1)
    result = copy.deepcopy(dict(preferences))
    for path, value in changes.items():
        _put(result, path, copy.deepcopy(value))
    return result


def _check_names(value: Any, depth: int) -> None:
    if depth > _MOST_DEPTH:
        raise WrongKey("the value is nested too deeply")
    if isinstance(value, list):
        for item in value:
            _check_names(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name.startswith("$") or "." in name:
                raise WrongKey(name)
            _check_names(item, depth + 1)


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    if not last or not all(above) or len(above) > _MOST_DEPTH:
        raise WrongPath(path)
    at: Any = tree
    for name in above:
        at = _step(at, name, path)
    if isinstance(at, list):
        at[_index(at, last, path)] = value
    elif isinstance(at, dict):
        at[last] = value
    else:
        raise WrongPath(path)


def _step(at: Any, name: str, path: str) -> Any:
    if isinstance(at, list):
        return at[_index(at, name, path)]
    if not isinstance(at, dict):
        raise WrongPath(path)
    return at.setdefault(name, {})


def _index(items: list[Any], name: str, path: str) -> int:
    if not name.isdecimal() or not name.isascii() or len(name) > 9 or int(name) >= len(items):
        raise WrongPath(path)
    return int(name)
