"""Status changes are atomic, and what stands around them happens. The cells of the matrix are in `test_status_matrix.py`."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest

from apiserver import clock
from apiserver.logic import queues
from apiserver.stores.collections import MODELS, QUEUES, TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client


def make(api: Client, **fields: Any) -> str:
    return str(api.call("tasks.create", {"name": "a task", "type": "training", **fields})["id"])


def get(api: Client, task: str) -> dict[str, Any]:
    found: dict[str, Any] = api.call("tasks.get_by_id", {"task": task})["task"]
    return found


def refused(api: Client, name: str, data: dict[str, Any]) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def queue_of(api: Client, queue: str) -> list[str]:
    return [entry["task"] for entry in api.backend.documents.get(QUEUES, queue)["entries"]]


def test_a_lost_race_is_told(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change whose starting status is gone by the time of the write is refused, and writes nothing."""
    task = make(api)
    documents = api.backend.documents
    real = type(documents).find

    def find(self: Any, collection: Any, where: Any, **more: Any) -> Any:
        found = real(self, collection, where, **more)
        if collection is TASKS and found and "status_reason" not in found and more.get("fields") and "started" in more["fields"]:
            documents.update(TASKS, Eq("id", task), Set("status", "published"))
        return found

    monkeypatch.setattr(type(documents), "find", find)
    assert refused(api, "tasks.started", {"task": task}) == (400, 121)
    monkeypatch.undo()
    assert get(api, task)["status"] == "published"
    assert "started" not in get(api, task)


