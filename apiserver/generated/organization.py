# Generated from schema/services/organization.conf by `trackyard generate`. Do not edit.
"""Requests of `organization.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    anything,
    boolean,
    filled,
    given,
    inside,
    integer,
    list_of,
    mapping,
    one_of,
    optional,
    required,
    sized,
    string,
    strings,
)

_ONE_OF_PROJECT_USER_QUEUE = one_of("project", "user", "queue")
_LIST_OF_ONE_OF_PROJECT_USER_QUEUE = list_of(_ONE_OF_PROJECT_USER_QUEUE)
_SIZED_STRINGS_LEAST_1 = sized(strings, least=1)
_ONE_OF_DURATION_CPU_USAGE_GPU_USAGE = one_of("duration", "cpu_usage", "gpu_usage")
_LIST_OF_ONE = list_of(_ONE_OF_DURATION_CPU_USAGE_GPU_USAGE)


def _filter(value: Any, where: str) -> dict[str, Any]:
    """Only tags of objects that also fit this."""
    data, at = inside(value, where)
    return given(
        {
            "system_tags": optional(data, "system_tags", at, strings),
            "tags": optional(data, "tags", at, strings),
        }
    )


_ONE_OF_TASK_MODEL = one_of("task", "model")


def _values(value: Any, where: str) -> dict[str, Any]:
    """A value and what to write in its place."""
    data, at = inside(value, where)
    return given(
        {
            "key": required(data, "key", at, anything),
            "value": required(data, "value", at, anything),
        }
    )


_LIST_OF_VALUES = list_of(_values)


def _field_mappings(value: Any, where: str) -> dict[str, Any]:
    """A column of a download."""
    data, at = inside(value, where)
    return given(
        {
            "field": required(data, "field", at, string),
            "name": optional(data, "name", at, string),
            "values": optional(data, "values", at, _LIST_OF_VALUES),
        }
    )


_LIST_OF_FIELD_MAPPINGS = list_of(_field_mappings)
_SIZED_LIST_OF_FIELD_MAPPINGS_LEAST_1 = sized(_LIST_OF_FIELD_MAPPINGS, least=1)


@define(kw_only=True, eq=False, repr=False)
class DownloadForGetAllRequest(Request):
    """Download the result of a kept query as a CSV file."""

    prepare_id: str
    """Ticket for the download; valid for a short time."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(prepare_id=required(data, "prepare_id", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetEntitiesCountRequest(Request):
    """Count objects of several kinds by queries."""

    active_users: list[str] | None = None
    """Only objects in which these users own something (ids)."""
    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""
    dataset_versions: dict[str, Any] | None = None
    """Query over dataset versions, in the form of tasks.get_all."""
    datasets: dict[str, Any] | None = None
    """Query over datasets, in the form of projects.get_all."""
    limit: int | None = None
    """Stop counting at this many."""
    models: dict[str, Any] | None = None
    """Query over models, in the form of models.get_all."""
    pipeline_runs: dict[str, Any] | None = None
    """Query over pipeline runs, in the form of tasks.get_all."""
    pipelines: dict[str, Any] | None = None
    """Query over pipelines, in the form of projects.get_all."""
    projects: dict[str, Any] | None = None
    """Query over projects, in the form of projects.get_all."""
    reports: dict[str, Any] | None = None
    """Query over reports, in the form of tasks.get_all."""
    search_hidden: bool = False
    """Also return hidden objects."""
    tasks: dict[str, Any] | None = None
    """Query over tasks, in the form of tasks.get_all."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            active_users=optional(data, "active_users", at, strings),
            allow_public=optional(data, "allow_public", at, boolean, True),
            dataset_versions=optional(data, "dataset_versions", at, mapping),
            datasets=optional(data, "datasets", at, mapping),
            limit=optional(data, "limit", at, integer),
            models=optional(data, "models", at, mapping),
            pipeline_runs=optional(data, "pipeline_runs", at, mapping),
            pipelines=optional(data, "pipelines", at, mapping),
            projects=optional(data, "projects", at, mapping),
            reports=optional(data, "reports", at, mapping),
            search_hidden=optional(data, "search_hidden", at, boolean, False),
            tasks=optional(data, "tasks", at, mapping),
        )


@define(kw_only=True, eq=False, repr=False)
class GetProjectUsagesRequest(Request):
    """Run time and load by project, user and queue."""

    breakdown_keys: list[str] | None = None
    """Which breakdowns to make; absent means all of them."""
    from_date: str
    """First day of the range, as an ISO time."""
    include_development: bool = False
    """Also count runs that no agent did."""
    projects: list[str]
    """Only these projects and what is below (ids)."""
    to_date: str
    """Last day of the range, as an ISO time."""
    usage_fields: list[str] | None = None
    """Which numbers to work out; absent means duration and gpu_usage."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            breakdown_keys=optional(data, "breakdown_keys", at, _LIST_OF_ONE_OF_PROJECT_USER_QUEUE),
            from_date=required(data, "from_date", at, string),
            include_development=optional(data, "include_development", at, boolean, False),
            projects=filled(data, "projects", at, _SIZED_STRINGS_LEAST_1),
            to_date=required(data, "to_date", at, string),
            usage_fields=optional(data, "usage_fields", at, _LIST_OF_ONE),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTagsRequest(Request):
    """All tags on tasks, models and projects of the company."""

    filter: dict[str, Any] | None = None
    """Only tags of objects that also fit this."""
    include_system: bool = False
    """Also return the system tags."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            filter=optional(data, "filter", at, _filter),
            include_system=optional(data, "include_system", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class PrepareDownloadForGetAllRequest(Request):
    """Keep a query for a download as CSV and return its ticket."""

    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""
    entity_type: str
    """What to list in the file."""
    field_mappings: list[dict[str, Any]]
    """Columns of the file, in order."""
    only_fields: list[str]
    """Return only these fields, as dotted paths; a leading minus leaves one out."""
    search_hidden: bool = False
    """Also return hidden objects."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            allow_public=optional(data, "allow_public", at, boolean, True),
            entity_type=required(data, "entity_type", at, _ONE_OF_TASK_MODEL),
            field_mappings=filled(data, "field_mappings", at, _SIZED_LIST_OF_FIELD_MAPPINGS_LEAST_1),
            only_fields=filled(data, "only_fields", at, _SIZED_STRINGS_LEAST_1),
            search_hidden=optional(data, "search_hidden", at, boolean, False),
        )
