"""`queues.*` so far: making, finding, changing and deleting queues."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.testing.client import CallFailed, Client


def make(api: Client, **fields: Any) -> str:
    return str(api.call("queues.create", {"name": "gpu machines", **fields})["id"])


def refused(api: Client, name: str, data: dict[str, Any]) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def enqueued(api: Client, queue: str, count: int) -> list[str]:
    tasks = [str(api.call("tasks.create", {"name": f"task {n}", "type": "training"})["id"]) for n in range(count)]
    for task in tasks:
        api.call("tasks.enqueue", {"task": task, "queue": queue})
    return tasks


def test_a_new_queue(api: Client) -> None:
    """A queue has its name stripped, its tags sorted, and nobody waiting."""
    queue = api.call("queues.get_by_id", {"queue": make(api, name="  gpu ", tags=["b", "a"], display_name="GPU")})["queue"]
    assert (queue["name"], queue["tags"], queue["entries"], queue["display_name"]) == ("gpu", ["a", "b"], [], "GPU")
    assert queue["created"] == queue["last_update"]
    assert queue["metadata"] == {}


def test_names_are_unique_and_long_enough(api: Client) -> None:
    """Two queues of a company cannot share a name, neither made nor renamed."""
    make(api)
    other = make(api, name="other")
    assert refused(api, "queues.create", {"name": "gpu machines"}) == (400, 801)
    assert refused(api, "queues.update", {"queue": other, "name": "gpu machines"}) == (400, 801)
    assert refused(api, "queues.create", {"name": " ab "}) == (400, 800)
    assert refused(api, "queues.create", {"name": "abc", "tags": ["__$x"]}) == (400, 16)


def test_a_name_is_no_id(api: Client) -> None:
    """A name given for an id is answered so that clients look the name up next."""
    make(api)
    assert refused(api, "queues.get_by_id", {"queue": "gpu machines"}) == (400, 701)
    found = api.call("queues.get_all", {"name": "^gpu machines$", "only_fields": ["id"]})["queues"]
    assert len(found) == 1


def test_entries_may_be_cut(api: Client) -> None:
    """The first or the last so many entries; lists show tasks by name."""
    queue = make(api)
    tasks = enqueued(api, queue, 3)

    def entries(**more: Any) -> list[str]:
        return [entry["task"] for entry in api.call("queues.get_by_id", {"queue": queue, **more})["queue"]["entries"]]

    assert (entries(), entries(max_task_entries=1), entries(max_task_entries=-2)) == (tasks, tasks[:1], tasks[1:])
    # NOTE: not `call`: the documented answer has ids where references are objects.
    row = api.call_raw("queues.get_all_ex", {"id": [queue], "only_fields": ["name"]}).body["data"]["queues"][0]
    assert [entry["task"]["name"] for entry in row["entries"]] == ["task 0", "task 1", "task 2"]
    assert row["workers"] == []


def test_hidden_queues(api: Client) -> None:
    """Queues of the Kubernetes glue are listed only when asked for."""
    hidden = make(api, system_tags=["k8s-glue"])
    listed = [queue["id"] for queue in api.call("queues.get_all", {})["queues"]]
    assert hidden not in listed
    for asked in ({"search_hidden": True}, {"id": [hidden]}, {"name": "gpu"}):
        assert hidden in [queue["id"] for queue in api.call("queues.get_all", asked)["queues"]]


def test_update(api: Client) -> None:
    """What is given changes, null clears lists but no names, and nothing given is nothing done."""
    queue = make(api, tags=["a"])
    assert api.call("queues.update", {"queue": queue}) == {"updated": 0, "fields": {}}
    assert api.call("queues.update", {"queue": queue, "tags": None, "name": None})["fields"] == {"tags": []}
    assert api.call("queues.update", {"queue": queue, "name": " new name ", "display_name": ""})["updated"] == 1
    after = api.call("queues.get_by_id", {"queue": queue})["queue"]
    assert (after["name"], after["display_name"], after["tags"]) == ("new name", "", [])


def test_delete(api: Client) -> None:
    """An empty queue goes; an unknown one is an error."""
    queue = make(api)
    assert api.call("queues.delete", {"queue": queue}) == {"deleted": 1}
    assert refused(api, "queues.delete", {"queue": queue}) == (400, 701)


def test_default(api: Client) -> None:
    """A new company has one default queue."""
    assert api.call("queues.get_default")["name"] == "default"
