"""1.7.0: users know since when they are there. Source: spec 6 §3.3."""

from __future__ import annotations

from .changing import Databases, Walk

VERSION = "1.7.0"
WHAT = "users get the date of their sign-in record as `created`"

_OLD = {"created": None}


def left(databases: Databases) -> int:
    known = {user["_id"] for user in databases.auth["user"].find({"created": {"$ne": None}}, {"_id": 1})}
    return sum(1 for user in databases.backend["user"].find(_OLD, {"_id": 1}) if user["_id"] in known)


def run(databases: Databases, walk: Walk) -> None:
    created = {user["_id"]: user["created"] for user in databases.auth["user"].find({"created": {"$ne": None}}, {"created": 1})}
    walk.over(
        databases.backend["user"],
        _OLD,
        lambda user: {"$set": {"created": created[user["_id"]]}} if user["_id"] in created else None,
        ("_id",),
    )
