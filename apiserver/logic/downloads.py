"""Downloads of list queries as CSV: a ticket that keeps the query for a while, and the file that it gives. Source: spec 2 §9.4, §9.5."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from apiserver.calls.call import Call
from apiserver.domain import table
from apiserver.generated import errors
from apiserver.query import lists, scope, where
from apiserver.query.entities import MODEL, TASK
from apiserver.query.entity import Entity
from apiserver.stores.collections import PROJECTS
from apiserver.stores.filters import EVERYTHING, Eq, In

_ENTITIES: Mapping[str, Entity] = {"task": TASK, "model": MODEL}
_NOT_KEPT = frozenset({"page", "page_size", "start", "size", "scroll_id", "refresh_scroll", "include_subprojects"})
"""Parts of a query that a download does not look at: it always begins at the first row, and goes on to the last."""
_SHOWING = ("only_fields", "projection")
_KEY = "get_all_download_"
_BATCH, _MOST_ROWS, _KEPT_S, _LONGEST_NAME = 500, 50_000, 300, 60


@frozen
class File:
    """filename, and the body in parts."""

    filename: str
    body: Iterator[bytes]


def prepare(call: Call, kind: str) -> str:
    """Keep the call's query; the id of its ticket.

    NOTE: a ticket belongs to the company, and its id is as hard to guess as a token.
    Raises: ValidationError for the columns, and what a list query raises.
    """
    entity = _ENTITIES[kind]
    query = {name: value for name, value in where.split_old_tags(entity, call.version, call.data).items() if name not in _NOT_KEPT}
    _columns(entity, query)
    lists.get_all_ex(call, entity, {**query, "page": 0, "page_size": 1})
    ticket = json.dumps({"company": call.company, "kind": kind, "query": query})
    call.state.set(_KEY + call.id, ticket, ttl_s=float(_setting(call, "redis_timeout_sec", _KEPT_S)))
    return call.id


def file(call: Call, ticket_id: str) -> File:
    """What the ticket's query gives now. Raises: InvalidId for a ticket that is not there, or not the company's."""
    kept = call.state.get(_KEY + ticket_id)
    ticket = None if kept is None else json.loads(kept)
    if ticket is None or ticket["company"] != call.company:
        raise errors.InvalidId("prepare ID not found", prepare_id=ticket_id)
    entity, query = _ENTITIES[ticket["kind"]], ticket["query"]
    columns = _columns(entity, query)
    ids = lists.ids(call, entity, query, limit=int(_setting(call, "max_download_items", _MOST_ROWS)))
    batches = _batches(call, entity, query, ids)
    # NOTE: the first rows are read here, so that a store that fails makes an error and no broken file.
    first = next(batches, [])
    return File(_filename(call, entity, query), _encoded(columns, first, batches))


def _encoded(columns: list[table.Column], first: list[dict[str, Any]], others: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    yield table.header(columns, rows=bool(first)).encode("utf-8", "replace")
    yield table.lines(columns, first).encode("utf-8", "replace")
    for rows in others:
        yield table.lines(columns, rows).encode("utf-8", "replace")


def _batches(call: Call, entity: Entity, query: Mapping[str, Any], ids: list[str]) -> Iterator[list[dict[str, Any]]]:
    """The rows in the order of their ids. What was deleted meanwhile is left out.

    PERF: ids first, because each page of a sorted query sorts anew; in memory are the ids and one batch.
    """
    size = max(1, int(_setting(call, "batch_size", _BATCH)))
    shown = {name: query[name] for name in _SHOWING if name in query}
    public = query.get("allow_public") is None or bool(query["allow_public"])
    for start in range(0, len(ids), size):
        part = ids[start : start + size]
        data = {**shown, "page": None, "page_size": None}
        found = lists.get_all_ex(call, entity, data, extra=In("id", part), allow_public=public, hidden=EVERYTHING)
        rows = {row["id"]: row for row in found[entity.plural]}
        yield [rows[key] for key in part if key in rows]


def _columns(entity: Entity, query: Mapping[str, Any]) -> list[table.Column]:
    try:
        return table.columns(query["field_mappings"], entity.aliases)
    except table.Repeated as error:
        raise errors.ValidationError(str(error)) from error


def _filename(call: Call, entity: Entity, query: Mapping[str, Any]) -> str:
    return "-".join(filter(None, ["clearml", _project_name(call, query.get("project")), f"{entity.plural}.csv"]))


def _project_name(call: Call, given: Any) -> str:
    """The last part of the name, if the query is about exactly one project that the caller may see."""
    items = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    if len(items) != 1:
        return ""
    if items[0] is None:
        return "root"
    found = call.documents.find(PROJECTS, Eq("id", items[0]) & scope.own_or_public(call.company), fields=["basename"])
    return str((found or {}).get("basename") or "")[: int(_setting(call, "max_project_name_length", _LONGEST_NAME))]


def _setting(call: Call, name: str, default: int) -> Any:
    return call.settings.get(f"services.organization.download.{name}", default)
