"""Every task status by every action by force does what the recorded matrix says.

The matrix is data (`tests/contract/data/status-matrix.json`, its own head explains the columns). One task for each status is prepared
through the API; each cell then runs on a fresh copy of its documents.
"""

from __future__ import annotations

import copy
import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apiserver import clock
from apiserver.domain import task_status
from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.collections import MODELS, PROJECTS, QUEUES, TASKS, TRASHED_TASKS
from apiserver.stores.filters import Eq
from apiserver.testing.client import Client
from apiserver.testing.server import serving

MATRIX = json.loads((Path(__file__).parents[1] / "contract" / "data" / "status-matrix.json").read_text())
ACTIONS = list(dict.fromkeys(row["action"] for row in MATRIX["rows"]))
NESTED = ("output", "execution", "script", "models", "runtime", "hyperparams", "configuration")
MANY = ("stop_many", "publish_many", "reset_many", "enqueue_many", "dequeue_many", "delete_many", "archive_many", "unarchive_many")
SOMEONE = "someone else"


def ours(row: dict[str, Any]) -> dict[str, Any]:
    """The row as this server wants it, where that differs from the recording."""
    row = dict(row)
    if (row["code"], row["subcode"]) == (500, 1):
        row |= {"code": 400, "subcode": 110}  # a status without transitions refuses like any other: docs/decisions/0062
    if row["action"].startswith("reset") and row["code"] == 400:
        row |= {"output_model": "draft", "in_queues": [row["in_queues"][0]] * 2}  # refused before anything goes: docs/decisions/0060
    return row


