"""The entities of the list endpoints. Source: spec 2 §5."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from apiserver.domain.task_legacy import MODELS_SINCE
from apiserver.query import present
from apiserver.query.entity import Entity
from apiserver.stores.collections import COMPANIES, MODELS, PROJECTS, QUEUES, TASKS, USERS

TASK = Entity(
    "Task", "task", "tasks", TASKS,
    patterns=("name", "comment", "report"),
    lists=(
        "id", "user", "tags", "system_tags", "type", "status", "project", "parent", "hyperparams.*", "execution.queue",
        "models.input.model",
    ),
    ranges=("created", "started", "active_duration", "last_metrics.*", "last_iteration"),
    datetimes=("status_changed", "last_update", "last_change"),
    plain=("runtime.*",),
    excluded=frozenset({"unique_metrics", "company_origin", "enqueue_status"}),
    numeric_prefixes=("execution.parameters.", "last_metrics.", "hyperparams."),
    aliases=(
        ("execution.parameters", "hyperparams.Args"), ("execution.model_desc", "configuration"), ("execution.docker_cmd", "container"),
    ),
    escaped={"hyperparams.": (2, 4), "configuration.": (2, 4)},
    path_words="invalid task field",
    hidden="tag",
    subprojects=True,
    present=present.task,
    presented=present.OF_TASKS,
    present_below=MODELS_SINCE,
)  # fmt: skip

REPORT = evolve(TASK, hidden="none", aliases=(), escaped={})
"""A report is a task; `reports.get_all_ex` neither hides nor rewrites anything. Its `type` comes with the caller's extra filter."""

MODEL = Entity(
    "Model", "model", "models", MODELS,
    patterns=("name", "comment"),
    lists=("tags", "system_tags", "framework", "uri", "id", "user", "project", "task", "parent", "metadata.*"),
    ranges=("created", "last_metrics.*", "last_iteration"),
    datetimes=("last_update", "last_change"),
    plain=("ready",),
    excluded=frozenset({"ui_cache", "company_origin", "unique_metrics"}),
    numeric_prefixes=("metadata.", "last_metrics."),
    escaped={"metadata.": (2, 3)},
    subprojects=True,
    present=present.with_metadata,
    presented=frozenset({"metadata"}),
)  # fmt: skip

PROJECT = Entity(
    "Project", "project", "projects", PROJECTS,
    patterns=("name", "basename", "description"),
    lists=("tags", "system_tags", "id", "parent", "path"),
    ranges=("last_update",),
    excluded=frozenset({"logo_blob", "company_origin", "path"}),
    hidden="tag",
)  # fmt: skip

QUEUE = Entity(
    "Queue", "queue", "queues", QUEUES,
    patterns=("name",),
    lists=("tags", "system_tags", "id", "metadata.*"),
    numeric_prefixes=("metadata.",),
    escaped={"metadata.": (2, 3)},
    hidden="queue",
    public=False,
    present=present.with_metadata,
    presented=frozenset({"metadata"}),
)  # fmt: skip

USER = Entity(
    "User", "user", "users", USERS,
    patterns=("name",),
    lists=("id",),
    excluded=frozenset({"preferences"}),
    public=False,
    scrolls=False,
)  # fmt: skip

COMPANY = Entity("Company", "company", "companies", COMPANIES, scoped=False)

OF_COLLECTION: Mapping[str, Entity] = {e.collection.name: e for e in (TASK, MODEL, PROJECT, QUEUE, USER, COMPANY)}
"""The entity that a reference field leads to, by the name of the collection it refers to."""
