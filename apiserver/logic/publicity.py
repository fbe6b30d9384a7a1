"""Making documents public, and private again: tasks, models and projects alike (spec 2 §7, 3 §7, 5 §3.11)."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.calls.call import Call
from apiserver.calls.errors import ApiError
from apiserver.stores.collections import Collection
from apiserver.stores.filters import Eq, Filter, In, Set, Unset

PUBLIC = ""
"""The company of a public document."""


def make_public(call: Call, collection: Collection, ids: Sequence[str], *, missing: type[ApiError]) -> dict[str, int]:
    """All or none of the company's own documents: `missing` names those that are not. Returns {updated}."""
    where = _all_of(call, collection, ids, Eq("company", call.company), missing)
    changes = [Set("company", PUBLIC), Set("company_origin", call.company), *_stamps(call, collection)]
    return {"updated": call.documents.update_many(collection, where, *changes).matched}


def make_private(call: Call, collection: Collection, ids: Sequence[str], *, missing: type[ApiError]) -> dict[str, int]:
    """Back to the company they came from, which has to be the caller's; all or none. Returns {updated}."""
    mine = Eq("company", PUBLIC) & Eq("company_origin", call.company)
    where = _all_of(call, collection, ids, mine, missing)
    changes = [Set("company", call.company), Unset("company_origin"), *_stamps(call, collection)]
    return {"updated": call.documents.update_many(collection, where, *changes).matched}


def _all_of(call: Call, collection: Collection, ids: Sequence[str], mine: Filter, missing: type[ApiError]) -> Filter:
    where = In("id", ids) & mine
    found = {row["id"] for row in call.documents.list(collection, where, fields=["id"])}
    if unknown := [key for key in dict.fromkeys(ids) if key not in found]:
        raise missing(ids=unknown)
    return where


def _stamps(call: Call, collection: Collection) -> list[Set]:
    if "last_changed_by" not in collection.fields:
        return []
    return [Set("last_change", call.now), Set("last_changed_by", call.user)]
