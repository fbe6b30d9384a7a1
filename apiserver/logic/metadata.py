"""Metadata of models and queues: a map of {key, type, value} by escaped key. Source: spec 5 §1.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apiserver.domain import keys
from apiserver.generated import errors
from apiserver.stores.filters import Change, Set, Unset

PATH = "metadata"
_MEMBERS = ("key", "type", "value")


def stored_key(key: str) -> str:
    """The key as the map holds it. Raises: ValidationError for an empty one."""
    try:
        return keys.escape(key)
    except keys.EmptyKey as error:
        raise errors.ValidationError("Empty key is not allowed") from error


def stored(items: Mapping[str, Any]) -> dict[str, Any]:
    """The map as it is stored, from the API's object. Raises: ValidationError."""
    for key, item in items.items():
        if not isinstance(item, Mapping) or not all(isinstance(item.get(name), str) for name in _MEMBERS):
            raise errors.ValidationError("key, type and value are needed, as texts", metadata=key)
    return {stored_key(key): item for key, item in items.items()}


def setting(items: Iterable[Mapping[str, Any]], *, replace: bool) -> list[Change]:
    """Put items into the map, or put a map of these items in its place."""
    by_key = {stored_key(item["key"]): dict(item) for item in items}
    return [Set(PATH, by_key)] if replace else [Set(f"{PATH}.{key}", item) for key, item in by_key.items()]


def removing(wanted: Iterable[str]) -> list[Change]:
    """Take keys out of the map; those that are not there are fine."""
    return [Unset(f"{PATH}.{key}") for key in dict.fromkeys(map(stored_key, wanted))]
