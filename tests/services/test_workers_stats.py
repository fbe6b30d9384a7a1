"""`workers.get_stats`, `get_metric_keys`, `get_activity_report`: the load of machines over time."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.testing.client import CallFailed, Client

START = 1_600_000_020


def refused(api: Client, name: str, **data: Any) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def report(api: Client, worker: str, second: int, **data: Any) -> None:
    api.call("workers.status_report", {"worker": worker, "timestamp": (START + second) * 1000, **data})


def span(seconds: int, interval: int = 60) -> dict[str, Any]:
    return {"from_date": START, "to_date": START + seconds, "interval": interval}


def stats(api: Client, key: str, *, aggregation: str = "avg", seconds: int = 180, **more: Any) -> dict[str, Any]:
    """{worker: its series}"""
    data = {"items": [{"key": key, "aggregation": aggregation}], **span(seconds), **more}
    found = api.call("workers.get_stats", data)["workers"]
    return {row["worker"]: row["metrics"][0]["stats"][0] for row in found}


def test_values_of_all_cards_are_combined(api: Client) -> None:
    """In each bucket; those without any value are 0; workers without any are absent."""
    report(api, "a", 0, machine_stats={"gpu_usage": [10, 30]})
    report(api, "a", 50, machine_stats={"gpu_usage": [20, 0]})
    report(api, "b", 130, machine_stats={"cpu_usage": [1]})
    series = stats(api, "gpu_usage")
    assert list(series) == ["a"]
    assert series["a"]["dates"] == [(START + second) * 1000 for second in (0, 60, 120)]
    assert series["a"]["values"] == [15, 0, 0]
    assert stats(api, "gpu_usage", aggregation="max")["a"]["values"] == [30, 0, 0]
    assert stats(api, "gpu_usage", aggregation="min")["a"]["values"] == [0, 0, 0]


def test_each_card_has_its_series(api: Client) -> None:
    """In the order of their numbers, if there are two or more, and only of cards."""
    many = list(range(12))
    report(api, "a", 0, machine_stats={"gpu_usage": many, "cpu_usage": [1, 2], "gpu_temperature": [50]})
    cards = stats(api, "gpu_usage", split_by_resource=True)["a"]["resource_series"]
    assert [(card["name"], card["values"][0]) for card in cards] == [(str(number), number) for number in many]
    assert stats(api, "cpu_usage", split_by_resource=True)["a"]["resource_series"] == []
    assert stats(api, "gpu_temperature", split_by_resource=True)["a"]["resource_series"] == []
    assert stats(api, "gpu_usage")["a"]["resource_series"] == []


def test_more_than_ten_workers(api: Client) -> None:
    """All of them are there."""
    for number in range(12):
        report(api, f"w{number}", 0, machine_stats={"memory_used": 5})
    assert len(stats(api, "memory_used")) == 12
    assert list(stats(api, "memory_used", worker_ids=["w3"])) == ["w3"]


def test_what_is_asked_for_is_checked(api: Client) -> None:
    """Metrics, ways to combine, dates, and how many points that makes."""
    good: dict[str, Any] = {"items": [{"key": "cpu_usage"}], **span(100)}
    for bad, subcode in [
        ({"items": [{"key": "nope"}]}, 12),
        ({"items": [{"key": "cpu_usage", "aggregation": "sum"}]}, 12),
        ({"items": []}, 12),
        ({"to_date": START}, 16),
        ({"from_date": 0, "to_date": 4e9, "interval": 1}, 12),
    ]:
        assert refused(api, "workers.get_stats", **{**good, **bad}) == (400, subcode)
    assert refused(api, "workers.get_activity_report", from_date=0, to_date=4e9, interval=1) == (400, 12)
    assert refused(api, "workers.get_activity_report", **span(0)) == (400, 16)
    assert api.call("workers.get_stats", {**good, "to_date": 1e300, "interval": 2**62}) == {"workers": []}


def test_metric_keys(api: Client) -> None:
    """Those with most values first; a single 0 is not stored, a 0 in a list is."""
    assert refused(api, "workers.get_metric_keys") == (400, 1005)
    report(api, "a", 0, machine_stats={"cpu_usage": [0, 0, 0], "memory_used": 0, "memory_free": 5, "gpu_usage": [1], "gpu_fraction": 1})
    report(api, "b", 0, machine_stats={"gpu_temperature": [0]})
    assert api.call("workers.get_metric_keys")["categories"] == [
        {"name": "cpu", "metric_keys": ["cpu_usage"]},
        {"name": "gpu", "metric_keys": ["gpu_temperature", "gpu_usage"]},
        {"name": "memory", "metric_keys": ["memory_free"]},
    ]
    assert api.call("workers.get_metric_keys", {"worker_ids": ["b"]})["categories"] == [{"name": "gpu", "metric_keys": ["gpu_temperature"]}]
    assert refused(api, "workers.get_metric_keys", worker_ids=["c"]) == (400, 1005)


def test_activity(api: Client) -> None:
    """Each worker once a bucket, busy if it ran a task; one without measurements is not counted. The incomplete last bucket is cut."""
    task = str(api.call("tasks.create", {"name": "a task", "type": "training"})["id"])
    for worker, second, data in [
        ("a", 0, {"machine_stats": {"cpu_usage": [1]}}),
        ("a", 10, {"machine_stats": {"cpu_usage": [1]}, "task": task}),
        ("b", 20, {"machine_stats": {"memory_used": 1}}),
        ("c", 30, {}),
        ("b", 119, {"machine_stats": {"memory_used": 1}}),
    ]:
        report(api, worker, second, **data)
    dates = [(START + second) * 1000 for second in (0, 60)]
    expected = {"total": {"dates": dates, "counts": [2, 1]}, "active": {"dates": dates, "counts": [1, 0]}}
    assert api.call("workers.get_activity_report", span(121)) == expected
    assert len(api.call("workers.get_activity_report", span(175))["total"]["dates"]) == 3


def test_measurements_of_an_unknown_task_are_kept(api: Client) -> None:
    """Source: spec 5 §5.4 step 3."""
    assert refused(api, "workers.status_report", worker="a", timestamp=START * 1000, task="nope", machine_stats={"memory_used": 7}) == (
        400,
        101,
    )
    assert stats(api, "memory_used")["a"]["values"] == [7, 0, 0]


def test_times_that_cannot_be(api: Client) -> None:
    """Far away ones are stored and harm nobody."""
    report(api, "a", 0, machine_stats={"memory_used": 7})
    for timestamp in (-(10**17), 10**18, 2**63 - 1):
        api.call("workers.status_report", {"worker": "a", "timestamp": timestamp, "machine_stats": {"memory_used": 9}})
    assert stats(api, "memory_used")["a"]["values"] == [7, 0, 0]
