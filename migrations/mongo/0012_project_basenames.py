"""1.6.0: projects keep the last part of their names. Source: spec 6 §3.3."""

from __future__ import annotations

from .changing import Databases, Document, Update, Walk

VERSION = "1.6.0"
WHAT = "projects get their `basename`"
LASTING = True

_OLD = {"basename": None, "name": {"$type": "string"}}


def _basename(document: Document) -> Update:
    return {"$set": {"basename": document["name"].rpartition("/")[2]}}


def left(databases: Databases) -> int:
    return databases.backend["project"].count_documents(_OLD)


def run(databases: Databases, walk: Walk) -> None:
    walk.over(databases.backend["project"], _OLD, _basename, ("name",))
