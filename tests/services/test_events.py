"""events.*: what the recorded conversations (tests/contract/conversations/test_events.py) do not show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiserver.stores.events import LOG, SCALAR, Entity, Selection
from apiserver.testing.client import CallFailed, Client

BASE = 1300000000000


def new_task(api: Client, name: str = "task of events") -> str:
    return str(api.call("tasks.create", {"name": name, "type": "training"})["id"])


def event(task: str, kind: str = "training_stats_scalar", **fields: Any) -> dict[str, Any]:
    usual: dict[str, dict[str, Any]] = {
        "training_stats_scalar": {"value": 1},
        "training_debug_image": {"url": "http://f/1"},
        "plot": {"plot_str": "{}"},
    }
    return {"type": kind, "task": task, "metric": "m", "variant": "v", "iter": 1, "timestamp": BASE, **usual.get(kind, {}), **fields}


def report(api: Client, *events: dict[str, Any]) -> Any:
    return api.batch("events.add_batch", events)


class TestWriting:
    def test_what_was_reported_is_seen_at_once(self, api: Client) -> None:
        """By events and by the task's own summary."""
        task = new_task(api)
        report(api, *(event(task, iter=i, value=i) for i in range(3)))
        assert api.call("events.scalar_metrics_iter_histogram", {"task": task}) == {
            "m": {"v": {"name": "v", "x": [0, 1, 2], "y": [0, 1, 2]}}
        }
        found = api.call("tasks.get_by_id", {"task": task})["task"]
        assert found["last_iteration"] == 2
        (variants,) = found["last_metrics"].values()
        (last,) = variants.values()
        assert (last["value"], last["count"], last["mean_value"], last["first_value"]) == (2, 3, 1, 0)

    def test_a_published_task_takes_events_only_when_told_to(self, api: Client) -> None:
        """So does deleting."""
        task = new_task(api)
        report(api, event(task))
        api.call("tasks.publish", {"task": task, "force": True})
        with pytest.raises(CallFailed) as refused:
            report(api, event(task))
        assert (refused.value.code, refused.value.subcode) == (400, 131)
        assert report(api, event(task, allow_locked=True, iter=2))["added"] == 1
        for action in ("events.delete_for_task", "events.clear_task_log"):
            with pytest.raises(CallFailed) as refused:
                api.call(action, {"task": task})
            assert (refused.value.code, refused.value.subcode) == (400, 101)
        assert api.call("events.delete_for_task", {"task": task, "allow_locked": True}) == {"deleted": 2}

    def test_one_wrong_event_keeps_the_whole_batch_out(self, api: Client) -> None:
        """And is the caller's fault, with a word about what is wrong."""
        task = new_task(api)
        wrong: list[dict[str, Any]] = [
            {"iter": "abc"}, {"iter": [1]}, {"value": "1"}, {"metric": 5}, {"type": 5}, {"timestamp": "now"}, {"timestamp": True},
            {"type": "plot", "plot_str": {"a": 1}}, {"task": [task]},
        ]  # fmt: skip
        for fields in wrong:
            with pytest.raises(CallFailed) as refused:
                report(api, event(task), {**event(task), **fields})
            assert (refused.value.code, refused.value.subcode) == (400, 12), fields
        assert api.call("events.get_multi_task_metrics", {"tasks": [task]}) == {"metrics": []}

    def test_texts_that_look_like_dates_stay_texts(self, api: Client) -> None:
        """QUIRK: spec 1 §1.4: JSON lines turn them into dates; they are stored as ISO texts."""
        task = new_task(api)
        report(api, event(task, "log", msg="2024-01-02T03:04:05Z", metric="2024-01-02T03:04:05Z"))
        (line,) = api.call("events.get_task_log", {"task": task})["events"]
        assert line["msg"] == line["metric"] == "2024-01-02T03:04:05+00:00"

    def test_public_tasks_are_read_but_not_written(self, api: Client) -> None:
        """Their events are those of the company that they come from, in all actions."""
        task = new_task(api)
        report(api, event(task))
        api.call("tasks.make_public", {"ids": [task]})
        with pytest.raises(CallFailed):
            report(api, event(task, allow_locked=True))
        assert api.call("events.multi_task_scalar_metrics_iter_histogram", {"tasks": [task]})["metrics"]["m"]["v"][task]["y"] == [1]
        with pytest.raises(CallFailed) as refused:
            api.call("events.delete_for_task", {"task": task, "allow_locked": True})
        assert (refused.value.code, refused.value.subcode) == (403, 21)

    def test_deleting_a_task_deletes_its_events(self, api: Client) -> None:
        """Nothing of them is left in the store."""
        task, other = new_task(api), new_task(api, "other")
        report(api, event(task), event(task, "log", msg="x"), event(other))
        api.call("tasks.delete", {"task": task, "force": True})
        company = api.call("users.get_current_user")["user"]["company"]["id"]
        both = [Entity(company, one) for one in (task, other)]
        assert [api.backend.events.count(Selection(both, (kind,))) for kind in (SCALAR, LOG)] == [1, 0]


