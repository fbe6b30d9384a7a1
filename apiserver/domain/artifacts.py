"""Artifacts of a task: a list on the wire, a map in the store, keyed so that one name may exist in each mode. Source: spec 3 §3.3."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

OUTPUT = "output"
INPUT = "input"
MODES = (INPUT, OUTPUT)


def map_key(key: str, mode: str | None) -> str:
    """Where the store keeps the artifact of this key and mode."""
    return f"{hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()}_{mode or OUTPUT}"


def stored(item: Mapping[str, Any]) -> dict[str, Any]:
    """One artifact as the store keeps it: nulls left out, defaults filled in, display data sorted."""
    return completed(bare(item))


def bare(item: Mapping[str, Any]) -> dict[str, Any]:
    """One artifact without nulls, display data sorted, no defaults: how an edit keeps and echoes it."""
    artifact = {k: v for k, v in item.items() if v is not None}
    if isinstance(kind := artifact.get("type_data"), Mapping):
        artifact["type_data"] = {k: v for k, v in kind.items() if v is not None}
    if isinstance(rows := artifact.get("display_data"), list):
        artifact["display_data"] = _sorted(rows)
    return artifact


def completed(artifact: dict[str, Any]) -> dict[str, Any]:
    """The artifact (changed in place) with the fields that have a default."""
    artifact.setdefault("mode", OUTPUT)
    artifact.setdefault("display_data", [])
    return artifact


def to_map(items: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The stored map of a wire list; of two with one key and mode the later wins."""
    return {map_key(item["key"], item.get("mode")): stored(item) for item in items}


def to_list(artifacts: Mapping[str, Mapping[str, Any]], *, complete: bool = True) -> list[dict[str, Any]]:
    """The wire list of a stored map, by key; the modes of one key keep their stored order. complete: defaults are filled in."""
    items = [{k: v for k, v in item.items() if k != "_cls"} for item in artifacts.values()]
    items.sort(key=lambda item: str(item.get("key", "")))
    return [completed(item) for item in items] if complete else items


def _sorted(rows: list[Any]) -> list[Any]:
    try:
        return sorted(rows)
    except TypeError:
        return sorted(rows, key=str)
