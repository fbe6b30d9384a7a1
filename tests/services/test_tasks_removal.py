"""Reset and delete: what goes, what stays, and what a refusal leaves untouched."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.stores.collections import MODELS, QUEUES, TASKS, TRASHED_TASKS, URLS_TO_DELETE
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client


def make(api: Client, **fields: Any) -> str:
    return str(api.call("tasks.create", {"name": "a task", "type": "training", **fields})["id"])


def make_model(api: Client, task: str, *, ready: bool = False, uri: str = "s3://b/model") -> str:
    return str(api.call("models.create", {"name": "a model", "uri": uri, "ready": ready, "task": task})["id"])


def get(api: Client, task: str) -> dict[str, Any]:
    found: dict[str, Any] = api.call("tasks.get_by_id", {"task": task})["task"]
    return found


def refused(api: Client, name: str, data: dict[str, Any]) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def report(api: Client, task: str) -> None:
    event = {"type": "training_stats_scalar", "task": task, "metric": "m", "variant": "v", "iter": 1, "value": 1.0}
    image = {"type": "training_debug_image", "task": task, "metric": "i", "variant": "v", "iter": 1, "url": "s3://b/image"}
    assert api.batch("events.add_batch", [event, image])["added"] == 2


def events_of(api: Client, task: str) -> int:
    return int(api.call("events.get_task_events", {"task": task})["total"])


def scheduled(api: Client) -> dict[str, str]:
    return {row["url"]: row["task"] for row in api.backend.documents.list(URLS_TO_DELETE)}


ARTIFACTS = [{"key": "out", "type": "t", "uri": "s3://b/out"}, {"key": "in", "type": "t", "mode": "input", "uri": "s3://b/in"}]


def test_reset_takes_the_run_and_keeps_the_definition(api: Client) -> None:
    """Events, drafts, output artifacts and what the run wrote go; the definition stays."""
    task = make(api, execution={"artifacts": ARTIFACTS}, runtime={"r": 1}, tags=["t"], container={"image": "i"})
    model = make_model(api, task)
    api.call("tasks.started", {"task": task})
    report(api, task)
    answer = api.call("tasks.reset", {"task": task, "return_file_urls": True})
    assert answer["urls"] == {"model_urls": ["s3://b/model"], "artifact_urls": ["s3://b/out"], "event_urls": []}
    assert (answer["deleted_models"], answer["events"], answer["dequeued"]) == (1, {}, {})
    after = get(api, task)
    assert (after["status"], after["last_iteration"], after["last_metrics"], after["runtime"]) == ("created", 0, {}, {})
    assert "started" not in after
    assert [a["key"] for a in after["execution"]["artifacts"]] == ["in"]
    assert (after["tags"], after["container"]) == (["t"], {"image": "i"})
    assert events_of(api, task) == 0
    assert api.backend.documents.find(MODELS, Eq("id", model)) is None
    assert scheduled(api) == dict.fromkeys(("s3://b/out", "s3://b/model", "s3://b/image"), task)


def test_delete_takes_events_drafts_and_files(api: Client) -> None:
    """A deleted task leaves marked children, and nothing else of its own."""
    task = make(api, execution={"artifacts": ARTIFACTS})
    child = make(api, parent=task)
    make_model(api, task)
    report(api, task)
    answer = api.call("tasks.delete", {"task": task})
    assert answer == {"deleted": True, "updated_children": 1, "updated_models": 0, "deleted_models": 1, "urls": None}
    assert get(api, child)["parent"] == f"__DELETED__{task}"
    assert api.backend.events.urls(get(api, child)["company"], [task]) == []
    assert scheduled(api).keys() == {"s3://b/out", "s3://b/model", "s3://b/image"}
    assert api.backend.documents.count(TRASHED_TASKS) == 0


def test_without_external_artifacts_files_stay(api: Client) -> None:
    """Asked not to touch files, the server queues none; the events go all the same."""
    task = make(api, execution={"artifacts": ARTIFACTS})
    report(api, task)
    api.call("tasks.reset", {"task": task, "force": True, "delete_external_artifacts": False})
    assert scheduled(api) == {}
    assert events_of(api, task) == 0


def test_kept_models_keep_their_files(api: Client) -> None:
    """Models that are to stay are not deleted, and neither are their files (decision 0061)."""
    task = make(api)
    model = make_model(api, task)
    answer = api.call("tasks.delete", {"task": task, "delete_output_models": False, "return_file_urls": True})
    assert (answer["updated_models"], answer["deleted_models"], answer["urls"]["model_urls"]) == (1, 0, ["s3://b/model"])
    assert api.backend.documents.get(MODELS, model)["task"] == f"__DELETED__{task}"
    assert scheduled(api) == {}


def test_models_in_use_and_published_ones_stay(api: Client) -> None:
    """A draft that another task uses loses its task; a published model needs force and is marked."""
    task = make(api)
    used, ready = make_model(api, task), make_model(api, task, ready=True)
    make(api, models={"input": [{"name": "n", "model": used}]})
    assert refused(api, "tasks.delete", {"task": task}) == (400, 123)
    answer = api.call("tasks.delete", {"task": task, "force": True})
    assert (answer["deleted_models"], answer["updated_models"]) == (0, 1)
    assert "task" not in api.backend.documents.get(MODELS, used)
    assert api.backend.documents.get(MODELS, ready)["task"] == f"__DELETED__{task}"


def test_a_refused_reset_changes_nothing(api: Client) -> None:
    """Refused for its status, its children or its models, a task keeps its models, events and queue entry (decision 0060)."""
    task = make(api)
    model = make_model(api, task)
    report(api, task)
    queue = str(api.call("queues.create", {"name": "first"})["id"])
    api.call("tasks.enqueue", {"task": task, "queue": queue})
    documents = api.backend.documents
    child = make(api, parent=task)
    documents.update(TASKS, Eq("id", child), Set("status", "published"))
    before = documents.get(TASKS, task)
    assert refused(api, "tasks.reset", {"task": task}) == (400, 123)
    documents.update(TASKS, Eq("id", child), Set("status", "created"))
    documents.update(MODELS, Eq("id", model), Set("ready", True))
    assert refused(api, "tasks.reset", {"task": task}) == (400, 123)
    assert documents.get(TASKS, task) == before
    assert documents.get(QUEUES, queue)["entries"]
    assert documents.get(MODELS, model)
    assert events_of(api, task) == 2


def test_another_companys_model_stays(api: Client) -> None:
    """An output list may name any model; one of another company is not touched."""
    task = make(api)
    model = make_model(api, task)
    api.call("tasks.add_or_update_model", {"task": task, "name": "o", "model": model, "type": "output"})
    api.backend.documents.update(MODELS, Eq("id", model), Set("company", "another"))
    assert api.call("tasks.delete", {"task": task, "return_file_urls": True})["urls"]["model_urls"] == []
    assert api.backend.documents.get(MODELS, model)["task"] == task


def test_a_pipeline_goes_with_its_steps(api: Client) -> None:
    """The steps of a controller go with their events and files; other children only lose their parent."""
    controller = make(api, type="controller")
    step = make(api, parent=controller, execution={"artifacts": ARTIFACTS})
    api.call("tasks.started", {"task": step})
    report(api, step)
    company = get(api, step)["company"]
    answer = api.call("tasks.delete", {"task": controller, "include_pipeline_steps": True})
    assert answer["updated_children"] == 0
    assert api.backend.documents.count(TASKS) == 0
    assert api.backend.events.urls(company, [step]) == []
    assert scheduled(api) == {"s3://b/out": controller, "s3://b/image": controller}


def test_trash(api: Client) -> None:
    """Moved to the trash, a task is gone and a copy of it is kept."""
    task = make(api)
    api.call("tasks.delete", {"task": task, "move_to_trash": True})
    assert api.backend.documents.get(TRASHED_TASKS, task)["name"] == "a task"
    assert refused(api, "tasks.get_by_id", {"task": task}) == (400, 101)


def test_delete_many_goes_on(api: Client) -> None:
    """One that fails does not stop the others; all files are queued under the first."""
    tasks = [make(api, execution={"artifacts": [{"key": "k", "type": "t", "uri": f"s3://b/{n}"}]}) for n in range(2)]
    answer = api.call("tasks.delete_many", {"ids": [tasks[0], "nope", tasks[1], tasks[0]]})
    assert [item["id"] for item in answer["succeeded"]] == tasks
    assert [(item["id"], item["error"]["codes"]) for item in answer["failed"]] == [("nope", [400, 101]), (tasks[0], [400, 101])]
    assert scheduled(api) == {"s3://b/0": tasks[0], "s3://b/1": tasks[0]}
