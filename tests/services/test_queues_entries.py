"""`queues.*`: who waits, who is served next, and what happens to tasks that leave."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.stores.collections import QUEUES, TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client


def refused(api: Client, name: str, **data: Any) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def task(api: Client, name: str = "a task") -> str:
    return str(api.call("tasks.create", {"name": name, "type": "training"})["id"])


def status(api: Client, task_id: str) -> str:
    return str(api.call("tasks.get_by_id", {"task": task_id})["task"]["status"])


def entries(api: Client, queue: str) -> list[str]:
    return [entry["task"] for entry in api.call("queues.get_by_id", {"queue": queue})["queue"]["entries"]]


@pytest.fixture
def queue(api: Client) -> str:
    """A queue in which nobody waits."""
    return str(api.call("queues.create", {"name": "gpu machines"})["id"])


def fill(api: Client, queue: str, *names: str) -> None:
    """Entries need no tasks."""
    for name in names:
        assert api.call("queues.add_task", {"queue": queue, "task": name}) == {"added": 1}


def test_first_come_first_served(api: Client, queue: str) -> None:
    """Entries come out in the order they went in, each once; then the answer is empty."""
    fill(api, queue, "a", "b")
    assert api.call("queues.peek_task", {"queue": queue}) == {"task": "a"}
    assert api.call("queues.get_num_entries", {"queue": queue}) == {"num": 2}
    assert [api.call("queues.get_next_task", {"queue": queue})["entry"]["task"] for _ in "ab"] == ["a", "b"]
    assert api.call("queues.get_next_task", {"queue": queue}) == {}
    assert api.call("queues.peek_task", {"queue": queue}) == {"task": None}
    assert refused(api, "queues.get_next_task", queue="nope") == (400, 701)


def test_a_wanted_task_is_taken_only_from_the_front(api: Client, queue: str) -> None:
    fill(api, queue, "a", "b")
    assert api.call("queues.get_next_task", {"queue": queue, "task": "b"}) == {}
    assert entries(api, queue) == ["a", "b"]
    assert api.call("queues.get_next_task", {"queue": queue, "task": "a"})["entry"]["task"] == "a"


def test_a_task_waits_once(api: Client, queue: str) -> None:
    """A second entry of it is refused, here; another queue may hold it too."""
    fill(api, queue, "a")
    assert refused(api, "queues.add_task", queue=queue, task="a") == (400, 706)
    other = str(api.call("queues.create", {"name": "other"})["id"])
    fill(api, other, "a")
    assert (entries(api, queue), entries(api, other)) == (["a"], ["a"])


def test_a_taken_task_stays_queued_with_its_queue(api: Client, queue: str) -> None:
    """Agents call `tasks.started` themselves; what they need to act for the owner comes with the entry."""
    mine = task(api)
    api.call("tasks.enqueue", {"task": mine, "queue": queue})
    answer = api.call("queues.get_next_task", {"queue": queue, "get_task_info": True})
    assert set(answer["task_info"]) == {"company", "user"}
    found = api.call("tasks.get_by_id", {"task": mine})["task"]
    assert (found["status"], found["execution"]["queue"]) == ("queued", queue)


def test_a_task_aborted_while_it_was_enqueued_is_queued_when_taken(api: Client, queue: str) -> None:
    mine = task(api)
    fill(api, queue, mine)
    api.backend.documents.update(TASKS, Eq("id", mine), Set("status", "stopped"))
    api.call("queues.get_next_task", {"queue": queue})
    assert status(api, mine) == "queued"


def test_removed_tasks_keep_their_status_unless_asked(api: Client, queue: str) -> None:
    """Source: spec 5 §4.7."""
    kept, reset = task(api), task(api)
    for each in (kept, reset):
        api.call("tasks.enqueue", {"task": each, "queue": queue})
    assert api.call("queues.remove_task", {"queue": queue, "task": kept}) == {"removed": 1}
    assert api.call("queues.remove_task", {"queue": queue, "task": reset, "update_task_status": True}) == {"removed": 1}
    assert (status(api, kept), status(api, reset)) == ("queued", "created")
    assert refused(api, "queues.remove_task", queue=queue, task=kept) == (400, 703)
    assert refused(api, "queues.remove_task", queue="nope", task=kept) == (400, 703)


def test_clearing_sends_back_the_tasks_that_wait_here(api: Client, queue: str) -> None:
    """Entries without a task go too, and are not named."""
    mine = task(api)
    api.call("tasks.enqueue", {"task": mine, "queue": queue})
    fill(api, queue, "no such task")
    assert api.call("queues.clear_queue", {"queue": queue}) == {"removed_tasks": [mine]}
    assert (entries(api, queue), status(api, mine)) == ([], "created")
    assert api.call("queues.clear_queue", {"queue": queue}) == {"removed_tasks": []}
    assert refused(api, "queues.clear_queue", queue="nope") == (400, 701)


@pytest.mark.parametrize(
    ("action", "who", "more", "position", "order"),
    [
        ("forward", "c", {}, 1, "acbd"),
        ("forward", "c", {"count": 10}, 0, "cabd"),
        ("forward", "a", {}, 0, "abcd"),
        ("forward", "b", {"count": -2}, 3, "acdb"),
        ("backward", "b", {}, 2, "acbd"),
        ("backward", "a", {"count": 100}, 3, "bcda"),
        ("backward", "b", {"count": 0}, 1, "abcd"),
        ("to_front", "d", {}, 0, "dabc"),
        ("to_back", "a", {}, 3, "bcda"),
    ],
)
def test_moving(api: Client, queue: str, action: str, who: str, more: dict[str, int], position: int, order: str) -> None:
    """The answer is the place afterwards; nobody is moved beyond an end. No time of the queue moves."""
    fill(api, queue, *"abcd")
    before = api.backend.documents.get(QUEUES, queue)["last_update"]
    assert api.call(f"queues.move_task_{action}", {"queue": queue, "task": who, **more}) == {"position": position}
    assert "".join(entries(api, queue)) == order
    assert api.backend.documents.get(QUEUES, queue)["last_update"] == before


def test_who_does_not_wait_cannot_be_moved(api: Client, queue: str) -> None:
    for action in ("forward", "backward", "to_front", "to_back"):
        assert refused(api, f"queues.move_task_{action}", queue=queue, task="a") == (400, 703)


def test_metadata(api: Client, queue: str) -> None:
    """Items by key, replaced or added; old clients read an empty list."""

    def found(version: str = "2.34") -> Any:
        return api.call("queues.get_by_id", {"queue": queue}, version=version)["queue"]["metadata"]

    dotted, plain = {"key": "a.b", "type": "str", "value": "1"}, {"key": "c", "type": "str", "value": "2"}
    assert api.call("queues.add_or_update_metadata", {"queue": queue, "metadata": [dotted]}) == {"updated": 1}
    api.call("queues.add_or_update_metadata", {"queue": queue, "metadata": [plain]})
    assert found() == {"a.b": dotted, "c": plain}
    assert found("2.16") == []
    assert api.call("queues.delete_metadata", {"queue": queue, "keys": ["c", "no such"]}) == {"updated": 1}
    assert found() == {"a.b": dotted}
    api.call("queues.add_or_update_metadata", {"queue": queue, "metadata": [plain], "replace_metadata": True})
    assert found() == {"c": plain}
    assert refused(api, "queues.add_or_update_metadata", queue="nope", metadata=[plain]) == (400, 701)


def test_other_companies_are_out_of_reach(api: Client, queue: str) -> None:
    """Their queues are unknown, and a task of theirs that someone puts into a queue is neither told about nor changed."""
    documents = api.backend.documents
    documents.insert(TASKS, {"id": "theirs", "company": "other", "user": "u", "name": "n", "status": "stopped"})
    documents.insert(QUEUES, {"id": "their queue", "company": "other", "name": "q", "entries": [{"task": "x"}]})
    fill(api, queue, "theirs")
    assert "task_info" not in api.call("queues.get_next_task", {"queue": queue, "get_task_info": True})
    found = documents.get(TASKS, "theirs")
    assert (found["status"], found.get("execution")) == ("stopped", None)
    for action in ("get_next_task", "peek_task", "get_num_entries", "clear_queue"):
        assert refused(api, f"queues.{action}", queue="their queue") == (400, 701)
