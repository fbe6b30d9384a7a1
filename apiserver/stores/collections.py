"""Every collection: its fields, their defaults, and its indexes. The one definition; engines and the query language derive from it.

Field tables follow the spec (2 §6, 3 §2, 5 §2.1, 1 §9) and MongoDB's names, except that a document's own id is `id` here (`_id` there).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import Factory, frozen

Kind = Literal["text", "int", "float", "bool", "date", "list", "map", "embedded", "any"]


@frozen
class Field:
    """One declared field of a document.

    default: what answers show when a stored document lacks the field (a fresh copy each time); None: nothing.
    fields: of an embedded object, or of the objects in a list; empty: the content is free.
    reference: name of the collection whose id is stored here.
    """

    kind: Kind
    default: Any = None
    fields: Mapping[str, Field] = Factory(dict)
    reference: str = ""


@frozen
class Index:
    """Ascending unless a path begins with `-`. numeric: with the collation en_US, numericOrdering. sparse: rows without it are left out.

    name: in MongoDB; empty: what its drivers make of the paths, `company_1_name_1`.
    """

    paths: tuple[str, ...]
    unique: bool = False
    sparse: bool = False
    numeric: bool = False
    name: str = ""


@frozen(slots=False)
class Collection:
    """name and database as in MongoDB. text: {path: weight} of the text index, none when empty.

    text_weights: more weights of MongoDB's text index, on paths that no document has. QUIRK: spec 6 §3.6: the reference declared one for
    `id`; an index without it would be another index of the same name, which MongoDB refuses.
    keys: {field: depth} of free maps whose keys over many documents are asked for (`DocumentStore.map_keys`); depth 0: of lists of texts
    that are the same in many documents, whose elements are (`distinct`).
    covered: fields of which questions are asked that are not to read a document for each row. The embedded engine has an index that holds
    them all, a list as its text and a map of `keys` as the number of its keys; other engines need none.
    searched: paths of texts, or of lists of texts, in which patterns are looked for over all documents (the search boxes of the web app).
    The embedded engine indexes their letters; other engines need nothing.
    """

    name: str
    fields: Mapping[str, Field]
    indexes: tuple[Index, ...] = ()
    text: Mapping[str, int] = Factory(dict)
    text_index_name: str = ""
    text_weights: Mapping[str, int] = Factory(dict)
    database: str = "backend"
    keys: Mapping[str, int] = Factory(dict)
    covered: tuple[tuple[str, ...], ...] = ()
    searched: tuple[str, ...] = ()

    @cached_property
    def never_lists(self) -> frozenset[str]:
        """Top-level fields that are declared as one value or one object: a list there is refused."""
        return frozenset(name for name, declared in self.fields.items() if declared.kind not in ("list", "any"))


def _text(reference: str = "", default: Any = None) -> Field:
    return Field("text", default, reference=reference)


_DATE, _INT, _BOOL, _FLOAT = Field("date"), Field("int"), Field("bool"), Field("float")
_TAGS = Field("list", [])
_METRIC = {
    "metric": _text(), "variant": _text(), "value": Field("any"), "min_value": Field("any"), "min_value_iteration": _INT,
    "max_value": Field("any"), "max_value_iteration": _INT, "first_value": Field("any"), "first_value_iteration": _INT,
    "count": _INT, "mean_value": _FLOAT, "x_axis_label": _text(),
}  # fmt: skip
METRIC_FIELDS = frozenset(_METRIC)
"""Names inside `last_metrics.<md5 metric>.<md5 variant>` (spec 3 §2.3)."""


def _indexes(*paths: str) -> tuple[Index, ...]:
    return tuple(Index(tuple(p.split("+"))) for p in paths)


_MODEL_ITEM = {"name": _text(), "model": _text("model"), "updated": _DATE}
_ARTIFACT = {
    "key": _text(), "type": _text(), "mode": _text(default="output"), "uri": _text(), "hash": _text(), "content_size": _INT,
    "timestamp": _INT, "type_data": Field("embedded", fields={"preview": _text(), "content_type": _text(), "data_hash": _text()}),
    "display_data": Field("list"),
}  # fmt: skip

TASKS = Collection(
    "task",
    fields={
        "id": _text(), "company": _text("company"), "user": _text("user"), "name": _text(), "type": _text(),
        "status": _text(default="created"), "status_reason": _text(), "status_message": _text(), "status_changed": _DATE,
        "comment": _text(), "report": _text(), "report_assets": Field("list", []), "created": _DATE, "started": _DATE,
        "completed": _DATE, "published": _DATE, "active_duration": _INT, "parent": _text("task"), "project": _text("project"),
        "output": Field("embedded", {}, {"destination": _text(), "error": _text(), "result": _text()}),
        "execution": Field("embedded", {"test_split": 0, "parameters": {}, "model_desc": {}, "model_labels": {}, "artifacts": {}}, {
            "test_split": Field("int", 0), "parameters": Field("map", {}), "model_desc": Field("map", {}),
            "model_labels": Field("map", {}), "framework": _text(), "artifacts": Field("map", {}, _ARTIFACT), "queue": _text("queue"),
        }),
        "tags": _TAGS, "system_tags": _TAGS,
        "script": Field("embedded", {"binary": "python", "repository": "", "entry_point": "", "requirements": {}}, {
            "binary": _text(default="python"), "repository": _text(default=""), "tag": _text(), "branch": _text(),
            "version_num": _text(), "entry_point": _text(default=""), "working_dir": _text(),
            "requirements": Field("any", {}), "diff": _text(),
        }),
        "last_worker": _text(), "last_worker_report": _DATE, "last_update": _DATE, "last_change": _DATE, "last_changed_by": _text(),
        "last_iteration": Field("int", 0), "last_metrics": Field("map", {}), "unique_metrics": Field("list"),
        "metric_stats": Field("map", {}), "company_origin": _text(), "duration": _INT,
        "hyperparams": Field("map", {}), "configuration": Field("map", {}), "runtime": Field("map", {}),
        "models": Field("embedded", {"input": [], "output": []}, {
            "input": Field("list", [], _MODEL_ITEM), "output": Field("list", [], _MODEL_ITEM),
        }),
        "container": Field("map", {}), "enqueue_status": _text(),
    },
    indexes=(
        *_indexes(
            "created", "started", "completed", "active_duration", "parent", "project", "last_update", "status_changed",
            "models.input.model", "company+name", "company+status+type", "company+last_update+system_tags",
            "company+type+system_tags+status", "company+project+type+system_tags+status", "status+last_update", "company+tags",
            "company+system_tags", "company+project+tags", "company+project+system_tags", "company+user", "company+project+user",
            "company+parent", "company+project+parent", "company+type", "company+project+type",
        ),
        Index(("company", "project"), numeric=True),
    ),
    text={
        "name": 10, "id": 1, "comment": 10, "report": 10, "models.input.model": 2, "models.output.model": 2, "script.repository": 1,
        "script.entry_point": 1,
    },
    text_index_name="backend-db.task.main_text_index",
    text_weights={"id": 10},
    keys={"last_metrics": 2, "hyperparams": 2, "unique_metrics": 0},
    covered=(
        ("company", "project", "last_metrics", "unique_metrics"), ("company", "project", "hyperparams"),
        ("project", "company", "status", "started", "completed", "system_tags", "user"), ("company", "tags", "system_tags"),
        ("name",),
    ),
    searched=("id", "name", "comment", "system_tags", "models.input.model", "models.output.model"),
)  # fmt: skip

TRASHED_TASKS = Collection("task__trash", fields=TASKS.fields)
"""Written by delete with `move_to_trash`; nothing reads it (spec 3 §2.2)."""

PROJECTS = Collection(
    "project",
    fields={
        "id": _text(), "company": _text("company"), "user": _text("user"), "name": _text(), "basename": _text(), "description": _text(),
        "created": _DATE, "last_update": _DATE, "tags": _TAGS, "system_tags": _TAGS, "default_output_destination": _text(),
        "featured": Field("int", 9999), "logo_url": _text(), "logo_blob": _text(), "company_origin": _text(),
        "parent": _text("project"), "path": Field("list"),
    },
    indexes=(
        *_indexes("parent", "path", "company+name", "company+basename", "company+parent+system_tags+featured+last_update"),
        Index(("name", "company"), unique=True, name="name_1_company_1"),
    ),
    text={"name": 10, "id": 1, "description": 10},
    text_index_name="backend-db.project.main_text_index",
    text_weights={"id": 10},
)  # fmt: skip

MODELS = Collection(
    "model",
    fields={
        "id": _text(), "company": _text("company"), "user": _text("user"), "name": _text(), "parent": _text("model"),
        "project": _text("project"), "task": _text("task"), "created": _DATE, "last_update": _DATE, "last_change": _DATE,
        "last_changed_by": _text(), "comment": _text(), "framework": _text(), "tags": _TAGS, "system_tags": _TAGS,
        "uri": _text(default=""), "design": Field("map", {}), "labels": Field("map", {}), "ready": _BOOL, "ui_cache": Field("map", {}),
        "company_origin": _text(), "metadata": Field("map", {}), "last_iteration": Field("int", 0), "last_metrics": Field("map", {}),
        "unique_metrics": Field("list"),
    },
    indexes=_indexes(
        "parent", "project", "task", "last_update", "company+last_update", "company+name", "company+uri", "company+tags",
        "company+system_tags", "company+project+tags", "company+project+system_tags", "company+user", "company+project+user",
        "company+framework", "company+project+framework",
    ),
    text={"name": 10, "id": 1, "comment": 10, "parent": 5, "task": 3, "project": 3},
    text_index_name="backend-db.model.main_text_index",
    text_weights={"id": 10},
    keys={"last_metrics": 2, "metadata": 1, "unique_metrics": 0},
    covered=(("company", "project", "metadata"), ("company", "project", "last_metrics", "unique_metrics"), ("created",),
             ("company", "tags", "system_tags")),
    searched=("id", "name", "comment"),
)  # fmt: skip

QUEUES = Collection(
    "queue",
    fields={
        "id": _text(), "company": _text("company"), "name": _text(), "display_name": _text(), "created": _DATE, "last_update": _DATE,
        "tags": _TAGS, "system_tags": _TAGS, "entries": Field("list", [], {"task": _text("task"), "added": _DATE}),
        "metadata": Field("map", {}), "resources": Field("embedded", None, {"cpu_usage": _FLOAT, "gpu_usage": _FLOAT}),
    },
    indexes=(Index(("name", "company"), unique=True, name="name_1_company_1"),),
)  # fmt: skip

USERS = Collection(
    "user",
    fields={
        "id": _text(), "company": _text("company"), "name": _text(), "family_name": _text(), "given_name": _text(), "avatar": _text(),
        "preferences": _text(default=""), "created_in_version": _text(), "created": _DATE,
    },
)  # fmt: skip

COMPANIES = Collection(
    "company",
    fields={
        "id": _text(), "name": _text(),
        "defaults": Field("embedded", None, {
            "cluster": _text(),
            "stats_option": Field("embedded", None, {
                "enabled": Field("bool", False), "enabled_version": _text(), "enabled_time": _DATE, "enabled_user": _text(),
            }),
        }),
    },
)  # fmt: skip

SETTINGS = Collection("settings", fields={"id": _text(), "value": Field("any")})
VERSIONS = Collection(
    "versions",
    fields={"id": _text(), "num": _text(), "created": _DATE, "desc": _text()},
    indexes=(Index(("-created", "-num")),),
)

AUTH_USERS = Collection(
    "user",
    database="auth",
    fields={
        "id": _text(), "name": _text(), "created": _DATE, "validated": _DATE, "role": _text(default="user"), "company": _text("company"),
        "credentials": Field("list", [], {
            "key": _text(), "secret": _text(), "label": _text(), "last_used": _DATE, "last_used_from": _text(),
        }),
        "email": _text(), "autocreated": Field("bool", False),
    },
    indexes=(Index(("email",), unique=True, sparse=True), Index(("credentials.key",))),
)  # fmt: skip

URLS_TO_DELETE = Collection(
    "url_to_delete",
    fields={
        "id": _text(), "company": _text("company"), "user": _text("user"), "url": _text(), "task": _text("task"), "created": _DATE,
        "storage_type": _text(), "type": _text(), "retry_count": Field("int", 0), "status": _text(default="created"),
        "last_failure_time": _DATE, "last_failure_reason": _text(),
    },
    indexes=(
        Index(("url", "company"), unique=True, sparse=True, name="url_1_company_1"), Index(("company", "user", "task")),
        Index(("company", "storage_type", "url")), Index(("status", "retry_count", "storage_type")), Index(("status", "created")),
    ),
)  # fmt: skip

PROJECT_CHANGES = Collection(
    "project_change",
    fields={
        "id": _text(), "company": _text("company"), "user": _text("user"), "created": _DATE, "kind": _text(), "stage": _text(),
        "project": _text("project"), "destination": _text("project"), "touched": Field("list"), "projects": Field("list"),
        "contents": _BOOL, "files": _BOOL, "tasks": Field("list"), "models": Field("list"),
    },
    indexes=_indexes("company+stage"),
)  # fmt: skip
"""Changes of trees of projects that are under way, or that a process which died has left (docs/projects.md). The reference has none."""

STORAGE_SETTINGS = Collection(
    "storage_settings",
    fields={
        "id": _text(), "company": _text("company"), "last_update": _DATE,
        "aws": Field("embedded", None, {
            "key": _text(), "secret": _text(), "token": _text(), "region": _text(), "use_credentials_chain": Field("bool", False),
            "buckets": Field("list", [], {
                "bucket": _text(), "subdir": _text(), "host": _text(), "key": _text(), "secret": _text(), "token": _text(),
                "multipart": Field("bool", True), "acl": _text(), "secure": Field("bool", True), "region": _text(),
                "verify": Field("bool", True), "use_credentials_chain": Field("bool", False),
            }),
        }),
        "google": Field("embedded", None, {
            "project": _text(), "credentials_json": _text(),
            "buckets": Field("list", [], {
                "bucket": _text(), "subdir": _text(), "project": _text(), "credentials_json": _text(),
            }),
        }),
        "azure": Field("embedded", None, {
            "containers": Field("list", [], {"account_name": _text(), "account_key": _text(), "container_name": _text()}),
        }),
    },
    indexes=(Index(("company",), unique=True, name="company_1"),),
)  # fmt: skip

ALL = (
    TASKS, TRASHED_TASKS, PROJECTS, PROJECT_CHANGES, MODELS, QUEUES, USERS, COMPANIES, SETTINGS, VERSIONS, AUTH_USERS, URLS_TO_DELETE,
    STORAGE_SETTINGS,
)  # fmt: skip
