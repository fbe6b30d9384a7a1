# Generated from schema/services/events.conf by `trackyard generate`. Do not edit.
"""Requests of `events.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    boolean,
    defaulted,
    filled,
    given,
    inside,
    integer,
    list_of,
    one_of,
    optional,
    required,
    sized,
    string,
    strings,
    within,
)

_WITHIN_INTEGER_MINIMUM_1 = within(integer, minimum=1)


def _metrics(value: Any, where: str) -> dict[str, Any]:
    """A metric of a task and some of its variants."""
    data, at = inside(value, where)
    return given(
        {
            "metric": optional(data, "metric", at, string),
            "task": required(data, "task", at, string),
            "variants": optional(data, "variants", at, strings),
        }
    )


_LIST_OF_METRICS = list_of(_metrics)
_SIZED_LIST_OF_METRICS_LEAST_1 = sized(_LIST_OF_METRICS, least=1)
_ONE_OF_TRAINING = one_of("training_stats_scalar", "training_stats_vector", "training_debug_image", "plot", "log", "*")
_SIZED_STRINGS_LEAST_1 = sized(strings, least=1)


def _metrics_2(value: Any, where: str) -> dict[str, Any]:
    """A metric and some of its variants."""
    data, at = inside(value, where)
    return given(
        {
            "metric": required(data, "metric", at, string),
            "variants": optional(data, "variants", at, strings),
        }
    )


_LIST_OF_METRICS_2 = list_of(_metrics_2)
_ONE_OF_ASC_DESC = one_of("asc", "desc")
_ONE_OF_ITER_TIMESTAMP_ISO_TIME = one_of("iter", "timestamp", "iso_time")
_WITHIN_INTEGER_MINIMUM_1_MAXIMUM_6000 = within(integer, minimum=1, maximum=6000)
_SIZED_STRINGS_LEAST_1_MOST_100 = sized(strings, least=1, most=100)


@define(kw_only=True, eq=False, repr=False)
class ClearScrollRequest(Request):
    """Forget a scroll position that is not needed any more."""

    scroll_id: str | None = None
    """Scroll position to forget."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(scroll_id=optional(data, "scroll_id", at, string))


@define(kw_only=True, eq=False, repr=False)
class ClearTaskLogRequest(Request):
    """Delete old console text of a task."""

    allow_locked: bool = False
    """Also do it where the task or model is published; otherwise that is refused."""
    exclude_metrics: list[str] | None = None
    """Keep lines of these metrics."""
    include_metrics: list[str] | None = None
    """Only delete lines of these metrics."""
    task: str
    """Task to look at (id)."""
    threshold_sec: int | None = None
    """Only delete lines older than this many seconds; 0 means all."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            allow_locked=optional(data, "allow_locked", at, boolean, False),
            exclude_metrics=optional(data, "exclude_metrics", at, strings),
            include_metrics=optional(data, "include_metrics", at, strings),
            task=required(data, "task", at, string),
            threshold_sec=optional(data, "threshold_sec", at, integer),
        )


@define(kw_only=True, eq=False, repr=False)
class DebugImagesRequest(Request):
    """Page through debug images by iteration, newest first."""

    iters: int = 1
    """How many of the newest iterations with events."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            model_events=optional(data, "model_events", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DebugImagesV1_8Request(Request):
    """Page through debug images by iteration, newest first."""

    iters: int = 1
    """How many of the newest iterations with events."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            model_events=optional(data, "model_events", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DebugImagesV2_7Request(Request):
    """Page through debug images by iteration, newest first."""

    iters: int = 1
    """How many of the newest iterations with events."""
    metrics: list[dict[str, Any]]
    """Which tasks, metrics and variants to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    navigate_earlier: bool = True
    """Go back in time, to what is older."""
    refresh: bool = False
    """Look for events that came since the scroll began."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            metrics=filled(data, "metrics", at, _SIZED_LIST_OF_METRICS_LEAST_1),
            model_events=optional(data, "model_events", at, boolean, False),
            navigate_earlier=optional(data, "navigate_earlier", at, boolean, True),
            refresh=optional(data, "refresh", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteForModelRequest(Request):
    """Delete all events of a model."""

    model: str
    """Model whose events to delete."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(model=required(data, "model", at, string))


