"""1.0.2: descriptions that clients made up by themselves go. Source: spec 6 §3.3."""

from __future__ import annotations

from .changing import Databases, Walk

VERSION = "1.0.2"
WHAT = "descriptions of projects that say only when they were made are removed"

_OLD = {
    "description": {"$regex": r"\AAuto-generated (at .{0,81}|during move|while cloning)\z", "$options": "is"},
}
"""In any case of letters; the first form shorter than 100 characters."""


def left(databases: Databases) -> int:
    return databases.backend["project"].count_documents(_OLD)


def run(databases: Databases, walk: Walk) -> None:
    walk.over(databases.backend["project"], _OLD, lambda document: {"$unset": {"description": ""}}, ("_id",))
