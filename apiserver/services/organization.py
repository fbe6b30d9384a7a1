"""Handlers of `organization.*`: questions over all of a company. Source: spec 2 §9."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call, RawAnswer
from apiserver.domain import charts, usages
from apiserver.generated import errors
from apiserver.generated import organization as shapes
from apiserver.logic import downloads, project_usages, tag_cache
from apiserver.logic.entity_counts import KINDS, Counting
from apiserver.query import scope
from apiserver.stores.collections import USERS
from apiserver.stores.filters import Order

_BREAKDOWNS = {project_usages.PROJECT: "projects", project_usages.QUEUE: "queues", project_usages.USER: "users"}


def get_tags(call: Call, request: shapes.GetTagsRequest) -> dict[str, Any]:
    """The tags of all tasks and models of the company."""
    found = [
        tag_cache.tags(call, "task", include_system=request.include_system, filters=request.filter),
        tag_cache.tags(call, "model", include_system=request.include_system, filters=request.filter),
    ]
    return {field: sorted({tag for answer in found for tag in answer[field]}) for field in found[0]}


def get_user_companies(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """The caller's company. QUIRK: spec 2 §9.2: all of its users count as owners."""
    users = call.documents.list(USERS, scope.own(call.company), fields=["name", "avatar"], order=[Order("name"), Order("id")])
    owners = [{"id": user["id"], "name": user.get("name"), "avatar": user.get("avatar")} for user in users]
    return {"companies": [{"id": call.company, "name": call.identity.company_name, "allocated": len(owners), "owners": owners}]}


def get_entities_count(call: Call, request: shapes.GetEntitiesCountRequest) -> dict[str, Any]:
    """How many objects each of the given queries selects."""
    counting = Counting(
        call,
        allow_public=request.allow_public,
        search_hidden=request.search_hidden,
        users=request.active_users or (),
        limit=request.limit or 0,
    )
    return counting.counts({name: query for name in KINDS if (query := getattr(request, name)) is not None})


def prepare_download_for_get_all(call: Call, request: shapes.PrepareDownloadForGetAllRequest) -> dict[str, Any]:
    """Keep a query for a download."""
    return {"prepare_id": downloads.prepare(call, request.entity_type)}


def download_for_get_all(call: Call, request: shapes.DownloadForGetAllRequest) -> RawAnswer:
    """The rows of a kept query as CSV, as often as wanted until it expires."""
    file = downloads.file(call, request.prepare_id)
    return RawAnswer(file.body, "text/csv; charset=utf-8", file.filename)


def get_project_usages(call: Call, request: shapes.GetProjectUsagesRequest) -> dict[str, Any]:
    """How long tasks ran, day by day."""
    try:
        days = usages.days(request.from_date, request.to_date)
    except ValueError as error:
        raise errors.ValidationError(str(error)) from error
    if days.count > charts.MOST_BUCKETS:
        raise errors.ValidationError(f"too many days ({days.count})")
    wanted = project_usages.Wanted(
        request.projects,
        days,
        [name for name in _BREAKDOWNS if not request.breakdown_keys or name in request.breakdown_keys],
        list(dict.fromkeys(request.usage_fields or (usages.DURATION, usages.GPU))),
        request.include_development,
    )
    return {_BREAKDOWNS[name]: found for name, found in project_usages.report(call, wanted).items()}
