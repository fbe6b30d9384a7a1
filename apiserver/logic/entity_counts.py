"""Counts of several kinds of objects in one call, each by a query of its own. Source: spec 2 §9.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from apiserver.calls.call import Call
from apiserver.calls.errors import ApiError
from apiserver.calls.store_errors import translated
from apiserver.domain import tags
from apiserver.logic import project_selection
from apiserver.query import lists
from apiserver.query.entities import MODEL, PROJECT, TASK
from apiserver.query.entity import Entity
from apiserver.stores.filters import EVERYTHING, Eq, Filter, In, Ne

_SERVER_ERRORS = 500


@frozen
class Kind:
    """What is counted. type: of tasks; hides: whether hidden objects are left out unless they are asked for."""

    entity: Entity
    type: str = ""
    hides: bool = False


KINDS: Mapping[str, Kind] = {
    "projects": Kind(PROJECT, hides=True),
    "tasks": Kind(TASK, hides=True),
    "models": Kind(MODEL),
    "pipelines": Kind(PROJECT),
    "pipeline_runs": Kind(TASK, type="controller"),
    "datasets": Kind(PROJECT),
    "dataset_versions": Kind(TASK, type="data_processing"),
    "reports": Kind(TASK, type="report"),
}


@define
class Counting:
    """One call's counts. users: only what they own, or projects with something of theirs; limit: counting stops there, 0: nowhere."""

    call: Call
    allow_public: bool = True
    search_hidden: bool = False
    users: Sequence[str] = ()
    limit: int = 0
    _active: list[str] | None = field(default=None, init=False)

    def counts(self, queries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """{kind: how many}, and `errors` {kind: why not} for queries that could not be carried out."""
        found: dict[str, Any] = {}
        failed: dict[str, str] = {}
        for name, query in queries.items():
            try:
                with translated():
                    found[name] = self._count(KINDS[name], query)
            except ApiError as error:
                if error.code >= _SERVER_ERRORS:
                    raise
                failed[name] = error.message
        return {**found, "errors": failed} if failed else found

    def _count(self, kind: Kind, query: Mapping[str, Any]) -> int:
        query = {name: value for name, value in query.items() if not (kind.type and name == "type")}
        limits: list[Filter] = [Eq("type", kind.type)] if kind.type else []
        # QUIRK: spec 2 §9.3: unlike in lists, an id does not bring a hidden object back.
        if kind.hides and not self.search_hidden:
            limits.append(Ne("system_tags", tags.HIDDEN))
        where: Filter = EVERYTHING
        for limit in [*limits, self._of_users(kind, query)]:
            where = where & limit
        return lists.count(self.call, kind.entity, query, extra=where, allow_public=self.allow_public, limit=max(0, self.limit))

    def _of_users(self, kind: Kind, query: Mapping[str, Any]) -> Filter:
        if not self.users:
            return EVERYTHING
        if kind.entity is not PROJECT:
            filters = query.get("filters")
            own = query.get("user") is not None or (isinstance(filters, Mapping) and "user" in filters)
            return EVERYTHING if own else In("user", self.users)
        if self._active is None:
            wanted = project_selection.Wanted(allow_public=self.allow_public, users=self.users)
            self._active = sorted(project_selection.selected(self.call, wanted))
        return In("id", self._active)
