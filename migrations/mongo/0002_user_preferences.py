"""0.13.0: a user's preferences become a text. Source: spec 6 §3.3."""

from __future__ import annotations

import json
from typing import Any

from .changing import Databases, Document, Update, Walk, drop_indexes

VERSION = "0.13.0"
WHAT = "preferences of users are kept as JSON text; indexes of auth.user are made anew"
LASTING = True

_OLD = {"preferences": {"$type": "object"}}


def _as_text(document: Document) -> Update:
    return {"$set": {"preferences": json.dumps(document["preferences"], default=_odd)}}


def _odd(value: Any) -> str:
    """NOTE: what JSON does not know (a date, an id) was never there by the API; better a text than no start."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def left(databases: Databases) -> int:
    return databases.backend["user"].count_documents(_OLD)


def run(databases: Databases, walk: Walk) -> None:
    drop_indexes(databases.auth, ["user"])
    walk.over(databases.backend["user"], _OLD, _as_text, ("preferences",))
