"""Deleting, resetting and bulk actions change what the chapters say, and nothing else: every document and event before and after.

The world is full of bystanders: same names, ids that begin alike, references in both directions, other companies, files with like names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.backend import Backend
from apiserver.stores.collections import ALL, AUTH_USERS, MODELS, PROJECTS, QUEUES, TASKS, URLS_TO_DELETE, Collection
from apiserver.stores.events import TYPES, Entity, Selection
from apiserver.testing import stacks
from apiserver.testing.client import Client
from apiserver.testing.server import client, made
from apiserver.testing.snapshots import Snapshot

COMPANY, OTHER = "d1bd92a3b039400cbafc60a7a5b1e52b", "elsewhere"
Changes = dict[str, Any]
"""{"task t1": "gone", "new", or the names of its fields that differ}"""

KNOWN = ("t1", "t1x", "t2", "t3", "ta", "c1", "s1", "m1", "m2", "m4", "m5")
"""Tasks and models that have events."""
STAMPS = {"last_change", "last_changed_by"}
STATUS = {"status", "status_reason", "status_message", "status_changed", "last_update", *STAMPS}


def populate(api: Client) -> None:
    documents = api.backend.documents
    template = {name: documents.get(collection, key) for name, collection, key in templates(api)}

    def put(collection: Collection, kind: str, key: str, **fields: Any) -> None:
        someone = {"last_changed_by": "someone"} if collection in (TASKS, MODELS) else {}
        documents.insert(collection, {**template[kind], **someone, "id": key, "name": f"{kind} {key}", **fields})

    for key, above in (("p1", []), ("p1x", []), ("p2", ["p1"]), ("p3", ["p1", "p2"]), ("p4", [])):
        full = "/".join(f"project {part}" for part in [*above, key])
        tree = {"parent": above[-1]} if above else {}
        put(PROJECTS, "project", key, **{"basename": f"project {key}", "path": above, **tree})
        documents.replace(PROJECTS, {**documents.get(PROJECTS, key), "name": full})
    put(PROJECTS, "project", "pp", company="", company_origin=COMPANY, basename="project pp")

    def task(key: str, project: str | None, status: str = "created", **fields: Any) -> None:
        artifacts = {"out": {"key": "out", "type": "t", "mode": "output", "uri": f"s3://b/{key}/out"}}
        artifacts["in"] = {"key": "in", "type": "t", "mode": "input", "uri": f"s3://b/{key}/in"}
        put(TASKS, "task", key, status=status, project=project, **{"execution": {"artifacts": artifacts}, **fields})

    def queued(key: str, queue: str, project: str) -> None:
        task(key, project, "queued", execution={"queue": queue}, enqueue_status="created")

    task("t1", "p2", "completed", models={"input": [], "output": [named("m1"), named("m2"), named("m3")]}, last_worker="w")
    task("t1x", "p2", "completed", models={"input": [], "output": [named("m4")]})
    task("t2", "p1", "stopped", models={"input": [named("m2"), named("m5")], "output": []})
    task("t3", "p4", "created", parent="t1", models={"input": [named("m1x")], "output": []})
    task("t4", "p4", "published", models={"input": [], "output": [named("m6")]})
    task("t5", "p4", "in_progress")
    task("ta", "p4", "stopped", system_tags=["archived"])
    task("tp", None, "completed", company="", company_origin=COMPANY)
    task("tf", "p2", "completed", company=OTHER, parent="t1")
    task("c1", "p3", "completed", type="controller")
    task("s1", "p3", "completed", parent="c1")
    for key in ("q1a", "q1b"):
        queued(key, "q1", "p4")
    queued("q2a", "q2", "p4")

    def model(key: str, project: str | None, made_by: str | None, **fields: Any) -> None:
        put(MODELS, "model", key, **{"project": project, "task": made_by, "uri": f"s3://b/{key}", "ready": False, **fields})

    model("m1", "p2", "t1")
    model("m1x", "p4", None)
    model("m2", "p2", "t1")
    model("m3", "p4", "t1", ready=True)
    model("m4", "p3", "t1x")
    model("m5", "p1", None)
    model("m6", "p4", "t4")
    model("ma", "p2", None, system_tags=["archived"])
    model("mp", None, None, company="", company_origin=COMPANY)
    model("mf", "p2", "t1", company=OTHER)
    for key, waiting in (("q1", ["q1a", "q1b", "gone"]), ("q2", ["q2a"]), ("q3", [])):
        put(QUEUES, "queue", key, entries=[{"task": entry, "added": template["task"]["created"]} for entry in waiting])
    report(api)


def named(model: str) -> dict[str, Any]:
    return {"name": f"link {model}", "model": model}


def templates(api: Client) -> list[tuple[str, Collection, str]]:
    """A document of each kind as the server makes it."""
    return [
        ("task", TASKS, api.call("tasks.create", {"name": "template", "type": "training"})["id"]),
        ("model", MODELS, api.call("models.create", {"name": "template", "uri": "x"})["id"]),
        ("project", PROJECTS, api.call("projects.create", {"name": "template"})["id"]),
        ("queue", QUEUES, api.call("queues.create", {"name": "template"})["id"]),
    ]


def report(api: Client) -> None:
    """Events of tasks and models: a scalar, and an image at the same place of each one's own folder."""
    for key in KNOWN:
        event = {
            "task": key,
            "metric": "m",
            "variant": "v",
            "iter": 1,
            "timestamp": 1,
            "@timestamp": "2024-01-01T00:00:00+00:00",
            "worker": "w",
        }
        image = {**event, "type": "training_debug_image", "url": f"s3://b/{key}/image"}
        of_model = {"model_event": key.startswith("m")}
        api.backend.events.add(COMPANY, [{**event, **of_model, "type": "training_stats_scalar", "value": 1.0}, {**image, **of_model}])
    api.backend.events.add(OTHER, [{**event, "task": "t1", "type": "training_stats_scalar", "value": 1.0, "model_event": False}])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The stores of a server that knows all of this."""
    return made(tmp_path_factory.mktemp("world"), populate)


@pytest.fixture
def fresh(world: Snapshot, tmp_path: Path) -> Iterator[Client]:
    with stacks.place(tmp_path, holds=world) as found, client(found) as api:
        yield api


def whole(backend: Backend) -> dict[str, Any]:
    """Every document by what it is and its id; urls to be deleted by whose they are; the number of events of each task and model."""
    found: dict[str, Any] = {}
    for collection in ALL:
        for row in backend.documents.list(collection):
            if collection == URLS_TO_DELETE:
                found[f"url {row['url'].removeprefix('s3://b/')} of {row['task']}"] = row["type"]
            elif collection != AUTH_USERS:  # when a key was last used
                found[f"{collection.name} {row['id']}"] = row
    for key in KNOWN:
        for company in (COMPANY, OTHER):
            found[f"events {key}" if company == COMPANY else f"events {key} of {company}"] = (
                backend.events.count(Selection([Entity(company, key)], TYPES)) or None
            )
    return {name: value for name, value in found.items() if value is not None}


def difference(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    told: Changes = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if new is None or old is None:
            told[name] = "gone" if new is None else "new"
        elif isinstance(old, dict):
            told[name] = {key for key in old.keys() | new.keys() if old.get(key, ...) != new.get(key, ...)}
        else:
            told[name] = (old, new)
    return told


@frozen
class Row:
    """A call and all that it changes. new, gone: what, separated by commas. refused: (code, subcode)."""

    action: str
    data: dict[str, Any]
    refused: tuple[int, int] | None = None
    gone: str = ""
    new: str = ""
    changed: Mapping[str, set[str]] = field(factory=dict)
    succeeded: list[str] | None = None
    failed: Mapping[str, tuple[int, int]] | None = None

    @property
    def expected(self) -> Changes:
        lists = {"gone": self.gone, "new": self.new}
        return {name: what for what, names in lists.items() for name in names.split(", ") if name} | dict(self.changed)


ROWS = [
    Row(
        "tasks.delete",
        {"task": "t1", "force": True},
        gone="events m1, events t1, model m1, task t1",
        new="url m1 of t1, url m1/image of t1, url t1/image of t1, url t1/out of t1",
        changed={
            "model m2": {"task", *STAMPS},
            "model m3": {"task", *STAMPS},
            "project p2": {"last_update"},
            "task t3": {"parent", *STAMPS},
        },
    ),
    Row(
        "tasks.delete",
        {"task": "t1", "force": True, "delete_output_models": False, "delete_external_artifacts": False},
        gone="events t1, task t1",
        changed={
            "model m1": {"task", *STAMPS},
            "model m2": {"task", *STAMPS},
            "model m3": {"task", *STAMPS},
            "project p2": {"last_update"},
            "task t3": {"parent", *STAMPS},
        },
    ),
    Row(
        "tasks.delete",
        {"task": "ta", "move_to_trash": True},
        gone="events ta, task ta",
        new="task__trash ta, url ta/image of ta, url ta/out of ta",
        changed={"project p4": {"last_update"}},
    ),
    Row(
        "tasks.delete",
        {"task": "c1", "force": True, "include_pipeline_steps": True},
        gone="events c1, events s1, task c1, task s1",
        new="url c1/image of c1, url c1/out of c1, url s1/image of c1, url s1/out of c1",
        changed={"project p3": {"last_update"}},
    ),
    Row(
        "tasks.delete",
        {"task": "q1a", "force": True},
        gone="task q1a",
        changed={"project p4": {"last_update"}, "queue q1": {"entries", "last_update"}},
    ),
    Row(
        "tasks.delete",
        {"task": "t1"},
        (400, 123),
    ),
    Row(
        "tasks.delete_many",
        {"ids": ["t1x", "gone", "tp", "t3", "ta"]},
        gone="events t3, events ta, task t3, task ta",
        new="url t3/image of t3, url t3/out of t3, url ta/image of t3, url ta/out of t3",
        changed={"project p4": {"last_update"}},
        succeeded=["t3", "ta"],
        failed={"t1x": (400, 123), "gone": (400, 101), "tp": (403, 21)},
    ),
    Row(
        "tasks.reset",
        {"task": "t1", "force": True},
        gone="events m1, events t1, model m1",
        new="url m1 of t1, url m1/image of t1, url t1/image of t1, url t1/out of t1",
        changed={
            "model m2": {"task", *STAMPS},
            "model m3": {"task", *STAMPS},
            "project p2": {"last_update"},
            "task t1": {"execution", "last_worker", "models", *STATUS},
        },
    ),
    Row(
        "tasks.reset",
        {"task": "q1b"},
        changed={
            "project p4": {"last_update"},
            "queue q1": {"entries", "last_update"},
            "task q1b": {"enqueue_status", "execution", *STATUS},
        },
    ),
    Row(
        "tasks.reset",
        {"task": "t4"},
        (400, 110),
    ),
    Row(
        "tasks.reset_many",
        {"ids": ["t1x", "t1", "t3", "tf"]},
        gone="events m4, events t1x, events t3, model m4",
        new="url m4 of t1x, url m4/image of t1x, url t1x/image of t1x, url t1x/out of t1x, url t3/image of t1x, url t3/out of t1x",
        changed={
            "project p2": {"last_update"},
            "project p4": {"last_update"},
            "task t1x": {"execution", "models", *STATUS},
            "task t3": {"execution", "last_update", "status_changed", "status_message", "status_reason", *STAMPS},
        },
        succeeded=["t1x", "t3"],
        failed={"t1": (400, 123), "tf": (400, 101)},
    ),
    Row(
        "tasks.archive",
        {"tasks": ["q1a", "t5"]},
        changed={
            "project p4": {"last_update"},
            "queue q1": {"entries", "last_update"},
            "task q1a": {"enqueue_status", "system_tags", *STATUS},
            "task t5": {"enqueue_status", "system_tags", *STATUS},
        },
    ),
    Row(
        "tasks.archive_many",
        {"ids": ["q1a", "t5", "tp", "gone"]},
        changed={
            "project p4": {"last_update"},
            "queue q1": {"entries", "last_update"},
            "task q1a": {"enqueue_status", "system_tags", *STATUS},
            "task t5": {"enqueue_status", "system_tags", *STATUS},
        },
        succeeded=["q1a", "t5"],
        failed={"tp": (403, 21), "gone": (400, 101)},
    ),
    Row(
        "tasks.unarchive_many",
        {"ids": ["ta", "tf"]},
        changed={"task ta": {"status_message", "status_reason", "system_tags", *STAMPS}},
        succeeded=["ta"],
        failed={"tf": (400, 101)},
    ),
    Row(
        "tasks.stop_many",
        {"ids": ["q2a", "t5", "t4"]},
        changed={"project p4": {"last_update"}, "queue q2": {"entries", "last_update"}, "task q2a": {*STATUS}, "task t5": {*STATUS}},
        succeeded=["q2a", "t5"],
        failed={"t4": (400, 110)},
    ),
    Row(
        "tasks.publish_many",
        {"ids": ["t1", "t3"]},
        changed={"project p2": {"last_update"}, "task t1": {"published", *STATUS}},
        succeeded=["t1"],
        failed={"t3": (400, 110)},
    ),
    Row(
        "tasks.enqueue_many",
        {"ids": ["t3", "t4", "q1a"], "queue": "q3"},
        changed={
            "project p4": {"last_update"},
            "queue q1": {"entries", "last_update"},
            "queue q3": {"entries", "last_update"},
            "task q1a": {"execution", "last_update", "status_changed", "status_message", "status_reason", *STAMPS},
            "task t3": {"enqueue_status", "execution", *STATUS},
        },
        succeeded=["t3", "q1a"],
        failed={"t4": (400, 110)},
    ),
    Row(
        "tasks.dequeue_many",
        {"ids": ["q1a", "t4", "q2a"]},
        changed={
            "project p4": {"last_update"},
            "queue q1": {"entries", "last_update"},
            "queue q2": {"entries", "last_update"},
            "task q1a": {"enqueue_status", *STATUS},
            "task q2a": {"enqueue_status", *STATUS},
        },
        succeeded=["q1a", "t4", "q2a"],
        failed={},
    ),
    Row(
        "models.delete",
        {"model": "m1"},
        gone="events m1, model m1",
        new="url m1 of m1, url m1/image of m1",
        changed={"task t1": {"models", *STAMPS}},
    ),
    Row(
        "models.delete",
        {"model": "m2", "force": True},
        gone="events m2, model m2",
        new="url m2 of m2, url m2/image of m2",
        changed={"task t1": {"models", *STAMPS}, "task t2": {"models"}},
    ),
    Row(
        "models.delete",
        {"model": "m6", "force": True},
        gone="model m6",
        new="url m6 of m6",
        changed={"task t4": {"models", "output", *STAMPS}},
    ),
    Row(
        "models.delete",
        {"model": "m5"},
        (400, 205),
    ),
    Row(
        "models.delete_many",
        {"ids": ["m4", "m2", "m6", "mp", "mf", "m4"]},
        gone="events m4, model m4",
        new="url m4 of m4, url m4/image of m4",
        changed={"task t1x": {"models", *STAMPS}},
        succeeded=["m4"],
        failed={"m2": (400, 205), "m6": (400, 206), "mp": (400, 201), "mf": (400, 201), "m4": (400, 201)},
    ),
    Row(
        "models.archive_many",
        {"ids": ["m1", "ma", "mp"]},
        changed={"model m1": {"system_tags", *STAMPS}, "model ma": {*STAMPS}},
        succeeded=["m1", "ma"],
        failed={"mp": (400, 201)},
    ),
    Row(
        "models.unarchive_many",
        {"ids": ["m1", "ma", "mf"]},
        changed={"model m1": {*STAMPS}, "model ma": {"system_tags", *STAMPS}},
        succeeded=["m1", "ma"],
        failed={"mf": (400, 201)},
    ),
    Row(
        "models.publish_many",
        {"ids": ["m1", "m3", "ma", "gone"]},
        changed={
            "model m1": {"last_update", "ready", *STAMPS},
            "model ma": {"last_update", "ready", *STAMPS},
            "project p2": {"last_update"},
            "task t1": {"published", *STATUS},
        },
        succeeded=["m1", "ma"],
        failed={"m3": (400, 203), "gone": (400, 201)},
    ),
    Row(
        "projects.delete",
        {"project": "p2", "force": True},
        gone="project p2, project p3",
        changed={
            "model m1": {"project"},
            "model m2": {"project"},
            "model m4": {"project"},
            "model ma": {"project"},
            "task c1": {"project"},
            "task s1": {"project"},
            "task t1": {"project"},
            "task t1x": {"project"},
        },
    ),
    Row(
        "projects.delete",
        {"project": "p2", "force": True, "delete_contents": True},
        gone=(
            "events c1, events m1, events m2, events m4, events s1, events t1, events t1x, model m1, model m2, model m4, "
            "model ma, project p2, project p3, task c1, task s1, task t1, task t1x"
        ),
        new=(
            "url c1/image of p2, url c1/out of p2, url m1 of p2, url m1/image of p2, url m2 of p2, url m2/image of p2, "
            "url m4 of p2, url m4/image of p2, url ma of p2, url s1/image of p2, url s1/out of p2, url t1/image of p2, "
            "url t1/out of p2, url t1x/image of p2, url t1x/out of p2"
        ),
        changed={"model m3": {"task", *STAMPS}, "task t2": {"models"}, "task t3": {"parent", *STAMPS}},
    ),
    Row(
        "projects.delete",
        {"project": "p4", "force": True, "delete_contents": True},
        gone=(
            "events t3, events ta, model m1x, model m3, model m6, project p4, task q1a, task q1b, task q2a, task t3, task t4, task t5, "
            "task ta"
        ),
        new=(
            "url m1x of p4, url m3 of p4, url m6 of p4, url t3/image of p4, url t3/out of p4, url t4/out of p4, url t5/out of p4, "
            "url ta/image of p4, url ta/out of p4"
        ),
        changed={
            "queue q1": {"entries", "last_update"},
            "queue q2": {"entries", "last_update"},
            "task t1": {"models", *STAMPS},
        },
    ),
    Row(
        "projects.delete",
        {"project": "p2"},
        (400, 402),
    ),
    Row(
        "queues.delete",
        {"queue": "q1", "force": True},
        gone="queue q1",
        changed={
            "project p4": {"last_update"},
            "task q1a": {"enqueue_status", "execution", *STATUS},
            "task q1b": {"enqueue_status", "execution", *STATUS},
        },
    ),
    Row(
        "queues.delete",
        {"queue": "q3"},
        gone="queue q3",
    ),
    Row(
        "queues.clear_queue",
        {"queue": "q1"},
        changed={
            "project p4": {"last_update"},
            "queue q1": {"entries"},
            "task q1a": {"enqueue_status", "execution", *STATUS},
            "task q1b": {"enqueue_status", "execution", *STATUS},
        },
    ),
    Row(
        "queues.remove_task",
        {"queue": "q1", "task": "q1a", "update_task_status": True},
        changed={
            "project p4": {"last_update"},
            "queue q1": {"entries", "last_update"},
            "task q1a": {"enqueue_status", "execution", *STATUS},
        },
    ),
    Row(
        "queues.remove_task",
        {"queue": "q1", "task": "q1b"},
        changed={"queue q1": {"entries", "last_update"}},
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.action} {row.data}"[:80] for row in ROWS])
def test_all_that_changes(fresh: Client, row: Row) -> None:
    """Bulk forms: what became of each id, in the order of the ids."""
    before = whole(fresh.backend)
    raw = fresh.call_raw(row.action, row.data)
    assert (raw.status, raw.body["meta"]["result_subcode"]) == (row.refused or (200, 0))
    assert difference(before, whole(fresh.backend)) == row.expected
    answer = raw.body["data"]
    if row.succeeded is not None:
        assert [item["id"] for item in answer["succeeded"]] == row.succeeded
        assert {item["id"]: tuple(item["error"]["codes"]) for item in answer["failed"]} == row.failed
        assert all(item["error"]["msg"] for item in answer["failed"])


def test_every_bulk_action_has_a_row() -> None:
    """The actions that answer with `succeeded` and `failed` (spec 3 §13, 5 §1.3)."""
    bulk = {f"{service}.{action}" for service, action in names_of_actions() if action.endswith("_many")}
    assert {row.action for row in ROWS if row.succeeded is not None} == bulk


def names_of_actions() -> list[tuple[str, str]]:
    return [(service, action) for service, _, action in (name.partition(".") for name in ENDPOINTS) if service in ("tasks", "models")]
