"""`serving.*`: containers come, report, go silent and leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apiserver import clock
from apiserver.stores.statistics import SERVING_STATS
from apiserver.testing.backends import let_pass
from apiserver.testing.client import CallFailed, Client

URL = "http://models.example.com/ep"


def refused(api: Client, name: str, **data: Any) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def named(container: str, **data: Any) -> dict[str, Any]:
    return {"container_id": container, "endpoint_name": "ep", "model_name": "mod", **data}


def register(api: Client, container: str, **data: Any) -> None:
    assert api.call("serving.register_container", named(container, **data)) == {}


def report(api: Client, container: str, url: str = URL, **data: Any) -> None:
    assert api.call("serving.container_status_report", named(container, endpoint_url=url, **data)) == {}


def details(api: Client, url: str = URL) -> list[str]:
    """The containers of an address."""
    found = api.call("serving.get_endpoint_details", {"endpoint_url": url})
    return [instance["id"] for instance in found["instances"]]


def endpoints(api: Client) -> dict[str, dict[str, Any]]:
    return {row["url"]: row for row in api.call("serving.get_endpoints")["endpoints"]}


def loading(api: Client) -> list[str]:
    return [row["id"] for row in api.call("serving.get_loading_instances")["instances"]]


def later(api: Client, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """From now on, the state store believes that so much time has gone by."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=seconds))
    let_pass(api.backend.state, seconds)


