"""The first-page request of every read action, as the SDK and the web app send them (spec 7, spec 8), about the largest things there are.

`READS` says which actions those are; `tests/services/test_benchmarks.py` holds that none is missing here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from benchmarks.loading import Landmarks

_READING = re.compile(r"get_|next_|peek_|download_|prepare_download_|debug_images$|plots$|.*_iter_|validate_|supported_|fixed_users_mode$")
_MORE = {"debug.ping", "server.config", "server.endpoints", "server.info", "server.report_stats_option"}
NO_READS: Mapping[str, str] = {"queues.get_next_task": "takes the entry off the queue"}
ROWS = (
    "name", "status", "system_tags", "project.name", "company", "last_change", "last_update", "started", "last_iteration", "tags",
    "user.name", "runtime.progress", "type", "parent.name", "parent.project.id", "parent.project.name",
)  # fmt: skip
"""Columns of the web app's table of tasks (spec 8 A4)."""
SHOWN = ["__$not", "archived", "__$not", "pipeline", "__$not", "dataset", "__$not", "reports"]
STATS = {"system_tags": ["-pipeline", "-dataset"]}
LOSS = "last_metrics." + ".".join(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in ("loss", "train"))


@frozen
class Read:
    """One request. first: another one that has to be answered before; take: {field of this request: field of that answer}."""

    action: str
    case: str = ""
    data: Mapping[str, Any] = {}
    version: str = "2.34"
    first: Read | None = None
    take: Mapping[str, str] = {}

    @property
    def title(self) -> str:
        return self.action + (f" {self.case}" if self.case else "") + (f" v{self.version}" if self.version != "2.34" else "")


def is_read(action: str) -> bool:
    """Whether an action of the schema only reads."""
    return action not in NO_READS and (action in _MORE or bool(_READING.match(action.partition(".")[2])))


def all_reads(marks: Landmarks) -> list[Read]:
    """Every request, about what the landmarks name."""
    return [*_start(), *_projects(marks), *_tasks(marks), *_details(marks), *_events(marks), *_more_events(marks), *_models(marks),
            *_queues(marks), *_organization(marks)]  # fmt: skip


def _start() -> list[Read]:
    """What every page begins with."""
    return [
        Read("debug.ping"), Read("login.supported_modes"), Read("server.report_stats_option"), Read("server.info"), Read("server.config"),
        Read("server.info", version="2.8"), Read("server.info", version="2.0"), Read("server.endpoints"), Read("server.get_stats"),
        Read("users.get_current_user", data={"get_supported_features": True}), Read("users.get_preferences"), Read("users.get_all"),
        Read("users.get_all_ex"), Read("users.get_all_ex", version="2.0"), Read("auth.get_credentials"), Read("auth.fixed_users_mode"),
        Read("storage.get_settings"),
    ]  # fmt: skip


