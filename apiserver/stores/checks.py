"""What no engine stores, so that every document can move from one to the other. The kinds of values are each engine's own check."""

from __future__ import annotations

from typing import Any

from apiserver.stores.collections import Collection
from apiserver.stores.errors import InvalidValue

LARGEST_DOCUMENT_BYTES = 16 * 1024 * 1024
DEEPEST = 180
"""MongoDB's limits of a document's size as BSON and of its nested containers."""


def check(collection: Collection, document: dict[str, Any]) -> None:
    """Raises: InvalidValue when the id is no text, or a list stands where one value is declared."""
    key = document.get("id")
    if not isinstance(key, str) or not key:
        raise InvalidValue(f"{collection.name}: a document needs a text id, not {key!r}")
    if "_id" in document:
        raise InvalidValue(f"{collection.name}: `_id` is MongoDB's name of the id")
    for name in collection.never_lists & document.keys():
        if isinstance(document[name], list | tuple):
            raise InvalidValue(f"{collection.name}.{name}: a list where one value is declared")
