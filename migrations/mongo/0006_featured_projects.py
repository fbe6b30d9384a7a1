"""0.16.1: projects have a place in the order of examples. Source: spec 6 §3.3."""

from __future__ import annotations

from .changing import Databases, Walk

VERSION = "0.16.1"
WHAT = "projects without a place among the featured ones get the last, 9999"

_OLD = {"featured": {"$exists": False}}


def left(databases: Databases) -> int:
    return databases.backend["project"].count_documents(_OLD)


def run(databases: Databases, walk: Walk) -> None:
    walk.over(databases.backend["project"], _OLD, lambda document: {"$set": {"featured": 9999}}, ("_id",))