def _projects(marks: Landmarks) -> list[Read]:
    cards = {"include_stats": True, "check_own_contents": True, "stats_for_state": "active", "order_by": ["featured", "-last_update"]}
    one = {"projects": [marks.project]}
    dashboard = {
        **cards,
        "page": 0,
        "page_size": 6,
        "include_stats_filter": STATS,
        "only_fields": ["name", "basename", "company", "created"],
    }
    inside = {**cards, "parent": [marks.top_project], "shallow_search": True, "size": 16, "scroll_id": None, "include_stats_filter": STATS}
    listed = {
        "name": "/\\.datasets/", "system_tags": ["dataset"], "search_hidden": True, "stats_with_children": False, "include_stats": True,
        "include_dataset_stats": True, "include_stats_filter": {"system_tags": ["dataset"], "type": ["data_processing"]}, "size": 16,
        "scroll_id": None, "order_by": ["-last_update"],
    }  # fmt: skip
    runs = {**listed, "name": "/\\.pipelines/", "system_tags": ["pipeline"], "include_dataset_stats": False}
    runs["include_stats_filter"] = {"system_tags": ["pipeline"], "type": ["controller"]}
    mine = {**cards, "active_users": [marks.user], "size": 16, "scroll_id": None}
    return [
        Read("projects.get_all", data={"order_by": ["last_update"], "page": 0, "page_size": 500}),
        Read("projects.get_all", "by name", {"name": "Detection.*", "search_hidden": False}),
        Read("projects.get_all_ex", "dashboard", dashboard),
        Read("projects.get_all_ex", "top", {**cards, "shallow_search": True, "size": 16, "scroll_id": None, "include_stats_filter": STATS}),
        Read("projects.get_all_ex", "inside", inside),
        Read("projects.get_all_ex", "one", {"id": [marks.project], "include_stats": True, "include_stats_filter": STATS}),
        Read("projects.get_all_ex", "breadcrumb", {"_any_": {"fields": ["name"], "pattern": "^Detection$"}, "search_hidden": True}),
        Read("projects.get_all_ex", "datasets", listed),
        Read("projects.get_all_ex", "pipelines", runs),
        Read("projects.get_all_ex", "of a user", mine),
        Read("projects.get_all_ex", "with datasets", {**cards, "children_type": "dataset", "size": 16, "scroll_id": None}),
        Read("projects.get_all_ex", "search", {"_any_": {"fields": ["basename", "id"], "pattern": "large"}, "page": 0, "page_size": 8}),
        Read("projects.get_by_id", data={"project": marks.project}),
        Read("projects.validate_delete", data={"project": marks.top_project}),
        Read("projects.get_user_names", "tasks", {"entity": "task", "include_subprojects": True}),
        Read("projects.get_user_names", "models", {"entity": "model", "include_subprojects": True}),
        Read("projects.get_user_names", "of one", {**one, "entity": "task"}),
        Read("projects.get_project_tags"),
        Read("projects.get_project_tags", "datasets", {"filter": {"system_tags": ["dataset"]}}),
        Read("projects.get_task_tags"), Read("projects.get_task_tags", "of one", one),
        Read("projects.get_model_tags"), Read("projects.get_model_tags", "of one", one),
        Read("projects.get_task_parents", data={"tasks_state": "active"}),
        Read("projects.get_task_parents", "of one", {**one, "tasks_state": "active"}),
        Read("projects.get_unique_metric_variants", "all", {"include_subprojects": True}),
        Read("projects.get_unique_metric_variants", "of one", {"project": marks.project, "include_subprojects": True}),
        Read("projects.get_unique_metric_variants", "models", {"project": marks.project, "model_metrics": True}),
        Read("projects.get_hyper_parameters", "all", {"page_size": 5000, "include_subprojects": True}),
        Read("projects.get_hyper_parameters", "of one", {"project": marks.project, "page_size": 5000, "include_subprojects": True}),
        Read("projects.get_hyperparam_values", "all", {"section": "Args", "name": "lr"}),
        Read("projects.get_hyperparam_values", "of one", {**one, "section": "Args", "name": "batch_size"}),
        Read("projects.get_model_metadata_keys"), Read("projects.get_model_metadata_keys", "of one", {"project": marks.project}),
        Read("projects.get_model_metadata_values", data={"key": "depth"}),
        Read("projects.get_model_metadata_values", "of one", {**one, "key": "depth"}),
    ]  # fmt: skip