class TestScrolls:
    def test_a_page_that_ends_at_zero_is_followed_by_the_next(self, api: Client) -> None:
        """In both directions (the reference begins again, spec 4 §4.5.4, §4.8.3)."""
        task = new_task(api)
        report(api, *(event(task, iter=i) for i in (-1, 0, 1)))
        for name, more in (("events.scalar_metrics_iter_raw", {"metric": {"metric": "m"}}), ("events.get_task_events", {"order": "desc"})):
            returned, scroll = [], None
            for _ in range(4):
                answer = api.call(name, {"task": task, "batch_size": 1, "scroll_id": scroll, **more})
                returned.append(answer["returned"])
                scroll = answer["scroll_id"]
            assert returned == [1, 1, 1, 0]

    def test_events_without_an_iteration_come_last(self, api: Client) -> None:
        """All types together are read to their end."""
        task = new_task(api)
        report(api, {"type": "log", "task": task, "msg": "x", "timestamp": BASE}, event(task), event(task, variant="w", iter=None))
        answer = api.call("events.get_task_events", {"task": task})
        assert [one.get("iter") for one in answer["events"]] == [1, None, None]
        assert api.call("events.get_task_events", {"task": task, "scroll_id": answer["scroll_id"]})["events"] == []

    def test_scroll_ids_belong_to_their_action_and_task(self, api: Client) -> None:
        """Any other is refused, and nothing of one task is read with the scroll of another."""
        task, other = new_task(api), new_task(api, "other")
        report(api, event(task), event(other))
        raw = api.call("events.scalar_metrics_iter_raw", {"task": task, "metric": {"metric": "m"}})["scroll_id"]
        with pytest.raises(CallFailed) as refused:
            api.call("events.get_task_events", {"task": task, "scroll_id": raw})
        assert (refused.value.code, refused.value.subcode) == (400, 1104)
        data = api.call("events.get_scalar_metric_data", {"task": task, "metric": "m"})["scroll_id"]
        with pytest.raises(CallFailed):
            api.call("events.get_scalar_metric_data", {"task": other, "metric": "m", "scroll_id": data})
        images = api.call("events.plots", {"metrics": [{"task": task}]})["scroll_id"]
        answer = api.call("events.plots", {"metrics": [{"task": other}], "scroll_id": images})
        assert answer["scroll_id"] != images
        assert [one["task"] for one in answer["metrics"]] == [other]

    def test_a_forged_scroll_id_is_refused(self, api: Client) -> None:
        """Its signature is checked."""
        task = new_task(api)
        answer = api.call("events.get_task_events", {"task": task})
        with pytest.raises(CallFailed) as refused:
            api.call("events.get_task_events", {"task": task, "scroll_id": answer["scroll_id"][:-4] + "AAAA"})
        assert (refused.value.code, refused.value.subcode) == (400, 1104)