@define(kw_only=True, eq=False, repr=False)
class DeleteForTaskRequest(Request):
    """Delete all events of a task."""

    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(task=required(data, "task", at, string))


@define(kw_only=True, eq=False, repr=False)
class DownloadTaskLogRequest(Request):
    """The whole console text of a task as a file."""

    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(task=required(data, "task", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetDebugImageSampleRequest(Request):
    """One debug image of a metric and variant, to step on from."""

    iteration: int | None = None
    """Iteration to show; the newest one with data if absent."""
    metric: str
    """Metric to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    navigate_current_metric: bool = True
    """Stay within this metric when going on; otherwise go on to the next metric."""
    refresh: bool = False
    """Look for events that came since the scroll began."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""
    variant: str
    """Variant to look at."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iteration=optional(data, "iteration", at, integer),
            metric=required(data, "metric", at, string),
            model_events=optional(data, "model_events", at, boolean, False),
            navigate_current_metric=optional(data, "navigate_current_metric", at, boolean, True),
            refresh=optional(data, "refresh", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
            variant=required(data, "variant", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetMultiTaskMetricsRequest(Request):
    """Metrics and variants that any of the tasks reported."""

    event_type: str = "*"
    """Only metrics with events of this type."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    tasks: list[str]
    """Tasks to look at (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            event_type=defaulted(data, "event_type", at, _ONE_OF_TRAINING, "*"),
            model_events=optional(data, "model_events", at, boolean, False),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class GetMultiTaskPlotsRequest(Request):
    """The newest plots of several tasks, side by side."""

    iters: int = 1
    """How many of the newest iterations with events."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    tasks: list[str]
    """Tasks to look at (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            model_events=optional(data, "model_events", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class GetMultiTaskPlotsV1_8Request(Request):
    """The newest plots of several tasks, side by side."""

    iters: int = 1
    """How many of the newest iterations with events."""
    last_iters_per_task_metric: bool = True
    """Count the newest iterations for each metric of each task rather than over everything."""
    metrics: list[dict[str, Any]] | None = None
    """Which tasks, metrics and variants to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    no_scroll: bool = False
    """Return everything in one answer, without a scroll id."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    tasks: list[str]
    """Tasks to look at (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=optional(data, "iters", at, integer, 1),
            last_iters_per_task_metric=optional(data, "last_iters_per_task_metric", at, boolean, True),
            metrics=optional(data, "metrics", at, _LIST_OF_METRICS_2),
            model_events=optional(data, "model_events", at, boolean, False),
            no_scroll=optional(data, "no_scroll", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class GetPlotSampleRequest(Request):
    """The plots of a metric at one iteration, to step on from."""

    iteration: int | None = None
    """Iteration to show; the newest one with data if absent."""
    metric: str
    """Metric to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    navigate_current_metric: bool = True
    """Stay within this metric when going on; otherwise go on to the next metric."""
    refresh: bool = False
    """Look for events that came since the scroll began."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iteration=optional(data, "iteration", at, integer),
            metric=required(data, "metric", at, string),
            model_events=optional(data, "model_events", at, boolean, False),
            navigate_current_metric=optional(data, "navigate_current_metric", at, boolean, True),
            refresh=optional(data, "refresh", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetScalarMetricDataRequest(Request):
    """Page through all points of a scalar metric."""

    metric: str
    """Metric to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    no_scroll: bool = False
    """Return everything in one answer, without a scroll id."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            metric=required(data, "metric", at, string),
            model_events=optional(data, "model_events", at, boolean, False),
            no_scroll=optional(data, "no_scroll", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetScalarMetricsAndVariantsRequest(Request):
    """Scalar metrics of a task with their variants."""

    model_events: bool = False
    """The ids are those of models, not of tasks."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            model_events=optional(data, "model_events", at, boolean, False),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskEventsRequest(Request):
    """Page through the events of a task, sorted by iteration."""

    batch_size: int = 500
    """Most events in one page."""
    count_total: bool = True
    """Whether total is worked out; it costs a second search."""
    event_type: str = "*"
    """Only events of this type; all types if absent."""
    metrics: list[dict[str, Any]] | None = None
    """Only these metrics and variants; all if absent."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    order: str = "asc"
    """Rising (asc) or falling (desc) iterations."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            batch_size=optional(data, "batch_size", at, integer, 500),
            count_total=optional(data, "count_total", at, boolean, True),
            event_type=defaulted(data, "event_type", at, _ONE_OF_TRAINING, "*"),
            metrics=optional(data, "metrics", at, _LIST_OF_METRICS_2),
            model_events=optional(data, "model_events", at, boolean, False),
            order=defaulted(data, "order", at, _ONE_OF_ASC_DESC, "asc"),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskLatestScalarValuesRequest(Request):
    """The newest scalar values of a task."""

    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(task=required(data, "task", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetTaskLogRequest(Request):
    """Page through the console text of a task."""

    batch_size: int = 500
    """Most lines in one page."""
    order: str = "desc"
    """Oldest line first (asc) or newest first (desc)."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            batch_size=optional(data, "batch_size", at, integer, 500),
            order=defaulted(data, "order", at, _ONE_OF_ASC_DESC, "desc"),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskLogV1_7Request(Request):
    """Page through the console text of a task."""

    batch_size: int = 500
    """Most lines in one page."""
    order: str = "desc"
    """Oldest line first (asc) or newest first (desc)."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            batch_size=optional(data, "batch_size", at, integer, 500),
            order=defaulted(data, "order", at, _ONE_OF_ASC_DESC, "desc"),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskLogV2_9Request(Request):
    """Page through the console text of a task."""

    batch_size: int = 5000
    """Most lines in one page."""
    from_timestamp: int | None = None
    """Start at this time, in milliseconds since 1970."""
    metrics: list[dict[str, Any]] | None = None
    """Only these metrics and variants; all if absent."""
    navigate_earlier: bool = True
    """Go back in time, to what is older."""
    order: str | None = None
    """Oldest line first (asc) or newest first (desc)."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            batch_size=optional(data, "batch_size", at, integer, 5000),
            from_timestamp=optional(data, "from_timestamp", at, integer),
            metrics=optional(data, "metrics", at, _LIST_OF_METRICS_2),
            navigate_earlier=optional(data, "navigate_earlier", at, boolean, True),
            order=optional(data, "order", at, _ONE_OF_ASC_DESC),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskMetricsRequest(Request):
    """Names of the metrics that each task reported."""

    event_type: str
    """Only metrics with events of this type."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    tasks: list[str]
    """Tasks to look at (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            event_type=required(data, "event_type", at, _ONE_OF_TRAINING),
            model_events=optional(data, "model_events", at, boolean, False),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskPlotsRequest(Request):
    """The newest plots of a task."""

    iters: int = 1
    """How many of the newest iterations with events."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            model_events=optional(data, "model_events", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskPlotsV1_8Request(Request):
    """The newest plots of a task."""

    iters: int = 1
    """How many of the newest iterations with events."""
    metrics: list[dict[str, Any]] | None = None
    """Which tasks, metrics and variants to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    no_scroll: bool = False
    """Return everything in one answer, without a scroll id."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=optional(data, "iters", at, integer, 1),
            metrics=optional(data, "metrics", at, _LIST_OF_METRICS_2),
            model_events=optional(data, "model_events", at, boolean, False),
            no_scroll=optional(data, "no_scroll", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskSingleValueMetricsRequest(Request):
    """Values of tasks that were reported without an iteration."""

    metrics: list[dict[str, Any]] | None = None
    """Only these metrics and variants; all if absent."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    tasks: list[str]
    """Tasks to look at (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            metrics=optional(data, "metrics", at, _LIST_OF_METRICS_2),
            model_events=optional(data, "model_events", at, boolean, False),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class GetVectorMetricsAndVariantsRequest(Request):
    """Vector metrics of a task with their variants."""

    model_events: bool = False
    """The ids are those of models, not of tasks."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            model_events=optional(data, "model_events", at, boolean, False),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class MultiTaskScalarMetricsIterHistogramRequest(Request):
    """Scalar series of several tasks, thinned out for drawing side by side."""

    key: str = "iter"
    """What the x axis shows: iteration, milliseconds or ISO time."""
    metrics: list[dict[str, Any]] | None = None
    """Only these metrics and variants; all if absent."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    samples: int = 2000
    """Most points of each series; more are thinned out evenly."""
    tasks: list[str]
    """Tasks to look at (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            key=defaulted(data, "key", at, _ONE_OF_ITER_TIMESTAMP_ISO_TIME, "iter"),
            metrics=optional(data, "metrics", at, _LIST_OF_METRICS_2),
            model_events=optional(data, "model_events", at, boolean, False),
            samples=defaulted(data, "samples", at, _WITHIN_INTEGER_MINIMUM_1_MAXIMUM_6000, 2000),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1_MOST_100),
        )


@define(kw_only=True, eq=False, repr=False)
class NextDebugImageSampleRequest(Request):
    """The debug image before or after the last one."""

    model_events: bool = False
    """The ids are those of models, not of tasks."""
    navigate_earlier: bool = True
    """Go back in time, to what is older."""
    next_iteration: bool = False
    """Go to the next iteration rather than the next variant."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            model_events=optional(data, "model_events", at, boolean, False),
            navigate_earlier=optional(data, "navigate_earlier", at, boolean, True),
            next_iteration=optional(data, "next_iteration", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class NextPlotSampleRequest(Request):
    """The plots before or after the last ones."""

    model_events: bool = False
    """The ids are those of models, not of tasks."""
    navigate_earlier: bool = True
    """Go back in time, to what is older."""
    next_iteration: bool = False
    """Go to the next iteration rather than the next variant."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            model_events=optional(data, "model_events", at, boolean, False),
            navigate_earlier=optional(data, "navigate_earlier", at, boolean, True),
            next_iteration=optional(data, "next_iteration", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class PlotsRequest(Request):
    """Page through plots by iteration, newest first."""

    iters: int = 1
    """How many of the newest iterations with events."""
    metrics: list[dict[str, Any]]
    """Which tasks, metrics and variants to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    navigate_earlier: bool = True
    """Go back in time, to what is older."""
    refresh: bool = False
    """Look for events that came since the scroll began."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iters=defaulted(data, "iters", at, _WITHIN_INTEGER_MINIMUM_1, 1),
            metrics=filled(data, "metrics", at, _SIZED_LIST_OF_METRICS_LEAST_1),
            model_events=optional(data, "model_events", at, boolean, False),
            navigate_earlier=optional(data, "navigate_earlier", at, boolean, True),
            refresh=optional(data, "refresh", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class ScalarMetricsIterHistogramRequest(Request):
    """Scalar series of a task, thinned out for drawing."""

    key: str = "iter"
    """What the x axis shows: iteration, milliseconds or ISO time."""
    metrics: list[dict[str, Any]] | None = None
    """Only these metrics and variants; all if absent."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    samples: int = 2000
    """Most points of each series; more are thinned out evenly."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            key=defaulted(data, "key", at, _ONE_OF_ITER_TIMESTAMP_ISO_TIME, "iter"),
            metrics=optional(data, "metrics", at, _LIST_OF_METRICS_2),
            model_events=optional(data, "model_events", at, boolean, False),
            samples=defaulted(data, "samples", at, _WITHIN_INTEGER_MINIMUM_1_MAXIMUM_6000, 2000),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class ScalarMetricsIterRawRequest(Request):
    """Page through all points of a scalar metric, as columns."""

    batch_size: int | None = None
    """Most points in one page."""
    count_total: bool = False
    """Whether total is worked out; it costs a second search."""
    key: str = "iter"
    """What the x axis shows: iteration, milliseconds or ISO time."""
    metric: dict[str, Any]
    """Metric to read, and which of its variants."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    scroll_id: str | None = None
    """Where to go on, as the answer before told."""
    task: str
    """Task to look at (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            batch_size=optional(data, "batch_size", at, integer),
            count_total=optional(data, "count_total", at, boolean, False),
            key=defaulted(data, "key", at, _ONE_OF_ITER_TIMESTAMP_ISO_TIME, "iter"),
            metric=required(data, "metric", at, _metrics_2),
            model_events=optional(data, "model_events", at, boolean, False),
            scroll_id=optional(data, "scroll_id", at, string),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class VectorMetricsIterHistogramRequest(Request):
    """Vectors of a metric and variant over the iterations."""

    metric: str
    """Metric to look at."""
    model_events: bool = False
    """The ids are those of models, not of tasks."""
    task: str
    """Task to look at (id)."""
    variant: str
    """Variant to look at."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            metric=required(data, "metric", at, string),
            model_events=optional(data, "model_events", at, boolean, False),
            task=required(data, "task", at, string),
            variant=required(data, "variant", at, string),
        )