def _tasks(marks: Landmarks) -> list[Read]:
    table = {
        "id": [], "project": [marks.project], "scroll_id": None, "refresh_scroll": False, "size": 30, "order_by": ["-last_update"],
        "type": [],
        "user": [], "system_tags": SHOWN, "include_subprojects": False, "search_hidden": False, "only_fields": list(ROWS),
    }  # fmt: skip
    everywhere = {name: value for name, value in table.items() if name != "project"}
    search = ["id", "name", "comment", "system_tags", "models.output.model", "models.input.model"]
    recent = {
        "page": 0, "page_size": 5, "order_by": ["-last_update"], "status": ["__$not", "created", "__$not", "queued"],
        "system_tags": ["-archived", "-pipeline"],
        "only_fields": ["type", "status", "created", "name", "id", "last_update", "project.name"],
    }  # fmt: skip
    found = {"name": "^resnet50 baseline run 17$", "only_fields": ["id", "name", "last_update", "system_tags"], "search_hidden": False}
    searched = {**everywhere, "_any_": {"fields": search, "pattern": "run 4242$"}, "page": 0, "page_size": 8}
    trigger = {"_or_": {"fields": ["last_update", "last_change"], "datetime": [">2026-01-01T00:00:00+00:00"]}, "page_size": 500}

    def sorted_by(path: str) -> dict[str, Any]:
        return {**table, "order_by": [path], "only_fields": [*ROWS, path.removeprefix("-").removesuffix(".value")]}

    return [
        Read("tasks.get_all_ex", "dashboard", recent), Read("tasks.get_all_ex", "dashboard of a user", {**recent, "user": [marks.user]}),
        Read("tasks.get_all_ex", "table", table), Read("tasks.get_all_ex", "table of all", everywhere),
        Read("tasks.get_all_ex", "table with subprojects", {**table, "project": [marks.top_project], "include_subprojects": True}),
        Read("tasks.get_all_ex", "archive", {**table, "system_tags": ["archived"]}),
        Read("tasks.get_all_ex", "archive of all", {**everywhere, "system_tags": ["archived"]}),
        Read("tasks.get_all_ex", "of a status", {**table, "status": ["failed"]}),
        Read("tasks.get_all_ex", "of a status of all", {**everywhere, "status": ["published"]}),
        Read("tasks.get_all_ex", "of a user of all", {**everywhere, "user": [marks.user]}),
        Read("tasks.get_all_ex", "of a type of all", {**everywhere, "type": ["optimizer"]}),
        Read("tasks.get_all_ex", "of a tag", {**table, "filters": {"tags": {"any": {"include": ["paper-3"], "exclude": []}}}}),
        Read("tasks.get_all_ex", "of a tag of all", {**everywhere, "filters": {"tags": {"any": {"include": ["paper-3"], "exclude": []}}}}),
        Read("tasks.get_all_ex", "search", {**table, "_any_": {"fields": search, "pattern": "unet sweep"}}),
        Read("tasks.get_all_ex", "search of all", searched),
        Read("tasks.get_all_ex", "text", {**everywhere, "search_text": "unet checkpoint"}),
        Read("tasks.get_all_ex", "by name", sorted_by("name")),
        Read("tasks.get_all_ex", "by name of all", {**everywhere, "order_by": ["name"]}),
        Read("tasks.get_all_ex", "by created of all", {**everywhere, "order_by": ["-created"]}),
        Read("tasks.get_all_ex", "by started of all", {**everywhere, "order_by": ["-started"]}),
        Read("tasks.get_all_ex", "by hyperparameter", sorted_by("hyperparams.Args.lr.value")),
        Read("tasks.get_all_ex", "by hyperparameter, falling", sorted_by("-hyperparams.Args.batch_size.value")),
        Read("tasks.get_all_ex", "by metric", sorted_by(f"-{LOSS}.value")),
        Read("tasks.get_all_ex", "by metric of all", {**everywhere, "order_by": [f"-{LOSS}.value"]}),
        Read("tasks.get_all_ex", "metric range", {**table, f"{LOSS}.value": [0.1, 0.5]}),
        Read("tasks.get_all_ex", "hyperparameter value", {**table, "hyperparams.Args.optimizer.value": ["adam"]}),
        Read("tasks.get_all_ex", "iterations", {**table, "last_iteration": [10, 1000]}),
        Read("tasks.get_all_ex", "of a model", {**everywhere, "models.input.model": [marks.model]}),
        Read("tasks.get_all_ex", "children", {"parent": [marks.tasks[0]], "page": 0, "page_size": 20, "order_by": [f"-{LOSS}.value"]}),
        Read("tasks.get_all", "by name", found), Read("tasks.get_all", "by name in a project", {**found, "project": [marks.project]}),
        Read("tasks.get_all", "page", {"project": [marks.project], "page": 0, "page_size": 500, "order_by": ["-last_update"]}),
        Read("tasks.get_all", "page of all", {"page": 0, "page_size": 500}),
        Read("tasks.get_all", "status poll", {"id": marks.tasks[:10], "only_fields": ["status", "status_message", "id"]}),
        Read("tasks.get_all", "trigger", {**trigger, "project": [marks.project], "tags": ["paper-3"]}),
        Read("tasks.get_types", "of one", {"projects": [marks.project]}), Read("tasks.get_types"),
    ]  # fmt: skip


