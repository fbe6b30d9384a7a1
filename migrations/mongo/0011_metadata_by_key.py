"""1.3.0: metadata of models and queues is a map instead of a list. Source: spec 6 §3.3."""

from __future__ import annotations

from apiserver.domain.keys import escape

from .changing import Databases, Document, Update, Walk, drop_indexes

VERSION = "1.3.0"
WHAT = "metadata of models and queues becomes a map by key; their indexes are made anew"
LASTING = True

_COLLECTIONS = ("model", "queue")
_OLD = {"metadata": {"$type": "array"}}


def _by_key(document: Document) -> Update:
    """Values unchanged. NOTE: an item without a key has no place; the reference loses it too."""
    items = [item for item in document["metadata"] if isinstance(item, dict) and str(item.get("key") or "").strip()]
    return {"$set": {"metadata": {escape(str(item["key"])): item for item in items}}}


def left(databases: Databases) -> int:
    return sum(databases.backend[name].count_documents(_OLD) for name in _COLLECTIONS)


def run(databases: Databases, walk: Walk) -> None:
    for name in _COLLECTIONS:
        walk.over(databases.backend[name], _OLD, _by_key, ("metadata",))
    drop_indexes(databases.backend, _COLLECTIONS)