class TestImages:
    def test_a_stretch_of_lost_images_is_skipped(self, api: Client) -> None:
        """An empty page is the end (the reference stops at the stretch, spec 4 §4.7)."""
        task = new_task(api)
        ring = [event(task, "training_debug_image", iter=i, url=f"http://f/{i % 2}") for i in range(1, 11)]
        report(api, *ring, event(task, "training_debug_image", variant="w", url="http://f/w"))
        seen, scroll = [], None
        for _ in range(3):
            answer = api.call("events.debug_images", {"metrics": [{"task": task}], "iters": 2, "scroll_id": scroll})
            scroll = answer["scroll_id"]
            seen.append([one["iter"] for one in answer["metrics"][0]["iterations"]])
        assert seen == [[10, 9], [1], []]

    def test_stepping_through_images(self, api: Client) -> None:
        """The worked example of spec 4 §4.10.2: over variants, and only over files that still hold their image."""
        task = new_task(api)
        urls = ["a_1", "a_2", "a_0", "a_1", "a_2", "a_0", "a_1", "a_2"]
        images = [
            event(task, "training_debug_image", metric="m1", variant="a", iter=i, url=f"http://f/{url}") for i, url in enumerate(urls, 1)
        ]
        others = [event(task, "training_debug_image", metric="m1", variant="b", iter=i, url=f"http://f/b{i}") for i in (1, 2, 3)]
        report(api, *images, *others)
        first = api.call("events.get_debug_image_sample", {"task": task, "metric": "m1", "variant": "a"})
        assert (first["event"]["iter"], first["min_iteration"], first["max_iteration"]) == (8, 6, 8)

        def step(**fields: Any) -> Any:
            answer = api.call("events.next_debug_image_sample", {"task": task, "scroll_id": first["scroll_id"], **fields})
            found = answer["event"]
            return found and (found["variant"], found["iter"])

        assert [step() for _ in range(5)] == [("a", 7), ("a", 6), ("b", 3), ("b", 2), ("b", 1)]
        assert step() is None
        assert [step(navigate_earlier=False) for _ in range(3)] == [("b", 2), ("b", 3), ("a", 6)]
        missed = api.call("events.get_debug_image_sample", {"task": task, "metric": "m1", "variant": "a", "iteration": 2})
        assert (missed["event"], missed["min_iteration"], missed["max_iteration"]) == (None, 6, 8)
        assert api.call("events.next_debug_image_sample", {"task": task, "scroll_id": missed["scroll_id"]})["event"] is None

    def test_stepping_over_variants_of_one_iteration(self, api: Client) -> None:
        """`next_iteration` goes past them."""
        task = new_task(api)
        names = [(metric, variant) for metric in "xy" for variant in "ab"]
        report(
            api,
            *(
                event(task, "training_debug_image", metric=m, variant=v, iter=i, url=f"http://f/{m}{v}{i}")
                for m, v in names
                for i in (1, 2)
            ),
        )
        asked = {"task": task, "metric": "y", "variant": "a", "navigate_current_metric": False}
        scroll = api.call("events.get_debug_image_sample", asked)["scroll_id"]
        found = []
        for more in ({}, {"next_iteration": True}, {"navigate_earlier": False}, {}):
            one = api.call("events.next_debug_image_sample", {"task": task, "scroll_id": scroll, **more})["event"]
            found.append((one["metric"], one["variant"], one["iter"]))
        assert found == [("x", "b", 2), ("y", "b", 1), ("x", "a", 2), ("y", "b", 1)]