class Bench:
    """A company with a project, two queues, and one prepared task for each status."""

    def __init__(self, api: Client) -> None:
        self.api = api
        self.documents = api.backend.documents
        self.project = self.call("projects.create", name="matrix")["id"]
        self.other = self.call("projects.create", name="matrix other")["id"]
        self.queues = [self.new_queue("first"), self.new_queue("second")]
        self.templates: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def call(self, action: str, /, **data: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.api.call(action, data)
        return answer

    def new_queue(self, name: str) -> str:
        key, company = uuid.uuid4().hex, self.documents.get(PROJECTS, self.project)["company"]
        self.documents.insert(QUEUES, {"id": key, "company": company, "name": name, "entries": [], "tags": [], "system_tags": []})
        return key

    def template(self, status: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if status not in self.templates:
            self.templates[status] = self.prepare(status)
        return self.templates[status]

    def prepare(self, status: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """A task in the status, with its draft output model, as stored."""
        task = self.call("tasks.create", **SCAFFOLD, project=self.project)["id"]
        model = self.call("models.create", name="draft", uri="s3://b/m", task=task, project=self.project, ready=False)["id"]
        self.call("tasks.add_or_update_model", task=task, name="out", model=model, type="output")
        base, _, extra = status.partition("+")
        said = {"task": task, "status_reason": "prep", "status_message": "prep"}
        started = ("in_progress", "stopped", "published", "closed", "failed", "completed")
        if base == "queued":
            self.call("tasks.enqueue", queue=self.queues[0], **said)
        if base in started:
            self.call("tasks.started", **said)
        if base in ("stopped", "failed", "completed"):
            self.call(f"tasks.{base}", **said)
        if base == "closed":
            self.call("tasks.stopped", **said)
            self.call("tasks.close", **said)
        if base == "published":
            self.call("tasks.stop", **said)
            self.call("tasks.publish", publish_model=False, **said)
        if base in ("publishing", "unknown"):
            self.call("tasks.edit", task=task, force=True, status=base)
        stored = self.documents.get(TASKS, task)
        if base == "queued":
            self.documents.replace(QUEUES, {**self.documents.get(QUEUES, self.queues[0]), "entries": []})
        if extra == "worker":
            stored |= {"last_worker": "w", "last_worker_report": clock.now()}
        if extra in ("archived", "development"):
            stored["system_tags"] = [extra]
        if extra == "public":
            stored |= {"company": "", "company_origin": stored["company"]}
        return stored, self.documents.get(MODELS, model)

    def place(self, status: str) -> dict[str, Any]:
        """A fresh copy of the prepared task and model; returns the stored task."""
        task, model = copy.deepcopy(self.template(status))
        task["id"], model["id"] = uuid.uuid4().hex, uuid.uuid4().hex
        model["task"] = task["id"]
        task["models"]["output"][0]["model"] = model["id"]
        before = clock.now() - timedelta(seconds=5)
        for name in ("created", "started", "completed", "published", "status_changed", "last_update", "last_change"):
            if name in task:
                task[name] = before
        task["last_changed_by"] = SOMEONE
        self.documents.insert(MODELS, model)
        self.documents.insert(TASKS, task)
        if status == "queued":
            queue = self.documents.get(QUEUES, self.queues[0])
            self.documents.replace(QUEUES, {**queue, "entries": [{"task": task["id"], "added": before}]})
        return dict(self.documents.get(TASKS, task["id"]))

    def entries(self, task: str) -> int:
        queues = [self.documents.get(QUEUES, key) for key in self.queues]
        return sum(1 for queue in queues for entry in queue["entries"] if entry["task"] == task)

    def model_state(self, model: str) -> str:
        found = self.documents.find(MODELS, Eq("id", model))
        if found is None:
            return "deleted"
        state = "ready" if found.get("ready") else "draft"
        return state if found.get("task") else f"{state}, task unset"

    def clear(self) -> None:
        for key in self.queues:
            self.documents.replace(QUEUES, {**self.documents.get(QUEUES, key), "entries": []})


SCAFFOLD: dict[str, Any] = {
    "name": "matrix",
    "type": "training",
    "hyperparams": {
        "Args": {name: {"section": "Args", "name": name, "value": "1"} for name in ("a", "b")},
        "properties": {"p": {"section": "properties", "name": "p", "value": "1"}},
    },
    "configuration": {"c": {"name": "c", "value": "1"}},
    "runtime": {"r": 1},
    "output_dest": "s3://b/out",
    "script": {"repository": "r", "branch": "b", "requirements": {"pip": "x"}},
    "execution": {
        "artifacts": [{"key": "in", "type": "t", "mode": "input"}, {"key": "out", "type": "t", "mode": "output", "uri": "s3://b/a"}]
    },
}

Send = Callable[[Bench, dict[str, Any]], dict[str, Any]]
SPECIAL: dict[str, Send] = {
    "enqueue": lambda b, t: {"queue": b.queues[0]},
    "enqueue other queue": lambda b, t: {"queue": b.queues[1]},
    "enqueue unknown queue": lambda b, t: {"queue": "nope"},
    "enqueue update_execution_queue=false": lambda b, t: {"queue": b.queues[1], "update_execution_queue": False},
    "enqueue_many": lambda b, t: {"queue": b.queues[0]},
    "edit comment": lambda b, t: {"comment": "new"},
    "edit script": lambda b, t: {"script": {"branch": "new"}},
    "edit status=completed": lambda b, t: {"status": "completed"},
    "edit empty": lambda b, t: {},
    "update": lambda b, t: {"comment": "new"},
    "update_batch": lambda b, t: {"comment": "new"},
    "set_requirements": lambda b, t: {"requirements": {"pip": "new"}},
    "events.add": lambda b, t: {"type": "training_stats_scalar", "metric": "m", "variant": "v", "iter": 3, "value": 1.0},
    "events.add log": lambda b, t: {"type": "log", "msg": "words"},
    "edit_hyper_params": lambda b, t: {"hyperparams": [{"section": "Args", "name": "a", "value": "2"}]},
    "edit_hyper_params properties": lambda b, t: {"hyperparams": [{"section": "properties", "name": "q", "value": "2"}]},
    "delete_hyper_params": lambda b, t: {"hyperparams": [{"section": "Args", "name": "a"}]},
    "delete_hyper_params properties": lambda b, t: {"hyperparams": [{"section": "properties"}]},
    "edit_configuration": lambda b, t: {"configuration": [{"name": "d", "value": "2"}]},
    "delete_configuration": lambda b, t: {"configuration": ["c"]},
    "add_or_update_artifacts": lambda b, t: {"artifacts": [{"key": "new", "type": "t"}]},
    "delete_artifacts": lambda b, t: {"artifacts": [{"key": "out"}]},
    "add_or_update_model": lambda b, t: {"name": "more", "model": "m", "type": "output", "iteration": 3},
    "delete_models": lambda b, t: {"models": [{"name": "out", "type": "output"}]},
    "edit_runtime": lambda b, t: {"add_or_update": {"n": "1"}, "remove": ["r"]},
    "move": lambda b, t: {"project": b.other},
    "update_tags": lambda b, t: {"add_tags": ["new"]},
    "models.set_ready force_publish_task": lambda b, t: {"model": t["models"]["output"][0]["model"]},
}


def perform(bench: Bench, action: str, task: dict[str, Any], *, force: bool) -> tuple[int, int, dict[str, Any], bool]:
    """(code, subcode, answer, whether the codes are those of a bulk failure)."""
    name, _, option = action.partition(" ")
    endpoint = name if "." in name else f"tasks.{name}"
    data: dict[str, Any] = {"task": task["id"], "force": force, "status_reason": "reason", "status_message": "message"}
    if name in (*MANY, "make_public", "make_private", "move", "update_tags"):
        data["ids"] = [data.pop("task")]
    elif name == "archive":
        data["tasks"] = [data.pop("task")]
    elif name == "events.add":
        data = {"task": task["id"], "allow_locked": force}
    elif name == "update_batch":
        data = {"task": task["id"]}
    elif name == "models.set_ready":
        data = {"force_publish_task": force}
    if action in SPECIAL:
        data |= SPECIAL[action](bench, task)
    elif "=" in option:
        key, value = option.split("=")
        data[key] = {"true": True, "false": False}.get(value, value)
    raw = bench.api.call_raw(endpoint, data)
    status, answer = raw.status, raw.body["data"]
    if status == 200 and name in MANY and answer["failed"]:
        code, subcode = answer["failed"][0]["error"]["codes"]
        return code, subcode, {}, True
    if name in MANY and status == 200:
        answer = answer["succeeded"][0]
    return status, raw.body["meta"]["result_subcode"], answer or {}, False


def flat(task: dict[str, Any]) -> dict[str, Any]:
    """The stored document with the parts of NESTED taken apart one level."""
    rows: dict[str, Any] = {}
    for name, value in task.items():
        if name in NESTED and isinstance(value, dict) and value:
            rows |= {f"{name}.{inner}": part for inner, part in value.items()}
        else:
            rows[name] = value
    return rows


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[str], list[str]]:
    old, new = flat(before), flat(after)
    changed = {name for name, value in new.items() if name not in old or old[name] != value}
    if "last_metrics" in changed:
        changed.add("last_metrics.*")
    gone = {name for name in old if name not in new} | {name for name in before if name not in after}
    return sorted(changed), sorted(gone)


def observed(bench: Bench, row: dict[str, Any]) -> dict[str, Any]:
    """Run one cell and describe what happened, in the columns of the matrix."""
    before = bench.place(row["status"])
    key, model = before["id"], before["models"]["output"][0]["model"]
    entries = bench.entries(key)
    code, subcode, answer, bulk = perform(bench, row["action"], before, force=row["force"])
    after = bench.documents.find(TASKS, Eq("id", key))
    seen: dict[str, Any] = {
        "code": code,
        "subcode": subcode,
        "in_queues": [entries, bench.entries(key)],
        "output_model": bench.model_state(model),
    }
    seen["status_after"] = after["status"] if after else None
    seen["set"], seen["unset"] = differences(before, after) if after else ([], [])
    if bulk:
        seen["bulk"] = True
    if after is None:
        seen["document"] = "in task__trash" if bench.documents.count(TRASHED_TASKS, Eq("id", key)) else "gone"
    elif "enqueue_status" in after:
        seen["enqueue_status"] = after["enqueue_status"]
    if "status_reason" in row and after:
        seen["status_reason"] = after.get("status_reason")
        message = after.get("status_message")
        seen["status_message"] = "Stopped by <user name>" if str(message).startswith("Stopped by ") else message
    if "fields_in_answer" in row:
        seen["fields_in_answer"] = sorted(answer.get("fields") or {})
    bench.clear()
    return seen


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with serving(tmp_path_factory.mktemp("matrix")) as api:
        yield Bench(api)


@pytest.mark.parametrize("action", ACTIONS)
def test_action(bench: Bench, action: str) -> None:
    """The action does in each status, with and without force, what the matrix says."""
    wrong = []
    for row in map(ours, (row for row in MATRIX["rows"] if row["action"] == action)):
        expected = {name: value for name, value in row.items() if name not in ("status", "action", "force")}
        seen = observed(bench, row)
        names = sorted(name for name in seen.keys() | expected.keys() if seen.get(name) != expected.get(name))
        if names:
            told = "; ".join(f"{n} is {seen.get(n)!r}, wanted {expected.get(n)!r}" for n in names)
            wrong.append(f"{row['status']}{' force' if row['force'] else ''}: {told}")
    assert not wrong, "\n".join(wrong)


STATUSES = tuple(dict.fromkeys(row["status"] for row in MATRIX["rows"]))
STATUS_ACTIONS = (
    "started", "stopped", "completed", "failed", "close", "stop", "enqueue", "dequeue", "reset", "publish", "archive", "delete", "edit",
)  # fmt: skip
"""What changes a status, or removes it (spec 3 §5.3, §11.2)."""


def test_the_matrix_is_whole() -> None:
    """Each of its actions has a row for each status, with force and without; no status and no status action is missing."""
    rows = [(row["status"], row["action"], row["force"]) for row in MATRIX["rows"]]
    assert sorted(rows) == sorted(itertools.product(STATUSES, ACTIONS, (False, True)))
    assert {status.partition("+")[0] for status in STATUSES} == set(task_status.STATUSES)
    assert {*STATUS_ACTIONS, *MANY} <= {action.partition(" ")[0] for action in ACTIONS}
    bulk = {name.partition(".")[2] for name in ENDPOINTS if name.startswith("tasks.") and name.endswith("_many")}
    assert bulk == set(MANY)


@pytest.mark.parametrize(
    ("action", "wanted"), [("stopped", "stopped"), ("failed", "failed"), ("completed", "completed"), ("close", "closed")]
)
def test_the_table_of_transitions_is_the_matrix(action: str, wanted: str) -> None:
    """`domain/task_status.py` says the same as the recording, for the actions that go by the table alone."""
    for row in (row for row in map(ours, MATRIX["rows"]) if row["action"] == action and not row["status"].endswith("+public")):
        current = row["status"].partition("+")[0]
        assert task_status.allowed(current, wanted, force=row["force"]) == (row["code"] == 200), row
        assert row["status_after"] == (wanted if row["code"] == 200 else current)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("action", MANY)
def test_many_at_once(bench: Bench, action: str, force: bool) -> None:
    """One call for a task of each status: each fares as the matrix says for it alone, in their order; unknown ids do not stop it."""
    rows = {row["status"]: ours(row) for row in MATRIX["rows"] if row["action"] == action and row["force"] == force}
    tasks = {status: bench.place(status)["id"] for status in STATUSES}
    data: dict[str, Any] = {"ids": [*tasks.values(), "unknown"], "force": force}
    answer = bench.call(f"tasks.{action}", **data, **(SPECIAL[action](bench, {}) if action in SPECIAL else {}))
    named = {key: status for status, key in tasks.items()}
    fine = [named[item["id"]] for item in answer["succeeded"] if item["id"] in named]
    failed = {named[item["id"]]: tuple(item["error"]["codes"]) for item in answer["failed"] if item["id"] in named}
    assert fine == [status for status in STATUSES if not rows[status].get("bulk")]
    assert failed == {status: (row["code"], row["subcode"]) for status, row in rows.items() if row.get("bulk")}
    assert ("unknown" in {item["id"] for item in answer["succeeded"]}) == (action == "dequeue_many")  # spec 3 §13
    for status, key in tasks.items():
        left = bench.documents.find(TASKS, Eq("id", key))
        assert (left["status"] if left else None) == rows[status]["status_after"], status
    bench.clear()
