"""`workers.*`: who is there, until when, and what is shown of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from apiserver import clock
from apiserver.stores.collections import QUEUES, TASKS
from apiserver.testing.client import CallFailed, Client

NAME = "host:gpu0,1"


def refused(api: Client, name: str, **data: Any) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def register(api: Client, worker: str = NAME, **data: Any) -> None:
    assert api.call("workers.register", {"worker": worker, **data}) == {}


def report(api: Client, worker: str = NAME, **data: Any) -> None:
    assert api.call("workers.status_report", {"worker": worker, "timestamp": 1_600_000_000_000, **data}) == {}


def listed(api: Client, **data: Any) -> list[dict[str, Any]]:
    return sorted(api.call("workers.get_all", data)["workers"], key=lambda worker: str(worker["id"]))


def names(api: Client, **data: Any) -> list[str]:
    return [worker["id"] for worker in listed(api, **data)]


def counted(api: Client, **data: Any) -> int:
    return int(api.call("workers.get_count", data)["count"])


def queue(api: Client, name: str = "gpu machines", **fields: Any) -> str:
    return str(api.call("queues.create", {"name": name, **fields})["id"])


def task(api: Client, name: str = "a task") -> str:
    return str(api.call("tasks.create", {"name": name, "type": "training"})["id"])


def aged(api: Client, seconds: int) -> None:
    """As if the worker had been active so much earlier."""
    state = api.backend.state
    for key, text in list(state.scan("worker_")):
        then = clock.now() - timedelta(seconds=seconds)
        state.set(key, json.dumps({**json.loads(text), "last_activity_time": then.isoformat()}), ttl_s=600)


def test_a_registered_worker(api: Client) -> None:
    """Its queues come with their length and their next task."""
    mine, first = queue(api, display_name="GPU"), task(api, "first")
    api.call("queues.add_task", {"queue": mine, "task": first})
    register(api, queues=[mine], tags=["t"], system_tags=["s"], timeout=300)
    (worker,) = listed(api)
    entry = {"id": mine, "name": "gpu machines", "display_name": "GPU", "num_tasks": 1, "next_task": {"id": first, "name": "first"}}
    assert worker["queues"] == [entry]
    assert (worker["id"], worker["tags"], worker["system_tags"], worker["register_timeout"]) == (NAME, ["t"], ["s"], 300)
    assert worker["key"] == f"worker_{worker['company']['id']}_{worker['user']['id']}_{NAME}"
    assert worker["register_time"] == worker["last_activity_time"]
    assert worker["register_time"].endswith("+00:00")
    assert not {"task", "project", "queue", "last_report_time"} & set(worker)


def test_registering_again_forgets(api: Client) -> None:
    """The running task and the tags are those of the worker that was there before."""
    report(api, task=task(api), tags=["t"])
    register(api)
    (worker,) = listed(api)
    assert ("task" in worker, worker["tags"], worker["register_timeout"]) == (False, [], 600)


def test_bad_registrations(api: Client) -> None:
    """Nothing is stored."""
    mine = queue(api)
    assert refused(api, "workers.register", worker=NAME, timeout=-1) == (400, 1002)
    assert refused(api, "workers.register", worker=NAME, queues=[mine, "nope"]) == (400, 701)
    assert refused(api, "workers.register") == (400, 12)
    assert counted(api) == 0


def test_load_is_written_into_the_queues(api: Client) -> None:
    mine = queue(api)
    register(api, queues=[mine], resources={"cpu_usage": 1, "gpu_usage": 0.5})
    assert api.backend.documents.get(QUEUES, mine)["resources"] == {"cpu_usage": 1.0, "gpu_usage": 0.5}


def test_workers_expire_unless_they_report(api: Client) -> None:
    """After the time they asked for, whether or not anybody looks."""
    register(api, "short", timeout=1)
    register(api, "long")
    key = next(key for key in api.backend.state.keys("worker_") if key.endswith("short"))
    api.backend.state.set(key, api.backend.state.get(key) or "", ttl_s=0)
    assert (names(api), names(api, last_seen=0), counted(api)) == (["long"], ["long"], 1)


def test_unregistered_workers_are_gone(api: Client) -> None:
    """From lists by tag and from counts by tag too; an unknown one is fine."""
    register(api, tags=["t"])
    for _ in range(2):
        assert api.call("workers.unregister", {"worker": NAME, "queues": ["any"]}) == {}
    assert (names(api), names(api, tags=["t"]), counted(api), counted(api, tags=["t"])) == ([], [], 0, 0)


def test_a_report_is_a_sign_of_life_of_the_task(api: Client) -> None:
    """The watchdog and `tasks.stop` look at what it writes; the status stays."""
    mine, running = queue(api), task(api)
    register(api, queues=[mine])
    before = api.backend.documents.get(TASKS, running)
    report(api, task=running, queue=mine, queues=[mine])
    after = api.backend.documents.get(TASKS, running)
    assert after["last_worker"] == NAME
    assert after["last_worker_report"] == after["last_update"] == after["last_change"] > before["last_update"]
    assert after["status"] == before["status"]
    (worker,) = listed(api)
    assert worker["task"] == {"id": running, "name": "a task", "running_time": 0, "last_iteration": 0}
    assert worker["queue"] == worker["queues"][0]


def test_a_report_without_task_or_tags_clears_them(api: Client) -> None:
    """An empty list of queues leaves those that are known; ids are not checked."""
    report(api, task=task(api), queues=["gone"], tags=["t"], queue="gone")
    report(api, tags=None, machine_stats=None, queues=[], is_daemon=True)
    (worker,) = listed(api)
    assert ("task" in worker, "queue" in worker, worker["tags"], worker["queues"]) == (False, False, [], [{"id": "gone"}])


def test_an_unknown_task_is_an_error_and_the_worker_is_kept(api: Client) -> None:
    """Its activity is new, its task is the last good one."""
    running = task(api)
    report(api, task=running)
    aged(api, 1000)
    assert names(api, last_seen=900) == []
    assert refused(api, "workers.status_report", worker=NAME, timestamp=1, task="nope") == (400, 101)
    assert [worker["task"]["id"] for worker in listed(api, last_seen=900)] == [running]


def test_last_seen(api: Client) -> None:
    """By default an hour in lists, and no matter in counts; 0 is all; a negative number is the last second."""
    register(api)
    aged(api, 4000)
    assert (names(api), names(api, last_seen=5000), names(api, last_seen=0), names(api, last_seen=-5)) == ([], [NAME], [NAME], [])
    assert names(api, last_seen=10**15) == [NAME]
    assert (counted(api), counted(api, last_seen=600)) == (1, 0)


def test_patterns_begin_after_an_underscore_and_reach_to_the_end(api: Client) -> None:
    """The whole id fits, or what follows an underscore in it."""
    for name in ("abc", "x_abc", "abcd", "abc:service:t"):
        register(api, name)
    assert names(api, worker_pattern="abc") == ["abc", "x_abc"]
    assert names(api, worker_pattern="abc*") == ["abc", "abc:service:t", "abcd", "x_abc"]
    assert names(api, worker_pattern="abc?") == ["abcd"]
    assert counted(api, worker_pattern="a[bx]c") == 2


def test_tags(api: Client) -> None:
    """ORed among themselves, ANDed with the other kind, a leading minus excludes."""
    register(api, "a", tags=["x", "y"], system_tags=["s"])
    register(api, "b", tags=["y"])
    register(api, "c")
    for asked, expected in [
        ({"tags": ["x", "y"]}, ["a", "b"]),
        ({"tags": ["y", "-x"]}, ["b"]),
        ({"tags": ["-x"]}, ["b", "c"]),
        ({"tags": ["y"], "system_tags": ["s"]}, ["a"]),
        ({"tags": ["y"], "system_tags": ["-s"]}, ["b"]),
        ({"tags": ["none"], "system_tags": ["-s"]}, []),
        ({"tags": ["y"], "worker_pattern": "b"}, ["b"]),
        ({"tags": [], "system_tags": []}, ["a", "b", "c"]),
    ]:
        assert names(api, **asked) == expected
        assert counted(api, **asked) == len(expected)


def test_queues_show_who_listens(api: Client) -> None:
    """Null for a task that is not there."""
    mine = queue(api)
    register(api, queues=[mine])
    row = api.call_raw("queues.get_all_ex", {"id": [mine]}).body["data"]["queues"][0]
    assert [(worker["name"], worker["task"]) for worker in row["workers"]] == [(NAME, None)]


def test_other_companies_are_not_seen(api: Client) -> None:
    """Not their workers, even if their id begins as ours; nor names of their queues and tasks that a worker names."""
    company = api.call("users.get_current_user")["user"]["company"]["id"]
    theirs = {"key": f"worker_{company}_x_u_w", "id": "w", "user": {"id": "u"}, "company": {"id": f"{company}_x"}}
    api.backend.state.set(theirs["key"], json.dumps(theirs))
    api.backend.documents.insert(QUEUES, {"id": "theirs", "company": "other", "name": "secret"})
    api.backend.documents.insert(TASKS, {"id": "their task", "company": "other", "name": "secret"})
    report(api, queues=["theirs"])
    assert [worker["queues"] for worker in listed(api)] == [[{"id": "theirs"}]]
    assert refused(api, "workers.status_report", worker=NAME, timestamp=1, task="their task") == (400, 101)
    assert counted(api) == 1


def test_an_entry_that_cannot_be_read_is_no_worker(api: Client) -> None:
    """A report makes a new one of it."""
    register(api)
    (key,) = api.backend.state.keys("worker_")
    for text in ("{", "[]", '{"id": 5}', '{"last_report_time": "x"}'):
        api.backend.state.set(key, text)
        assert names(api) == []
    report(api)
    assert names(api) == [NAME]


class TestStrict:
    """Where configuration asks workers to register and to unregister properly."""

    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"apiserver.workers.auto_register": False, "apiserver.workers.auto_unregister": False}

    def test_unknown_workers_are_refused(self, api: Client) -> None:
        assert refused(api, "workers.status_report", worker=NAME, timestamp=1) == (400, 1001)
        assert refused(api, "workers.unregister", worker=NAME) == (400, 1004)
        register(api)
        report(api)
        assert api.call("workers.unregister", {"worker": NAME}) == {}


def test_entries_are_those_of_the_reference(api: Client) -> None:
    """Spec 5 §5.1: what it wrote is read, its times are UTC and do not say so, and ours are written the same."""
    register(api, queues=[])
    (key,) = api.backend.state.keys("worker_")
    ours = json.loads(api.backend.state.get(key) or "")
    assert not ours["register_time"].endswith(("Z", "+00:00"))
    then = clock.now().replace(microsecond=1, tzinfo=None)
    theirs = {**ours, "key": key + "2", "id": "theirs", "register_time": then.isoformat(), "last_activity_time": then.isoformat()}
    api.backend.state.set(theirs["key"], json.dumps(theirs), ttl_s=600)
    found = listed(api, last_seen=60)
    assert [worker["id"] for worker in found] == [NAME, "theirs"]
    assert found[1]["register_time"].startswith(then.isoformat())
    assert found[0]["register_time"].endswith("+00:00")