class TestLogs:
    def test_a_line_without_level_is_downloaded(self, api: Client) -> None:
        """What a line lacks is an empty text; `timestamp` is `asctime`."""
        task = new_task(api)
        report(api, {"type": "log", "task": task, "msg": "hello", "timestamp": BASE})
        raw = api.call_raw("events.download_task_log", {"task": task, "line_type": "text", "line_format": "{timestamp}|{level}|{msg}"})
        assert raw.text.decode() == f"{BASE}||hello\n"

    @pytest.mark.parametrize("pattern", ["{msg!r:>99999999}", "{msg.__class__}", "{msg[0]}", "{0}", "{", "{nope}", 5])
    def test_a_format_names_fields_and_nothing_else(self, api: Client, pattern: Any) -> None:
        """So it can neither look into the server nor fill its memory."""
        raw = api.call_raw("events.download_task_log", {"task": new_task(api), "line_type": "text", "line_format": pattern})
        assert raw.body["meta"]["result_subcode"] == 16

    def test_long_logs_are_downloaded_whole(self, api: Client) -> None:
        """Over several pages, in the order of time, many lines at one time included."""
        task = new_task(api)
        report(api, *({"type": "log", "task": task, "msg": str(i), "timestamp": BASE + i // 1500} for i in range(2500)))
        raw = api.call_raw("events.download_task_log", {"task": task, "line_type": "text", "line_format": "{msg}"})
        assert raw.text.decode().split() == [str(i) for i in range(2500)]


def test_vectors_are_named(api: Client) -> None:
    """The reference fails here (spec 4 §4.5.6)."""
    task = new_task(api)
    report(api, event(task, "training_stats_vector", metric="Vector Metric", values=[1]))
    assert api.call("events.get_vector_metrics_and_variants", {"task": task}) == {"metrics": {"Vector Metric": ["v"]}}
    answer = api.call("events.vector_metrics_iter_histogram", {"task": task, "metric": "Vector Metric", "variant": "v"})
    assert (answer["vectors"], answer["iterations"]) == ([[1]], [1])


ODD = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2**31,
        -(2**63),
        2**64,
        10**30,
        1.5,
        1e39,
        "",
        "a",
        "7",
        "x" * 40000,
        [],
        [1],
        {},
        {"a": [None]},
        "*",
        "desc",
        "log",
    ]
)
NAMES = [
    "scalar_metrics_iter_histogram", "multi_task_scalar_metrics_iter_histogram", "scalar_metrics_iter_raw", "get_scalar_metric_data",
    "get_task_metrics", "get_multi_task_metrics", "get_task_latest_scalar_values", "get_task_single_value_metrics", "get_task_plots",
    "get_multi_task_plots", "debug_images", "plots", "get_task_log", "get_task_events", "clear_scroll", "download_task_log",
    "get_debug_image_sample", "get_plot_sample", "next_plot_sample", "next_debug_image_sample", "vector_metrics_iter_histogram",
]  # fmt: skip
FIELDS = [
    "metric", "variant", "metrics", "samples", "key", "batch_size", "scroll_id", "event_type", "iters", "order", "from_timestamp", "from",
    "line_type", "line_format", "iteration", "no_scroll", "model_events", "refresh", "navigate_earlier",
]  # fmt: skip
EVENT_FIELDS = [
    "value",
    "values",
    "plot_str",
    "url",
    "msg",
    "level",
    "key",
    "worker",
    "ts",
    "timestamp",
    "iter",
    "metric",
    "variant",
    "source_urls",
]
KINDS = ["training_stats_scalar", "training_stats_vector", "training_debug_image", "plot", "log"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    fields=st.dictionaries(st.sampled_from(EVENT_FIELDS), ODD, max_size=4),
    name=st.sampled_from(NAMES),
    asked=st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=3),
    version=st.sampled_from(["2.34", "2.8", "2.6", "1.5"]),
)
def test_no_input_breaks_the_server(api: Client, kind: str, fields: Any, name: str, asked: Any, version: str) -> None:
    """Whatever is stored and asked: 200, a 4xx, or the protocol's 500/100 for what cannot be stored; never 500/0."""
    if not hasattr(api, "odd_task"):
        api.odd_task = new_task(api)  # type: ignore[attr-defined]
    task = api.odd_task  # type: ignore[attr-defined]
    usual = {"task": task, "tasks": [task], "metric": "m", "variant": "v", "metrics": [{"task": task, "metric": "m"}], "event_type": kind}
    for action, data in (("add", event(task, kind, **fields)), (name, {**usual, **asked})):
        raw = api.call_raw(f"events.{action}", data, version=version)
        subcode = raw.body["meta"]["result_subcode"] if isinstance(raw.body, dict) and "meta" in raw.body else 0
        assert raw.status < 500 or subcode == 100, (action, json.dumps(data)[:500])
