"""0.14.0: ids of fixed users no longer depend on their passwords. Source: spec 6 §3.3.

NOTE: the reference server meant to do this, but its question matches nothing. Old ids are known for users that are configured with plain
passwords; where the configuration has none, nothing is to be done.
"""

from __future__ import annotations

from .changing import Databases, Walk, drop_indexes

VERSION = "0.14.0"
WHAT = "fixed users get the ids that belong to their names, and keep what they made"

_OWNED = ("project", "task", "task__trash", "model")


def left(databases: Databases) -> int:
    old = list(databases.renamed_users)
    return databases.auth["user"].count_documents({"_id": {"$in": old}}) + databases.backend["user"].count_documents({"_id": {"$in": old}})


def run(databases: Databases, walk: Walk) -> None:
    """In an order in which no moment is without a user that owns what there is."""
    if not databases.renamed_users:
        return
    # NOTE: the old user and the new one may have the same e-mail for a moment.
    drop_indexes(databases.auth, ["user"])
    users = list(databases.renamed_users.items())
    for done, (old, new) in enumerate(users, start=1):
        for collection in (databases.auth["user"], databases.backend["user"]):
            document = collection.find_one({"_id": old})
            if document is None:
                continue
            made = {**document, "_id": new}
            if document.get("email") == f"{old}@example.com":
                made["email"] = f"{new}@example.com"
            collection.update_one({"_id": new}, {"$setOnInsert": {key: value for key, value in made.items() if key != "_id"}}, upsert=True)
        for name in _OWNED:
            databases.backend[name].update_many({"user": old}, {"$set": {"user": new}})
        for collection in (databases.backend["user"], databases.auth["user"]):
            collection.delete_one({"_id": old})
        walk.tell(done, len(users))