def test_containers_expire(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each after its own silence; a report renews it and keeps the silence that it asked for."""
    register(api, "short", timeout=100)
    register(api, "long", endpoint_url=URL, timeout=1000)
    register(api, "default", endpoint_url=URL)
    later(api, monkeypatch, 90)
    report(api, "short", requests_num=1)
    later(api, monkeypatch, 90)
    assert details(api) == ["default", "long", "short"]
    later(api, monkeypatch, 430)
    assert details(api) == ["long"]
    assert endpoints(api)[URL]["instances"] == 1
    later(api, monkeypatch, 1000)
    assert endpoints(api) == {}
    assert refused(api, "serving.get_endpoint_details", endpoint_url=URL) == (400, 1052)


def test_an_absurd_timeout(api: Client) -> None:
    """The longest that can be asked for is stored."""
    register(api, "c", endpoint_url=URL, timeout=2**62)
    assert details(api) == ["c"]


def test_a_container_that_moves(api: Client) -> None:
    """It is found under its last address only, and is loading again when it registers without one."""
    report(api, "c")
    report(api, "c", "http://other")
    assert list(endpoints(api)) == ["http://other"]
    assert refused(api, "serving.get_endpoint_details", endpoint_url=URL) == (400, 1052)
    assert loading(api) == []
    register(api, "c", endpoint_url="")
    assert (endpoints(api), loading(api)) == ({}, ["c"])
    assert refused(api, "serving.get_endpoint_details", endpoint_url="http://other") == (400, 1052)


def test_unregistered(api: Client) -> None:
    """Gone at once, alone, and twice without harm."""
    report(api, "a")
    report(api, "b")
    for _ in range(2):
        assert api.call("serving.unregister_container", {"container_id": "a"}) == {}
    assert details(api) == ["b"]


def test_endpoints_sum_up(api: Client) -> None:
    """Sums of requests, means of what is known, maxima of times; addresses in order."""
    report(api, "a", "http://z", uptime_sec=5, requests_num=3, requests_min=1, latency_ms=2)
    report(api, "b", "http://z", uptime_sec=50, requests_num=4, requests_min=1.335, latency_ms=3)
    report(api, "c", "http://z")
    report(api, "d", "http://a")
    found = endpoints(api)
    assert list(found) == ["http://a", "http://z"]
    both = {name: found["http://z"][name] for name in ("instances", "uptime_sec", "requests", "requests_min", "latency_ms")}
    assert both == {"instances": 3, "uptime_sec": 50, "requests": 7, "requests_min": 1.17, "latency_ms": 2}
    alone = {name: found["http://a"][name] for name in ("uptime_sec", "requests", "requests_min", "latency_ms")}
    assert alone == {"uptime_sec": None, "requests": 0, "requests_min": None, "latency_ms": None}


def test_another_company_sees_and_changes_nothing(api: Client, stranger: str) -> None:
    """The same names there are other containers."""
    report(api, "c", requests_num=7)
    assert api.call("serving.get_endpoints", token=stranger) == {"endpoints": []}
    api.call("serving.unregister_container", {"container_id": "c"}, token=stranger)
    api.call("serving.register_container", named("c"), token=stranger)
    assert details(api) == ["c"]
    with pytest.raises(CallFailed):
        api.call("serving.get_endpoint_details", {"endpoint_url": URL}, token=stranger)
    chart = {"endpoint_url": URL, "from_date": 0, "to_date": 4e9, "interval": 10**9}
    assert api.call("serving.get_endpoint_metrics_history", chart, token=stranger)["total"]["values"] == []
    assert api.call("serving.get_endpoint_metrics_history", chart)["total"]["values"] == [7]


def test_a_company_whose_id_begins_as_ours(api: Client) -> None:
    """Its entries are not taken for ours."""
    company = api.call("users.get_current_user")["user"]["company"]["id"]
    report(api, "c")
    (text,) = [value for _, value in api.backend.state.scan("serving_container_")]
    api.backend.state.set(f"serving_container_{company}_x_c", text.replace(company, f"{company}_x"))
    api.backend.state.set(f"serving_container_{company}_junk", "[]")
    assert endpoints(api)[URL]["instances"] == 1
    assert loading(api) == []


def test_bad_reports_store_nothing(api: Client) -> None:
    """Neither an entry nor a measurement."""
    for bad in [
        {"endpoint_url": ""},
        {"endpoint_url": 5},
        {"uptime_sec": "x"},
        {"requests_num": 2**70},
        {"requests_min": "many"},
        {"reference": [{"type": "nope", "value": "x"}]},
        {"machine_stats": {"gpu_usage": ["x"]}},
        {"machine_stats": []},
        {"input_size": [1]},
    ]:
        assert refused(api, "serving.container_status_report", **named("c", endpoint_url=URL) | bad) == (400, 12)
    assert (endpoints(api), loading(api)) == ({}, [])
    history = {"endpoint_url": URL, "from_date": 0, "to_date": 4e9, "interval": 10**9}
    assert api.call("serving.get_endpoint_metrics_history", history)["instances"] == {}


def test_texts_that_no_store_takes(api: Client) -> None:
    """Refused, whatever field they are in."""
    for name in ("container_id", "endpoint_name", "endpoint_url", "model_version"):
        raw = api.call_raw("serving.container_status_report", named("c", endpoint_url=URL) | {name: "\ud800"})
        assert raw.status == 400, name


class TestStrict:
    """Where configuration asks containers to register first."""

    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {
            "services.serving.container_auto_register": False,
            "services.serving.container_auto_unregister": False,
            "services.serving.default_container_timeout_sec": 50,
        }

    def test_unknown_containers(self, api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """They are refused; the default silence is the configured one."""
        assert refused(api, "serving.container_status_report", **named("c", endpoint_url=URL)) == (400, 1051)
        assert refused(api, "serving.unregister_container", container_id="c") == (400, 1051)
        register(api, "c")
        report(api, "c")
        assert details(api) == ["c"]
        later(api, monkeypatch, 51)
        assert endpoints(api) == {}


# Charts

START = 1_600_000_000 // 60 * 60


def history(api: Client, **data: Any) -> dict[str, Any]:
    request = {"endpoint_url": URL, "from_date": START, "to_date": START + 300, "interval": 60, **data}
    found: dict[str, Any] = api.call("serving.get_endpoint_metrics_history", request)
    return found


def measure(api: Client, container: str, second: int, **figures: float) -> None:
    """A row of statistics at a chosen time, as a report at that time would have made it."""
    company = api.call("users.get_current_user")["user"]["company"]["id"]
    row = {"timestamp": (START + second) * 1000, "endpoint_url": URL, "container_id": container, **figures}
    api.backend.statistics.add(SERVING_STATS, company, [row])


def test_requests_show_only_buckets_with_reports(api: Client) -> None:
    """The greatest value of each container in a bucket, and their sum; a container without reports is 0 there."""
    for container, second, number in [("a", 0, 5), ("a", 59, 9), ("b", 10, 1), ("a", 130, 12)]:
        measure(api, container, second, requests_num=number)
    found = history(api)
    dates = [START * 1000, (START + 120) * 1000]
    assert found["total"] == {"title": "Number of Requests", "dates": dates, "values": [10, 12]}
    assert found["instances"]["b"] == {"title": "b", "dates": dates, "values": [1, 0]}


def test_other_measurements_show_all_buckets(api: Client) -> None:
    """With 0 where nobody reported."""
    measure(api, "a", 70, latency_ms=10)
    measure(api, "a", 80, latency_ms=20)
    measure(api, "b", 90, latency_ms=5)
    found = history(api, metric_type="latency_ms")
    assert found["total"]["values"] == [0, 10, 0, 0, 0]
    assert found["instances"]["a"]["values"] == [0, 15, 0, 0, 0]


@pytest.mark.parametrize(("to", "buckets"), [(300, 5), (293, 4), (294, 5), (295, 5)])
def test_a_last_bucket_that_has_hardly_begun_is_cut(api: Client, to: int, buckets: int) -> None:
    """It shows from a tenth of its time on."""
    measure(api, "a", 0, cpu_num=1)
    assert len(history(api, metric_type="cpu_count", to_date=START + to)["total"]["dates"]) == buckets


def test_more_than_ten_containers(api: Client) -> None:
    """All of them are shown and summed up."""
    for number in range(12):
        measure(api, f"c{number}", 0, requests_num=1)
    found = history(api)
    assert (len(found["instances"]), found["total"]["values"]) == (12, [12])
    assert history(api, instance_charts=False) == {**found, "instances": {}}


def test_ranges_that_cannot_be_drawn(api: Client) -> None:
    """Too many points, or dates the wrong way round; far away ends are no matter."""
    request = {"endpoint_url": URL, "from_date": 0, "to_date": 4e9, "interval": 10**9}
    for bad, subcode in [
        ({"from_date": 4e9}, 16),
        ({"interval": 1}, 12),
        ({"interval": 0}, 12),
        ({"from_date": -1}, 12),
        ({"metric_type": "cpu_usage"}, 12),
        ({"metric_type": None}, 12),
        ({"from_date": "x"}, 12),
    ]:
        assert refused(api, "serving.get_endpoint_metrics_history", **request | bad) == (400, subcode), bad
    measure(api, "a", 0, requests_num=1)
    assert history(api, from_date=0, to_date=1e300, interval=2**62)["total"]["values"] == [1]
