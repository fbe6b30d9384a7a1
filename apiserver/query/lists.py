"""The list endpoints: `get_all`, `get_all_ex`, `get_by_id_ex` and counting, for any entity. Source: spec 2 §1-§3.

All return what goes into the answer: `{"tasks": [...], "scroll_id": "..."}`, with `scroll_id` only while scrolling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.calls.call import Call
from apiserver.generated import errors
from apiserver.query import identities, order, paging, patterns, project_tree, projection, references, shape, where
from apiserver.query.entity import Entity
from apiserver.query.order import Ordering
from apiserver.query.paging import Window
from apiserver.query.projection import Projection
from apiserver.stores.documents import Document
from apiserver.stores.filters import EVERYTHING, Filter

Data = Mapping[str, Any]
Answer = dict[str, Any]


def get_all(call: Call, entity: Entity, data: Data, *, extra: Filter = EVERYTHING, allow_public: bool = True) -> Answer:
    """Rows with plain references; under a projection exactly the fields asked for, without `id`.

    extra: one more condition. allow_public: public documents too, for entities that have them.
    """
    wanted = where.rewritten(entity, data, call.version)
    asked = projection.parse(entity, projection.names(wanted), joins=False)
    selected = extra & where.hidden(call, entity, data)
    return _answer(call, entity, wanted, asked, selected, allow_public=allow_public)


def get_all_ex(
    call: Call, entity: Entity, data: Data, *, extra: Filter = EVERYTHING, allow_public: bool | None = None, hidden: Filter | None = None
) -> Answer:
    """Rows with references as objects, joined where the projection follows them.

    allow_public: None: as the request says, by default yes. hidden: what replaces the entity's own hidden rule.
    """
    wanted = where.rewritten(entity, data, call.version)
    public = _allow_public(data) if allow_public is None else allow_public
    asked = projection.parse(entity, projection.names(wanted), joins=True)
    selected = extra & (where.hidden(call, entity, data) if hidden is None else hidden)
    return _answer(call, entity, wanted, asked, selected, allow_public=public, expand=True)


def get_by_id_ex(call: Call, entity: Entity, data: Data, *, extra: Filter = EVERYTHING) -> Answer:
    """As `get_all_ex`, for given ids: hidden and public documents too, no scrolling. Raises: MissingRequiredFields (400/11)."""
    if "id" not in data:
        raise errors.MissingRequiredFields(missing=("id",))
    wanted = where.rewritten(entity, data, call.version)
    asked = projection.parse(entity, projection.names(wanted), joins=True)
    return _answer(call, entity, wanted, asked, extra, allow_public=True, expand=True, by_id=True)


def ids(call: Call, entity: Entity, data: Data, *, limit: int) -> list[str]:
    """The ids of what `get_all_ex` would list, in its order, whatever the pages of the request; no `include_subprojects`."""
    wanted = where.rewritten(entity, data, call.version)
    sort = order.names(wanted)
    ordering = order.parse(entity, sort, text=bool(wanted.get("search_text")))
    visible = where.company(entity, call.company, allow_public=_allow_public(data)) & where.hidden(call, entity, data)
    selected, numeric = visible & where.compile_where(entity, wanted), where.is_numeric(entity, wanted, sort)
    asked = projection.parse(entity, ["id"], joins=True)
    with patterns.refused():
        documents = _part(call, entity, selected, asked, ordering, Window(limit=limit), numeric=numeric)
    return [document["id"] for document in documents]


def count(
    call: Call, entity: Entity, data: Data, *, extra: Filter = EVERYTHING, allow_public: bool = True, limit: int | None = None
) -> int:
    """How many documents the filters of the request select; no hidden rule, no `include_subprojects` (spec 2 §9.3).

    limit: counting stops there.
    """
    wanted = where.split_old_tags(entity, call.version, data)
    selected = where.company(entity, call.company, allow_public=allow_public) & where.compile_where(entity, wanted) & extra
    numeric = where.is_numeric(entity, wanted, [])
    selected = identities.exact(entity, selected) if numeric else selected
    with patterns.refused():
        if limit:
            return len(call.documents.list(entity.collection, selected, fields=["id"], limit=limit, numeric=numeric))
        return call.documents.count(entity.collection, selected, numeric=numeric)


def _allow_public(data: Data) -> bool:
    given = data.get("allow_public")
    return True if given is None else bool(given)


def _answer(
    call: Call,
    entity: Entity,
    data: dict[str, Any],
    asked: Projection,
    extra: Filter,
    *,
    allow_public: bool,
    expand: bool = False,
    by_id: bool = False,
) -> Answer:
    """data: already rewritten."""
    if entity.subprojects and not by_id:
        data = project_tree.widened(call.documents, data)
    sort = order.names(data)
    ordering = order.parse(entity, sort, text=bool(data.get("search_text")))
    at = paging.window(call, data, scroll=not by_id)
    selected = where.company(entity, call.company, allow_public=allow_public) & where.compile_where(entity, data) & extra
    with patterns.refused():
        numeric = where.is_numeric(entity, data, sort)
        selected = identities.exact(entity, selected) if numeric else selected
        documents = _part(call, entity, selected, asked, ordering, at, numeric=numeric)
    rows = shape.rows(entity, documents, asked)
    if expand:
        references.expand(call, entity, rows, asked, allow_public=allow_public)
    paging.advance(call, at, len(rows))
    answer: Answer = {entity.plural: shape.finished(entity, rows, call.version, asked)}
    if at.scroll_id is not None and entity.scrolls:
        answer["scroll_id"] = at.scroll_id
    return answer


def _part(
    call: Call, entity: Entity, selected: Filter, asked: Projection, ordering: Ordering, at: Window, *, numeric: bool
) -> list[Document]:
    """The window of the rows. Rows whose first, ascending sort key is empty come last (spec 2 §2.1), hence two queries."""

    def part(which: Filter, skip: int, limit: int | None) -> list[Document]:
        return call.documents.list(
            entity.collection, which, fields=asked.stored, order=ordering.keys, skip=skip, limit=limit, numeric=numeric
        )

    present = ordering.present
    if ordering.empty is None or present is None:
        return part(selected, at.skip, at.limit)
    rows = part(selected & present, at.skip, at.limit)
    if at.limit is not None and len(rows) >= at.limit:
        return rows
    skipped = at.skip
    if not rows and at.skip:
        skipped -= call.documents.count(entity.collection, selected & present, numeric=numeric)
    left = None if at.limit is None else at.limit - len(rows)
    return rows + part(selected & ordering.empty, 0 if rows else max(0, skipped), left)
