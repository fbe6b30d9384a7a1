# Generated from schema/services/reports.conf by `trackyard generate`. Do not edit.
"""Requests of `reports.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    boolean,
    defaulted,
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
    within,
)

_SIZED_STRING_LEAST_3 = sized(string, least=3)
_WITHIN_INTEGER_MINIMUM_1 = within(integer, minimum=1)


def _metrics(value: Any, where: str) -> dict[str, Any]:
    """A metric and some of its variants."""
    data, at = inside(value, where)
    return given(
        {
            "metric": required(data, "metric", at, string),
            "variants": optional(data, "variants", at, strings),
        }
    )


_LIST_OF_METRICS = list_of(_metrics)


def _debug_images(value: Any, where: str) -> dict[str, Any]:
    """Ask for debug images, with these options."""
    data, at = inside(value, where)
    return given(
        {
            "iters": defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            "metrics": optional(data, "metrics", at, _LIST_OF_METRICS),
        }
    )


def _plots(value: Any, where: str) -> dict[str, Any]:
    """Ask for plots, with these options."""
    data, at = inside(value, where)
    return given(
        {
            "iters": defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            "last_iters_per_task_metric": optional(data, "last_iters_per_task_metric", at, boolean, True),
            "metrics": optional(data, "metrics", at, _LIST_OF_METRICS),
        }
    )


_ONE_OF_ITER_TIMESTAMP_ISO_TIME = one_of("iter", "timestamp", "iso_time")
_WITHIN_INTEGER_MINIMUM_1_MAXIMUM_6000 = within(integer, minimum=1, maximum=6000)


def _scalar_metrics_iter_histogram(value: Any, where: str) -> dict[str, Any]:
    """Ask for scalar series, with these options."""
    data, at = inside(value, where)
    return given(
        {
            "key": defaulted(data, "key", at, _ONE_OF_ITER_TIMESTAMP_ISO_TIME, "iter"),
            "metrics": optional(data, "metrics", at, _LIST_OF_METRICS),
            "samples": defaulted(data, "samples", at, _WITHIN_INTEGER_MINIMUM_1_MAXIMUM_6000, 2000),
        }
    )


@define(kw_only=True, eq=False, repr=False)
class ArchiveRequest(Request):
    """Archive a report."""

    message: str = ""
    """Free text that goes into the status message."""
    task: str
    """The report it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            message=optional(data, "message", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class CreateRequest(Request):
    """Make a report."""

    comment: str | None = None
    """Free text about the report."""
    name: str
    """Name of the report."""
    project: str | None = None
    """Project it is in (id)."""
    report: str | None = None
    """The text of the report, in Markdown."""
    report_assets: list[str] | None = None
    """Addresses of files that the text shows."""
    tags: list[str] | None = None
    """Tags that people put on the report."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            comment=optional(data, "comment", at, string),
            name=required(data, "name", at, _SIZED_STRING_LEAST_3),
            project=optional(data, "project", at, string),
            report=optional(data, "report", at, string),
            report_assets=optional(data, "report_assets", at, strings),
            tags=optional(data, "tags", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteRequest(Request):
    """Delete a report."""

    force: bool = False
    """Do it even where the report is published or in use."""
    task: str
    """The report it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetAllExRequest(Request):
    """Query reports; linked objects are written out."""

    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(allow_public=optional(data, "allow_public", at, boolean, True))


@define(kw_only=True, eq=False, repr=False)
class GetTaskDataRequest(Request):
    """Query tasks together with the plots, images and values that a report shows."""

    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""
    debug_images: dict[str, Any] | None = None
    """Ask for debug images, with these options."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    plots: dict[str, Any] | None = None
    """Ask for plots, with these options."""
    scalar_metrics_iter_histogram: dict[str, Any] | None = None
    """Ask for scalar series, with these options."""
    single_value_metrics: dict[str, Any] | None = None
    """Ask for single values."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            allow_public=optional(data, "allow_public", at, boolean, True),
            debug_images=optional(data, "debug_images", at, _debug_images),
            model_events=optional(data, "model_events", at, boolean, False),
            plots=optional(data, "plots", at, _plots),
            scalar_metrics_iter_histogram=optional(data, "scalar_metrics_iter_histogram", at, _scalar_metrics_iter_histogram),
            single_value_metrics=optional(data, "single_value_metrics", at, mapping),
        )


@define(kw_only=True, eq=False, repr=False)
class MoveRequest(Request):
    """Move a report to another project."""

    project: str | None = None
    """Project to move to (id); absent with a project name or for the top."""
    project_name: str | None = None
    """Move to the project of this name, made if it does not exist."""
    task: str
    """The report it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            project=optional(data, "project", at, string),
            project_name=optional(data, "project_name", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class PublishRequest(Request):
    """Publish a report; from then on its text is fixed."""

    message: str = ""
    """Free text that goes into the status message."""
    task: str
    """The report it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            message=optional(data, "message", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UnarchiveRequest(Request):
    """Bring an archived report back."""

    message: str = ""
    """Free text that goes into the status message."""
    task: str
    """The report it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            message=optional(data, "message", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateRequest(Request):
    """Change a report that is not published."""

    comment: str | None = None
    """Free text about the report."""
    name: str | None = None
    """Name of the report."""
    report: str | None = None
    """The text of the report, in Markdown."""
    report_assets: list[str] | None = None
    """Addresses of files that the text shows."""
    tags: list[str] | None = None
    """Tags that people put on the report."""
    task: str
    """The report it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            comment=optional(data, "comment", at, string),
            name=optional(data, "name", at, _SIZED_STRING_LEAST_3),
            report=optional(data, "report", at, string),
            report_assets=optional(data, "report_assets", at, strings),
            tags=optional(data, "tags", at, strings),
            task=required(data, "task", at, string),
        )