def _details(marks: Landmarks) -> list[Read]:
    task, ten = marks.tasks[0], marks.tasks[:10]
    wide = [
        *ROWS, "comment", "created", "output", "hyperparams", "execution.queue.name", "script.binary", "script.repository", "container",
        "runtime", "active_duration", "execution.artifacts", "models.output.model.name", "models.input.model.name", "configuration",
    ]  # fmt: skip
    return [
        Read("tasks.get_by_id", data={"task": task}), Read("tasks.get_by_id_ex", data={"id": [task], "only_fields": wide}),
        Read("tasks.get_by_id_ex", "diff", {"id": [task], "only_fields": ["script.diff"]}),
        Read("tasks.get_all_ex", "compare", {"id": ten, "only_fields": [*wide, "last_metrics"]}),
        Read("tasks.get_all_ex", "last metrics", {"id": [task], "only_fields": ["last_metrics"]}),
        Read("tasks.get_configuration_names", data={"tasks": [task], "skip_empty": False}),
        Read("tasks.get_configurations", data={"tasks": [task], "names": ["OmegaConf"]}),
        Read("tasks.get_hyper_params", data={"tasks": ten}),
        Read("tasks.validate", data={"name": "a new task", "type": "training", "project": marks.project}),
    ]  # fmt: skip


def _events(marks: Landmarks) -> list[Read]:
    task, ten, log = marks.tasks[0], marks.tasks[:10], marks.log
    chosen = [{"metric": "loss", "variants": ["train", "validation"]}, {"metric": "accuracy", "variants": ["train"]}]
    plots = {"last_iters_per_task_metric": True, "iters": 1, "model_events": False}
    return [
        Read("events.scalar_metrics_iter_histogram", data={"task": task, "key": "iter"}),
        Read("events.scalar_metrics_iter_histogram", "by time", {"task": task, "key": "iso_time"}),
        Read("events.multi_task_scalar_metrics_iter_histogram", data={"tasks": ten, "metrics": chosen, "key": "iter"}),
        Read("events.multi_task_scalar_metrics_iter_histogram", "all metrics", {"tasks": ten, "key": "iter"}),
        Read("events.scalar_metrics_iter_raw", data={"task": task, "metric": {"metric": "loss"}, "key": "iter", "count_total": True}),
        Read("events.get_task_single_value_metrics", data={"tasks": ten}),
        Read("events.get_task_latest_scalar_values", data={"task": task}),
        Read("events.get_scalar_metric_data", data={"task": task, "metric": "loss"}),
        Read("events.get_scalar_metrics_and_variants", data={"task": task}),
        Read("events.get_task_metrics", data={"tasks": marks.images[:1], "event_type": "training_debug_image"}),
        Read("events.get_multi_task_metrics", "scalars", {"tasks": ten, "event_type": "training_stats_scalar", "model_events": False}),
        Read("events.get_multi_task_metrics", "all", {"tasks": [*ten, log], "event_type": "*"}),
        Read("events.get_task_log", data={"task": log, "batch_size": 1000, "navigate_earlier": True}),
        Read("events.get_task_log", data={"task": log, "batch_size": 1000}, version="2.8"),
        Read("events.get_task_log", data={"task": log, "batch_size": 1000}, version="1.5"),
        Read("events.download_task_log", data={"task": log, "line_type": "text"}),
        Read("events.get_task_events", "scalars", {"task": task, "event_type": "training_stats_scalar", "batch_size": 1000}),
        Read("events.get_task_events", "plots", {"task": marks.plots[0], "event_type": "plot", "batch_size": 100, "order": "asc"}),
        Read("events.get_task_events", "all", {"task": task, "batch_size": 500, "count_total": True}),
        Read("events.get_task_plots", data={"task": marks.plots[0], "iters": 1}),
        Read("events.get_task_plots", data={"task": marks.plots[0], "iters": 1}, version="1.7"),
        Read("events.get_multi_task_plots", data={"tasks": marks.plots, **plots}),
        Read("events.get_multi_task_plots", data={"tasks": marks.plots, "iters": 1}, version="1.7"),
        Read("events.plots", data={"metrics": [{"task": marks.plots[0], "metric": "plot 0"}], "iters": 1}),
    ]  # fmt: skip


