"""`queues.get_queue_metrics`: samples of queues and their charts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from apiserver import clock
from apiserver.logic import queue_metrics
from apiserver.stores.collections import QUEUES
from apiserver.stores.errors import Unavailable
from apiserver.stores.statistics import QUEUE_METRICS, Kind
from apiserver.testing.client import CallFailed, Client

START = 1_600_000_020  # NOTE: the beginning of a minute


def queue(api: Client, name: str, **fields: Any) -> str:
    return str(api.call("queues.create", {"name": name, **fields})["id"])


@pytest.fixture
def lengths(api: Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """{queue: lengths of the samples that are written from here on}"""
    found: dict[str, list[int]] = {}
    add = type(api.backend.statistics).add

    def watched(store: Any, kind: Kind, company: str, rows: Any) -> None:
        add(store, kind, company, rows)
        for row in rows:
            found.setdefault(row["queue"], []).append(row["queue_length"])

    monkeypatch.setattr(type(api.backend.statistics), "add", watched)
    return found


def sample(api: Client, queue_id: str, second: int, length: int, waited_s: float) -> None:
    company = api.backend.documents.get(QUEUES, queue_id)["company"]
    row = {"timestamp": (START + second) * 1000, "queue": queue_id, "average_waiting_time": waited_s, "queue_length": length}
    api.backend.statistics.add(QUEUE_METRICS, company, [row])


def chart(api: Client, **data: Any) -> Any:
    return api.call("queues.get_queue_metrics", {"from_date": START, "to_date": START + 180, "interval": 60, **data})["queues"]


def test_every_change_is_sampled(api: Client, lengths: dict[str, list[int]]) -> None:
    """The sample of a taken entry counts it still, that of a removed one does not. Moving is no change."""
    mine = queue(api, "mine")
    for action, data, expected in [
        ("add_task", {"task": "a"}, [1]), ("add_task", {"task": "b"}, [2]), ("move_task_to_front", {"task": "b"}, []),
        ("get_next_task", {}, [2]), ("remove_task", {"task": "a"}, [0]), ("add_task", {"task": "c"}, [1]), ("clear_queue", {}, [0]),
    ]:  # fmt: skip
        lengths.clear()
        api.call(f"queues.{action}", {"queue": mine, **data})
        assert lengths.get(mine, []) == expected


def test_polls_of_an_empty_queue_are_sampled_seldom(api: Client, lengths: dict[str, list[int]]) -> None:
    """The first one is, so that the chart goes on; agents poll every few seconds."""
    mine = queue(api, "mine")
    for _ in range(20):
        api.call("queues.get_next_task", {"queue": mine})
    assert lengths == {mine: [0]}
    document = api.backend.documents.get(QUEUES, mine)
    queue_metrics.record_idle(api.backend, document, clock.now() + timedelta(seconds=queue_metrics.IDLE_S + 1))
    assert lengths == {mine: [0, 0]}


def test_an_entry_is_not_lost_when_it_cannot_be_sampled(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry is out of the queue already, so the agent has to get it."""
    mine = queue(api, "mine")
    api.call("queues.add_task", {"queue": mine, "task": "a"})

    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(type(api.backend.statistics), "add", fail)
    assert api.call("queues.get_next_task", {"queue": mine})["entry"]["task"] == "a"


def test_series_of_queues(api: Client) -> None:
    """A bucket shows its sample with the longest waiting time; empty buckets are left out, and queues without any."""
    one, other = queue(api, "one"), queue(api, "other")
    for second, length, waited in [(0, 9, 5), (10, 2, 30), (59, 1, 1), (125, 3, 7)]:
        sample(api, one, second, length, waited)
    assert chart(api, queue_ids=[one, other]) == [
        {
            "queue": one,
            "dates": [START * 1000, (START + 120) * 1000],
            "avg_waiting_times": [30, 7],
            "queue_lengths": [2, 3],
        }
    ]


def test_the_total_carries_values_forward(api: Client) -> None:
    """The worked example of spec 5 §4.8; what was before the start counts too."""
    a, b, c = queue(api, "aaa"), queue(api, "bbb"), queue(api, "ccc")
    sample(api, a, 0, 2, 30)
    sample(api, b, 60, 1, 60)
    sample(api, a, 120, 0, 0)
    dates = [(START + second) * 1000 for second in (0, 60, 120)]
    expected = {"queue": "total", "dates": dates, "avg_waiting_times": [30, 40, 60], "queue_lengths": [2, 3, 1]}
    assert chart(api) == [expected]
    sample(api, c, -1800, 4, 10)
    assert chart(api)[0]["queue_lengths"] == [6, 7, 5]


def test_hidden_queues_are_left_out(api: Client) -> None:
    """Naming their ids does not show them, asking for hidden ones does."""
    hidden = queue(api, "hidden", system_tags=["k8s-glue"])
    sample(api, hidden, 0, 1, 1)
    assert chart(api, queue_ids=[hidden]) == []
    assert [row["queue"] for row in chart(api, queue_ids=[hidden], search_hidden=True)] == [hidden]


def test_refresh_is_seen_at_once(api: Client) -> None:
    """A sample is written first; the average is over those that wait."""
    mine = queue(api, "mine")
    api.call("queues.add_task", {"queue": mine, "task": "a"})
    row = api.backend.documents.get(QUEUES, mine)
    row["entries"] = [{"task": name, "added": clock.now() - timedelta(hours=hours)} for name, hours in (("a", 1), ("b", 3))]
    api.backend.documents.replace(QUEUES, row)
    found = chart(api, queue_ids=[mine], refresh=True, from_date=0, to_date=4e9, interval=10**9)
    assert found[0]["queue_lengths"] == [2]
    assert found[0]["avg_waiting_times"][0] == pytest.approx(7200, abs=60)


def test_bad_ranges(api: Client) -> None:
    """Refused, except when there is no queue anyway."""
    queue(api, "mine")
    with pytest.raises(CallFailed) as caught:
        chart(api, to_date=START)
    assert (caught.value.code, caught.value.subcode) == (400, 16)
    assert chart(api, queue_ids=["nope"], to_date=START) == []
    assert chart(api, from_date=1e300, to_date=1.1e300, interval=2**62) == [
        {"queue": "total", "dates": [], "avg_waiting_times": [], "queue_lengths": []}
    ]


def test_background_samples(api: Client, lengths: dict[str, list[int]]) -> None:
    """Only of queues whose last sample is old, of every company."""
    theirs = {"id": "theirs", "company": "other", "name": "q", "entries": [{"task": "x", "added": clock.now()}]}
    api.backend.documents.insert(QUEUES, theirs)
    mine = queue(api, "mine")
    api.call("queues.add_task", {"queue": mine, "task": "a"})
    at: datetime = clock.now()
    assert queue_metrics.sample_all(api.backend, at) == 2  # `theirs` and the company's default queue
    assert lengths["theirs"] == [1]
    assert queue_metrics.sample_all(api.backend, at + timedelta(seconds=299)) == 0
    assert queue_metrics.sample_all(api.backend, at + timedelta(seconds=301)) == 3