def test_of_many_at_once_one_ends_the_task(api: Client) -> None:
    """Many threads end one running task in two ways; the status is one of the winners' and every loser is told."""
    task = make(api)
    api.call("tasks.started", {"task": task})
    codes: list[Any] = []

    def end(action: str) -> None:
        answer = api.call_raw(f"tasks.{action}", {"task": task})
        codes.append((action, answer.status, answer.body["meta"]["result_subcode"]))

    threads = [threading.Thread(target=end, args=(action,)) for action in ("completed", "failed") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = {action for action, status, _ in codes if status == 200}
    assert won == {get(api, task)["status"]}
    assert {subcode for _, status, subcode in codes if status != 200} <= {110, 121}


def test_started_again_keeps_the_start(api: Client) -> None:
    """The start time of a running task stays; started anew after an end it is fresh, and the end is gone."""
    task = make(api)
    first = api.call("tasks.started", {"task": task})["fields"]["started"]
    assert "started" not in api.call("tasks.started", {"task": task})["fields"]
    assert get(api, task)["started"][:23] == first[:23]
    api.call("tasks.completed", {"task": task})
    api.call("tasks.started", {"task": task})
    assert "completed" not in get(api, task)


def test_ping_renews_the_duration(api: Client) -> None:
    """A ping of a running task writes how long it has been running; of any other it only stamps."""
    task = make(api)
    api.call("tasks.ping", {"task": task})
    assert "active_duration" not in get(api, task)
    api.call("tasks.started", {"task": task})
    api.backend.documents.update(TASKS, Eq("id", task), Set("started", clock.now() - timedelta(seconds=100)))
    api.call("tasks.ping", {"task": task})
    assert 100 <= get(api, task)["active_duration"] < 110
    api.call("tasks.stopped", {"task": task})
    api.call("tasks.started", {"task": task})
    assert "active_duration" not in get(api, task)


def test_publish_takes_the_last_output_model_along(api: Client) -> None:
    """Only the last output model is made ready."""
    task = make(api)
    models = [str(api.call("models.create", {"name": f"model {n}", "uri": "u", "ready": False})["id"]) for n in range(2)]
    for model in models:
        api.call("tasks.add_or_update_model", {"task": task, "name": model, "model": model, "type": "output"})
    api.call("tasks.publish", {"task": task, "force": True})
    assert [api.backend.documents.get(MODELS, model)["ready"] for model in models] == [False, True]


def test_a_failed_publish_leaves_the_status(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the model cannot be published the task is what it was."""
    task = make(api)
    api.call("tasks.started", {"task": task})
    api.call("tasks.stopped", {"task": task})

    def fail(*args: Any) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("apiserver.logic.task_models.publish_last_output", fail)
    assert api.call_raw("tasks.publish", {"task": task}).status == 500
    assert get(api, task)["status"] == "stopped"


def test_stop_of_a_pipeline_stops_its_steps(api: Client) -> None:
    """With its steps, a controller's running and waiting steps are stopped too, by force."""
    controller = make(api, type="controller")
    steps = [make(api, parent=controller) for _ in range(2)]
    api.call("tasks.started", {"task": controller})
    api.call("tasks.started", {"task": steps[0]})
    api.call("tasks.stop", {"task": controller, "include_pipeline_steps": True})
    assert {get(api, task)["status"] for task in (controller, *steps)} == {"stopped"}


def test_a_worker_is_asked_to_stop(api: Client) -> None:
    """A task that a live worker runs is not stopped but asked to; one whose worker is silent is stopped."""
    task = make(api)
    api.call("tasks.started", {"task": task})
    api.backend.documents.update(TASKS, Eq("id", task), Set("last_worker", "w"))
    assert api.call("tasks.stop", {"task": task})["fields"]["status_message"] == "stopping"
    assert get(api, task)["status"] == "in_progress"
    api.backend.documents.update(TASKS, Eq("id", task), Set("last_update", clock.now() - timedelta(seconds=601)))
    assert api.call("tasks.stop", {"task": task})["fields"]["status"] == "stopped"


def test_enqueue_moves_between_queues(api: Client) -> None:
    """A task waits in one queue at a time, at its end; a queue named for the first time is made."""
    first = str(api.call("queues.create", {"name": "first"})["id"])
    task, other = make(api), make(api)
    api.call("tasks.enqueue", {"task": other, "queue": first})
    api.call("tasks.enqueue", {"task": task, "queue": first})
    assert queue_of(api, first) == [other, task]
    second = api.call("tasks.enqueue", {"task": task, "queue_name": "second"})["fields"]["execution.queue"]
    assert (queue_of(api, first), queue_of(api, second)) == ([other], [task])
    assert api.call("tasks.dequeue", {"task": task})["fields"]["status"] == "created"
    assert queue_of(api, second) == []


def test_many_enqueue_one_task_once(api: Client) -> None:
    """However many callers enqueue a task at once, it has one entry and is queued."""
    queue = str(api.call("queues.create", {"name": "first"})["id"])
    task = make(api)
    threads = [threading.Thread(target=api.call_raw, args=("tasks.enqueue", {"task": task, "queue": queue})) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue_of(api, queue) == [task]
    assert get(api, task)["status"] == "queued"


def test_who_comes_too_late_to_enqueue_undoes_nothing_of_the_winner(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the status and the entry of one caller another enqueues the task: the first is refused, and the task stays queued."""
    queue = str(api.call("queues.create", {"name": "first"})["id"])
    task = make(api)
    real = queues.add

    def add(*arguments: Any) -> None:
        monkeypatch.undo()
        time.sleep(0.002)  # NOTE: times are kept to the millisecond
        api.call("tasks.enqueue", {"task": task, "queue": queue})
        real(*arguments)

    monkeypatch.setattr(queues, "add", add)
    assert refused(api, "tasks.enqueue", {"task": task, "queue": queue})[0] == 400
    assert (queue_of(api, queue), get(api, task)["status"]) == ([task], "queued")
    assert api.call("tasks.dequeue", {"task": task})["updated"] == 1
    assert queue_of(api, queue) == []


def test_default_queue(api: Client) -> None:
    """Without a queue the default one is used; none or several are an error that leaves the task alone."""
    task = make(api)
    documents = api.backend.documents
    default = api.call("queues.get_default")["id"]
    assert api.call("tasks.enqueue", {"task": task})["fields"]["execution.queue"] == default
    api.call("tasks.dequeue", {"task": task})
    api.call("queues.create", {"name": "another", "system_tags": ["default"]})
    assert refused(api, "tasks.enqueue", {"task": task}) == (400, 708)
    documents.delete(QUEUES, Eq("system_tags", "default"))
    assert refused(api, "tasks.enqueue", {"task": task}) == (400, 707)
    assert get(api, task)["status"] == "created"


def test_deleting_a_queue_sends_its_tasks_back(api: Client) -> None:
    """A full queue needs force to go, and its tasks get the status they had."""
    queue = str(api.call("queues.create", {"name": "first"})["id"])
    task = make(api)
    api.call("tasks.enqueue", {"task": task, "queue": queue})
    assert refused(api, "queues.delete", {"queue": queue}) == (400, 702)
    assert api.call("queues.delete", {"queue": queue, "force": True}) == {"deleted": 1}
    after = get(api, task)
    assert (after["status"], after["status_reason"]) == ("created", f"Queue {queue} was deleted")
    assert "queue" not in after["execution"]


def test_archive_takes_a_task_out_of_everything(api: Client) -> None:
    """An archived task waits nowhere and runs no more; back from the archive it keeps its status."""
    task = make(api)
    default = api.call("queues.get_default")["id"]
    api.call("tasks.enqueue", {"task": task})
    assert api.call("tasks.archive", {"tasks": [task, task], "status_reason": "r"}) == {"archived": 1}
    after = get(api, task)
    assert (after["status"], after["system_tags"], after["status_reason"]) == ("created", ["archived"], "r")
    assert queue_of(api, default) == []
    assert api.call("tasks.unarchive_many", {"ids": [task]})["succeeded"] == [{"id": task, "unarchived": True}]
    assert get(api, task)["system_tags"] == []


def test_content_cannot_slip_into_a_published_task(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status is part of an edit's write: published between look and write, the task stays as it is."""
    from apiserver.logic import task_content

    task = make(api)
    real = task_content.open_task
    calls: list[int] = []

    def open_task(call: Any, task_id: str, **more: Any) -> Any:
        found = real(call, task_id, **more)
        if not calls:
            calls.append(1)
            api.backend.documents.update(TASKS, Eq("id", task), Set("status", "published"))
        return found

    monkeypatch.setattr(task_content, "open_task", open_task)
    item = {"section": "A", "name": "b", "value": "1"}
    assert refused(api, "tasks.edit_hyper_params", {"task": task, "hyperparams": [item]}) == (400, 110)
    assert get(api, task)["hyperparams"] == {}