def _more_events(marks: Landmarks) -> list[Read]:
    images, plots = marks.images[0], marks.plots[0]
    sample = Read(
        "events.get_debug_image_sample", data={"task": images, "metric": "sample 0", "variant": "view 0", "navigate_current_metric": True}
    )
    figure = Read("events.get_plot_sample", data={"task": plots, "metric": "plot 0", "navigate_current_metric": True})
    page = {"metrics": [{"task": images, "metric": "sample 0"}], "iters": 3, "refresh": True, "navigate_earlier": True}
    again = {"scroll_id": "scroll_id"}
    return [
        Read("events.debug_images", data=page),
        Read("events.debug_images", data={"task": images, "iters": 3}, version="2.6"),
        Read("events.debug_images", data={"task": images, "iters": 3}, version="1.7"),
        sample,
        Read("events.next_debug_image_sample", data={"task": images, "navigate_earlier": True}, first=sample, take=again),
        figure,
        Read("events.next_plot_sample", data={"task": plots, "navigate_earlier": True}, first=figure, take=again),
        Read("events.vector_metrics_iter_histogram", data={"task": marks.tasks[0], "metric": "loss", "variant": "train"}),
        Read("events.get_vector_metrics_and_variants", data={"task": marks.tasks[0]}),
    ]  # fmt: skip


def _models(marks: Landmarks) -> list[Read]:
    fields = [
        "id",
        "name",
        "created",
        "last_update",
        "task.name",
        "labels",
        "uri",
        "framework",
        "ready",
        "tags",
        "project.name",
        "user.name",
    ]
    table = {"size": 30, "scroll_id": None, "order_by": ["-created"], "ready": None, "system_tags": ["-archived"], "only_fields": fields}
    changed = {"fields": ["last_update", "last_change"], "datetime": [">2026-01-01T00:00:00"]}
    sdk = {
        "system_tags": ["-archived"],
        "order_by": ["-created"],
        "page": 0,
        "page_size": 500,
        "only_fields": ["id", "created", "system_tags"],
    }
    return [
        Read("models.get_all_ex", "table of all", table), Read("models.get_all_ex", "table", {**table, "project": [marks.project]}),
        Read("models.get_all_ex", "of a framework", {**table, "framework": ["ONNX"]}),
        Read("models.get_all_ex", "search", {**table, "_any_": {"fields": ["id", "name", "comment"], "pattern": "run 77"}}),
        Read("models.get_all", data={**sdk, "project": [marks.project]}), Read("models.get_all", "of all", sdk),
        Read("models.get_all", "of a task", {"task": marks.tasks[:1], "only_fields": ["id"], "order_by": ["created"]}),
        Read("models.get_all", "by uri", {"uri": ["http://localhost:8081/models/x.pt"], "only_fields": ["id"]}),
        Read("models.get_all", "by metadata", {**sdk, "metadata.depth.value": "3"}),
        Read("models.get_all", "trigger", {"ready": True, "_or_": changed}),
        Read("models.get_by_id", data={"model": marks.model}), Read("models.get_by_id_ex", data={"id": [marks.model]}),
        Read("models.get_by_task_id", data={"task": marks.tasks[0]}), Read("models.get_frameworks"),
        Read("models.get_frameworks", "of one", {"projects": [marks.project]}),
    ]  # fmt: skip


