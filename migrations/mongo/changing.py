"""What the steps of this folder share: walking over documents, and a few shapes. Nothing here knows a version.

A step is a module with
- VERSION: as it is recorded in `backend.versions`, the reference server's numbers (spec 6 §3.2); WHAT: one line for operators;
- `left(databases)`: how many documents still have the old shape; `run(databases, walk)`: gives all of them the new one;
- LASTING, when no server of today makes the old shape: then `left` has to be 0 from the run on.

Each document is changed by one update, and only when it has the old shape: a step that was killed is simply run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pymongo
from attrs import frozen
from pymongo.collection import Collection
from pymongo.database import Database

from apiserver.domain.keys import escape, unescape

Document = Mapping[str, Any]
Update = dict[str, Any] | list[dict[str, Any]]
BATCH = 500


@frozen
class Databases:
    """The two databases of an installation. renamed_users: {old id of a fixed user: the id that belongs to its name}."""

    backend: Database[Any]
    auth: Database[Any]
    renamed_users: Mapping[str, str] = {}


@frozen
class Walk:
    """Changes documents and tells how far it is. tell: (done, of how many)."""

    tell: Callable[[int, int], None]

    def over(
        self, collection: Collection[Any], where: Mapping[str, Any], change: Callable[[Document], Update | None], fields: Sequence[str] = ()
    ) -> None:
        """Update each document that meets the condition by what `change` makes of it; None: it stays.

        NOTE: in the order of ids and by pages of its own, so that no cursor has to live for hours, and what is changed does not come again.
        """
        total, done, last = collection.count_documents(where), 0, None
        while True:
            beyond = where if last is None else {"$and": [where, {"_id": {"$gt": last}}]}
            page = list(collection.find(beyond, dict.fromkeys(fields, 1) or None).sort("_id", 1).limit(BATCH))
            if not page:
                break
            changes = [(document["_id"], change(document)) for document in page]
            writes = [pymongo.UpdateOne({"_id": key}, update) for key, update in changes if update]
            if writes:
                collection.bulk_write(writes, ordered=False)
            last, done = page[-1]["_id"], done + len(page)
            self.tell(done, max(done, total))


def drop_indexes(database: Database[Any], names: Iterable[str]) -> None:
    """Of the collections that there are. Today's indexes are made when a server starts afterwards."""
    there = set(database.list_collection_names())
    for name in names:
        if name in there:
            database[name].drop_indexes()


def tasks_of(databases: Databases) -> list[Collection[Any]]:
    """The tasks, and those in the trash, which have the same shape."""
    there = set(databases.backend.list_collection_names())
    return [databases.backend[name] for name in ("task", "task__trash") if name in there]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def is_escaped(key: str) -> bool:
    """Whether a key may be an escaped one: escaping what it stands for gives it again."""
    try:
        return escape(unescape(key)) == key
    except ValueError:
        return False


def escaped(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """The map with escaped keys; None when it has them already.

    NOTE: all keys of a map are escaped in one step, so a single key that cannot be an escaped one says that none is. A map whose keys all
    could be is left alone: escaped twice, `100%` would be `100%%%%`, for good.
    """
    if all(map(is_escaped, found)):
        return None
    return {escape(key) if key.strip() else key: value for key, value in found.items()}