def _queues(marks: Landmarks) -> list[Read]:
    span = {"from_date": marks.end_s - 3 * 3600, "to_date": marks.end_s, "interval": 60}
    items = [{"key": "cpu_usage"}, {"key": "gpu_usage"}]
    page = {"only_fields": ["display_name", "last_update", "name", "tags", "workers", "entries"], "count_task_entries": True}
    return [
        Read("queues.get_all", "by name", {"name": "queue\\-1", "only_fields": ["name", "id"]}), Read("queues.get_all"),
        Read("queues.get_all_ex", data={**page, "max_task_entries": 1}), Read("queues.get_all_ex", "full"),
        Read("queues.get_by_id", data={"queue": marks.queue}),
        Read("queues.get_default"),
        Read("queues.get_num_entries", data={"queue": marks.queue}),
        Read("queues.peek_task", data={"queue": marks.queue}), Read("queues.get_queue_metrics", data={**span, "queue_ids": []}),
        Read("workers.get_all"),
        Read("workers.get_all", "of any time", {"last_seen": 0}),
        Read("workers.get_count"),
        Read("workers.get_metric_keys"),
        Read("workers.get_activity_report", data=span),
        Read("workers.get_stats", data={**span, "worker_ids": [marks.worker], "items": items, "split_by_resource": True}),
        Read("workers.get_stats", "of all", {**span, "items": items, "split_by_resource": True}),
        Read("auth.get_token_for_user", data={"user": marks.user, "company": marks.company}),
        Read("auth.validate_token", data={"token": "no token"}), Read("users.get_by_id", data={"user": marks.user}),
        Read("serving.get_endpoints"),
        Read("serving.get_loading_instances"),
        Read("serving.get_endpoint_details", data={"endpoint_url": "none"}),
        Read("serving.get_endpoint_metrics_history", data={**span, "endpoint_url": "none"}),
    ]  # fmt: skip


def _organization(marks: Landmarks) -> list[Read]:
    any_of = {"_any_": {"fields": ["id", "name", "comment"], "pattern": "large"}}
    counts: dict[str, Any] = {
        "projects": {"_any_": {"fields": ["basename", "id"], "pattern": "large"}}, "tasks": {**any_of, "system_tags": SHOWN},
        "models": any_of,
        "pipelines": {"system_tags": ["pipeline"]}, "datasets": {"system_tags": ["dataset"]},
        "pipeline_runs": {"system_tags": ["pipeline"]},
        "dataset_versions": {"system_tags": ["dataset"]}, "reports": {"system_tags": ["reports"]},
    }  # fmt: skip
    usages = {"projects": [marks.project], "from_date": "2026-05-01T00:00:00Z", "to_date": "2026-05-31T00:00:00Z"}
    mapping = [{"field": "name"}, {"field": "status"}, {"field": "last_update"}]
    download = {"project": [marks.project], "order_by": ["-last_update"], "only_fields": ["name", "status", "last_update"]}
    prepared = Read("organization.prepare_download_for_get_all", data={**download, "entity_type": "task", "field_mappings": mapping})
    reports = {
        "size": 6, "scroll_id": None, "order_by": ["-last_update"], "system_tags": ["-archived"],
        "only_fields": ["name", "comment", "company", "tags", "report", "project.name", "user.name", "status", "last_update"],
    }  # fmt: skip
    return [
        Read("organization.get_tags", data={"include_system": True}), Read("organization.get_user_companies"),
        Read("organization.get_entities_count", "search", {**counts, "limit": 1}), Read("organization.get_entities_count", "exact", counts),
        Read("organization.get_project_usages", data=usages),
        prepared,
        Read("organization.download_for_get_all", first=prepared, take={"prepare_id": "prepare_id"}),
        Read("reports.get_all_ex", data=reports), Read("reports.get_tags"),
        Read("reports.get_task_data", data={"id": marks.tasks[:3], "scalar_metrics_iter_histogram": {"metrics": [{"metric": "loss"}]}}),
    ]  # fmt: skip
