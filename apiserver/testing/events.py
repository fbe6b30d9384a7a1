"""EventStoreSuite: what every event engine must do. A test class inherits it and has a fixture `events` that yields a clean store."""

from __future__ import annotations

import json
import threading
from collections import Counter
from itertools import groupby
from typing import Any

import pytest

from apiserver.stores.errors import InvalidQuery
from apiserver.stores.events import (
    IMAGE,
    LOG,
    PLOT,
    SCALAR,
    SINGLE,
    TYPES,
    VECTOR,
    Curve,
    Entity,
    Event,
    EventStore,
    Extent,
    Latest,
    Owner,
    Range,
    Selection,
    Spot,
    UrlUse,
)

COMPANY = "company"
TASK = Entity(COMPANY, "task")
OTHER = Entity(COMPANY, "other")
ARRIVED = "2024-03-01T10:20:30.123Z"
ARRIVED_MS = 1709288430123


def event(kind: str = SCALAR, **fields: Any) -> Event:
    """A complete event; `iter=...` leaves the iteration out."""
    usual: dict[str, Event] = {
        SCALAR: {"value": 0.5},
        VECTOR: {"value": [1, 2.5]},
        IMAGE: {"url": "http://f/1"},
        PLOT: {"plot_str": "{}"},
        LOG: {"msg": "x"},
    }
    found = {
        "type": kind,
        "task": "task",
        "metric": "m",
        "variant": "v",
        "iter": 0,
        "timestamp": 1300000000000,
        "@timestamp": ARRIVED,
        "worker": "w",
        "model_event": False,
        **usual[kind],
        **fields,
    }
    return {name: value for name, value in found.items() if value is not ...}


def scalars(count: int, **fields: Any) -> list[Event]:
    return [event(iter=i, value=float(i), timestamp=1300000000000 + 1000 * i, **fields) for i in range(count)]


def of(kind: str = SCALAR, **conditions: Any) -> Selection:
    return Selection((TASK,), (kind,), **conditions)


class _Writing:
    @pytest.mark.parametrize(
        "sent",
        [
            event(),
            event(value=3),
            event(value=0.1234567890123456789),
            event(value=10**30),
            event(value=-0.0),
            event(value=None),
            event(value=...),
            event(iter=...),
            event(iter=None),
            event(iter=-(2**63)),
            event(iter=2**63 - 1),
            event(timestamp=None),
            event(timestamp=1300000000000.5),
            event(worker=None),
            event(key="k", extra={"a": [1, None, "ä\0"], "big": 2**70}, model_event=True),
            event(metric="", variant=""),
            event(VECTOR),
            event(VECTOR, value=[], iter=...),
            event(IMAGE, key=None),
            event(IMAGE, url=None),
            event(PLOT, plot_str="x" * 200_000, plot_len=200_000, source_urls=["http://f/p"]),
            event(PLOT, valid_plot=False, iter=None),
            event(LOG),
            event(LOG, iter=..., msg="ünï\0code", level="info"),
            event(LOG, msg=None, level=["odd"], iter=5, more=1, timestamp=None),
        ],
    )
    def test_an_event_comes_back_as_it_was_stored(self, events: EventStore, sent: Event) -> None:
        """All fields, with their kinds and digits, and none that was not sent."""
        events.add(COMPANY, [sent])
        by = "timestamp" if sent["type"] == LOG else "iter"
        (found,) = events.page(of(sent["type"]), by=by, size=10).events
        assert found == sent
        assert {name: type(value) for name, value in found.items()} == {name: type(value) for name, value in sent.items()}

    def test_the_last_report_of_a_place_stays(self, events: EventStore) -> None:
        """In one batch and in two; a line of the log never replaces another."""
        events.add(COMPANY, [event(value=1), event(value=2)])
        events.add(COMPANY, [event(value=3), event(IMAGE, url="a"), event(IMAGE, url="b"), event(LOG), event(LOG)])
        assert [one["value"] for one in events.select(of())] == [3]
        assert [one["url"] for one in events.select(of(IMAGE))] == ["b"]
        assert events.count(of(LOG)) == 2

    def test_what_makes_a_place(self, events: EventStore) -> None:
        """Type, task, iteration, metric, variant and key; a missing iteration or key differs from a null one."""
        different = [
            event(), event(iter=1), event(iter=...), event(iter=None), event(metric="n"), event(variant="w"), event(key="k"),
            event(key=None), event(key=""), event(task="other"), event(VECTOR), event(PLOT),
        ]  # fmt: skip
        events.add(COMPANY, different)
        assert sum(events.count(Selection((TASK, OTHER), (kind,))) for kind in TYPES) == len(different)

    @pytest.mark.parametrize("kind", [SCALAR, PLOT])
    @pytest.mark.parametrize("together", [True, False])
    def test_dashes_are_not_escaped(self, events: EventStore, kind: str, together: bool) -> None:
        """QUIRK: spec 4 §4.2.4: "a-b"/"c" and "a"/"b-c" are one place."""
        first, second = event(kind, metric="a-b", variant="c"), event(kind, metric="a", variant="b-c")
        for batch in [[first, second]] if together else [[first], [second]]:
            events.add(COMPANY, batch)
        assert events.select(of(kind)) == [second]
        events.add(COMPANY, [first])
        assert events.select(of(kind)) == [first]
        assert events.variants([TASK], [kind]) == {"a-b": ["c"]}

    def test_another_company_has_its_own(self, events: EventStore) -> None:
        """The same id in two companies is two entities, for reading and deleting."""
        events.add(COMPANY, [event(value=1)])
        events.add("company 2", [event(value=2)])
        assert [one["value"] for one in events.select(of())] == [1]
        assert events.delete("company 2", ["task"]) == 1
        assert events.count(of()) == 1

    def test_delete_takes_all_of_some(self, events: EventStore) -> None:
        """All types are counted; other entities keep theirs; what is reported afterwards is new."""
        every = [event(kind) for kind in TYPES]
        events.add(COMPANY, [*every, *({**one, "task": "other"} for one in every)])
        assert events.delete(COMPANY, ["task", "task", "nobody"]) == 5
        assert events.variants([TASK], TYPES) == {}
        assert events.count(Selection((OTHER,), TYPES)) == 5
        events.add(COMPANY, [event(value=9), event(LOG)])
        assert events.count(Selection((TASK,), TYPES)) == 2

    def test_clear_log(self, events: EventStore) -> None:
        """Age and metrics hold together; other types stay."""
        lines = [event(LOG, metric=metric, timestamp=at) for metric in ("a", "b", "") for at in (1000, 2000)]
        events.add(COMPANY, [*lines, event(metric="a", timestamp=1000), event(LOG, task="other", metric="a", timestamp=1000)])

        def clear(before_ms: int | None = None, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> int:
            return events.clear_log(COMPANY, "task", before_ms=before_ms, include=include, exclude=exclude)

        assert clear(before_ms=2000, include=("a", "b"), exclude=("b",)) == 1
        assert clear(include=("",)) == 2
        assert clear(exclude=("a",)) == 2
        assert [(one["metric"], one["timestamp"]) for one in events.select(of(LOG))] == [("a", 2000)]
        assert clear() == 1
        assert (events.count(of()), events.count(Selection((OTHER,), (LOG,)))) == (1, 1)

    def test_urls(self, events: EventStore) -> None:
        """Of images and in plots, each once; none of others' and no empty ones."""
        events.add(
            COMPANY,
            [
                event(IMAGE, url="http://f/2"), event(IMAGE, url="http://f/2", iter=1), event(IMAGE, url="", iter=2),
                event(PLOT, source_urls=["http://f/3", "http://f/1"]), event(IMAGE, task="other", url="http://f/9"),
            ],
        )  # fmt: skip
        assert events.urls(COMPANY, ["task"]) == ["http://f/1", "http://f/2", "http://f/3"]
        assert events.urls(COMPANY, []) == []

    def test_threads_may_write_at_once(self, events: EventStore) -> None:
        """Nothing is lost, and each series is one."""

        def write(start: int) -> None:
            for i in range(start, start + 20):
                events.add(COMPANY, [event(iter=i), event(LOG, iter=i)])

        threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (events.count(of()), events.count(of(LOG))) == (60, 60)
        assert len(events.ranges(TASK, key="iter")) == 1


class _Pages:
    @pytest.mark.parametrize("kind", TYPES)
    @pytest.mark.parametrize("by", ["iter", "timestamp"])
    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_show_everything_once_and_in_order(self, events: EventStore, kind: str, by: str, descending: bool) -> None:
        """Those without the key come last in both directions; equals are never lost between pages."""
        keys = [3, 1, 1, 2, 1, 5, None, None, -4, 0]
        sent = [event(kind, **{by: key}, variant=f"v{i}") for i, key in enumerate(keys)]
        events.add(COMPANY, sent)
        seen: list[Event] = []
        after: list[Any] | None = None
        for _ in range(len(sent) + 1):
            page = events.page(of(kind), by=by, descending=descending, size=2, after=after)
            seen += page.events
            after = page.next
            if after is None:
                break
        wanted = sorted((key for key in keys if key is not None), reverse=descending)
        assert [one[by] for one in seen] == [*wanted, None, None]
        assert sorted(one["variant"] for one in seen) == [f"v{i}" for i in range(len(keys))]

    @pytest.mark.parametrize("kind", TYPES)
    def test_pages_by_time_split_one_series(self, events: EventStore, kind: str) -> None:
        """Iterations that a series reported in one millisecond."""
        sent = [event(kind, iter=i) for i in range(7)]
        events.add(COMPANY, sent)
        seen: list[Event] = []
        after: list[Any] | None = None
        while len(seen) <= len(sent):
            page = events.page(of(kind), by="timestamp", size=2, after=after)
            seen += page.events
            after = page.next
            if after is None:
                break
        assert sorted(one["iter"] for one in seen) == list(range(7))

    def test_a_position_of_another_kind_is_refused(self, events: EventStore) -> None:
        """It would be misread."""
        events.add(COMPANY, [event()])
        with pytest.raises(InvalidQuery):
            events.page(of(), size=1, after=[0])

    @pytest.mark.parametrize("descending", [False, True])
    def test_a_whole_page_never_splits_a_key(self, events: EventStore, descending: bool) -> None:
        """Over all types together; reading on from the last key shows the rest, those without it last."""
        sent = [
            *(event(iter=i, variant=f"v{i}") for i in range(4)), event(PLOT, iter=1), event(IMAGE, iter=1), event(LOG, iter=2),
            event(LOG, iter=...), event(VECTOR, iter=None),
        ]  # fmt: skip
        events.add(COMPANY, sent)
        selection = Selection((TASK,), TYPES)
        first = events.whole_page(selection, descending=descending, size=2)
        assert [one["iter"] for one in first] == ([3, 2, 2] if descending else [0, 1, 1, 1])
        rest = events.whole_page(selection, descending=descending, size=100, after=first[-1]["iter"])
        assert [one.get("iter") for one in rest] == [*([1, 1, 1, 0] if descending else [2, 2, 3]), None, None]
        assert events.whole_page(selection, size=0) == []

    def test_zero_is_a_key_like_any_other(self, events: EventStore) -> None:
        """Going on from 0 does not begin again."""
        events.add(COMPANY, scalars(3))
        assert [one["iter"] for one in events.whole_page(of(), size=10, after=0)] == [1, 2]
        assert events.whole_page(of(), size=10, after=0, descending=True) == []

    def test_selections(self, events: EventStore) -> None:
        """Metrics, variants, iterations, spots and marks, alone and together."""
        events.add(COMPANY, [event(metric=m, variant=v, iter=i) for m in "ab" for v in "xy" for i in range(3)])
        events.add(COMPANY, [event(IMAGE, url=None), event(IMAGE, url="", iter=1), event(PLOT, valid_plot=False), event(PLOT, iter=1)])
        assert events.count(of(metrics={"a": ()})) == 6
        assert events.count(of(metrics={"a": ("x",), "b": ("y", "z")})) == 6
        assert events.count(of(metrics={"c": ()})) == 0
        assert events.count(of(metrics={})) == 12
        assert events.count(of(iterations=(0, 2, 9))) == 8
        assert events.count(of(above=0)) == 8
        assert events.count(of(spots=(Spot("task", "a", (1, 2)), Spot("task", "b", (0,)), Spot("other", None, (0,))))) == 6
        assert events.count(of(spots=(Spot("task", None, (1,)),), metrics={"a": ("x",)})) == 1
        assert [one["iter"] for one in events.select(of(IMAGE, with_url=True))] == [1]
        assert [one["iter"] for one in events.select(of(PLOT, valid=True))] == [1]
        assert events.exists(of())
        assert not events.exists(of(iterations=(77,)))

    def test_variants_are_sorted_by_their_bytes(self, events: EventStore) -> None:
        """Capitals first, then small letters, then the rest; only those that have events."""
        events.add(COMPANY, [event(metric=name) for name in ("b", "Z", "ä", "", "a")] + [event(variant="V"), event(variant="")])
        assert events.variants([TASK], [SCALAR]) == {"": ["v"], "Z": ["v"], "a": ["v"], "b": ["v"], "m": ["", "V"], "ä": ["v"]}

    def test_variants_above_an_iteration(self, events: EventStore) -> None:
        """Single values and events without iteration do not count then."""
        events.add(
            COMPANY, [event(metric="single", iter=SINGLE), event(metric="none", iter=...), event(iter=-5), event(LOG, iter=1, metric="l")]
        )
        assert list(events.variants([TASK, OTHER], TYPES, above=SINGLE)) == ["l", "m"]
        assert list(events.variants([TASK], (LOG,))) == ["l"]
        assert events.variants([OTHER], TYPES) == {}


class _Aggregates:
    def test_ranges(self, events: EventStore) -> None:
        """Only iterations above the single value count, whatever the key is."""
        events.add(COMPANY, scalars(3))
        events.add(
            COMPANY, [event(iter=SINGLE), event(iter=...), event(metric="a", iter=-7, timestamp=None), event(metric="s", iter=SINGLE)]
        )
        assert events.ranges(TASK, key="iter") == [Range("a", "v", 1, -7, -7), Range("m", "v", 3, 0, 2)]
        assert events.ranges(TASK, key="timestamp") == [Range("m", "v", 3, 1300000000000, 1300000002000)]
        assert events.ranges(TASK, key="iter", metrics={"a": ()}) == [Range("a", "v", 1, -7, -7)]

    def test_buckets_are_aligned_to_zero(self, events: EventStore) -> None:
        """Downwards for negative iterations, too; an interval of 1 gives every point."""
        values = {-25: 0, -15: 1, -5: 2, 5: 3, 15: 4, 25: 5}
        events.add(COMPANY, [event(iter=i, value=value) for i, value in values.items()])
        (found,) = events.buckets(TASK, [("m", "v")], key="iter", interval=17)
        assert found == Curve([-34, -17, 0, 17], [0, 1.5, 3.5, 5])
        (found,) = events.buckets(TASK, [("m", "v")], key="iter", interval=1)
        assert found == Curve(list(values), list(values.values()))

    def test_buckets_of_time(self, events: EventStore) -> None:
        """Fractions of a millisecond are cut; events without a time are left out."""
        events.add(COMPANY, [event(iter=i, value=i, timestamp=at) for i, at in enumerate([1000.5, 1000, 1001.9, None, 1003])])
        (found,) = events.buckets(TASK, [("m", "v")], key="timestamp", interval=2)
        assert found == Curve([1000, 1002], [1, 4])

    def test_means_are_of_values_of_4_bytes(self, events: EventStore) -> None:
        """QUIRK: spec 4 §4.2.2: 0.91 is 0.9100000262260437 there; whole numbers beyond 24 bits are rounded to even."""
        for value, mean in ((0.91, 0.9100000262260437), (16777217, 16777216.0), (16777219, 16777220.0), (1e-46, 0.0), (None, None)):
            events.add(COMPANY, [event(value=value)])
            assert events.buckets(TASK, [("m", "v")], key="iter", interval=1) == [Curve([0], [mean])]

    def test_buckets_answer_in_the_order_of_the_question(self, events: EventStore) -> None:
        """A series that is not there has none."""
        events.add(COMPANY, [event(metric="a"), event(metric="b", value=None), event(metric="b", iter=1, value=...)])
        found = events.buckets(TASK, [("b", "v"), ("c", "v"), ("a", "v")], key="iter", interval=10)
        assert found == [Curve([0], [None]), Curve([], []), Curve([0], [0.5])]

    def test_latest_values(self, events: EventStore) -> None:
        """QUIRK: spec 4 §4.5.7: 0 and less do not count."""
        events.add(COMPANY, [event(value=0.3), event(iter=1, value=0), event(metric="neg", value=-1)])
        events.add(COMPANY, [event(iter=-1, value=2, **{"@timestamp": "2024-03-01T10:20:31.000Z"})])
        assert events.latest(TASK) == [Latest("m", "v", 0.30000001192092896, ARRIVED_MS + 877)]

    def test_last_iteration(self, events: EventStore) -> None:
        """Over all types."""
        assert events.last_iteration(TASK) is None
        events.add(COMPANY, [event(iter=3), event(PLOT, iter=7), event(LOG, iter=9), event(LOG, iter=...), event(IMAGE, iter=None)])
        assert events.last_iteration(TASK) == 9

    def test_newest(self, events: EventStore) -> None:
        """By metric and variant, iterations falling, those without one last."""
        events.add(
            COMPANY, [event(PLOT, metric=m, variant=v, iter=i) for m, v, i in (("b", "x", 1), ("a", "y", 2), ("a", "x", 3), ("a", "x", 5))]
        )
        events.add(
            COMPANY, [event(PLOT, metric="a", variant="x", iter=...), event(PLOT, metric="a", variant="x", iter=4, valid_plot=False)]
        )
        found = [(one["metric"], one["variant"], one.get("iter")) for one in events.newest(of(PLOT, valid=True), count=3)]
        assert found == [("a", "x", 5), ("a", "x", 3), ("a", "x", None), ("a", "y", 2), ("b", "x", 1)]

    def test_last_spots(self, events: EventStore) -> None:
        """Of each metric of each entity, or of each entity."""
        events.add(
            COMPANY, [event(PLOT, metric=m, variant=v, iter=i) for m, v, i in (("a", "x", 1), ("a", "y", 4), ("a", "z", 4), ("b", "x", 2))]
        )
        events.add(COMPANY, [event(PLOT, task="other", iter=...), event(PLOT, task="other", iter=8)])
        both = Selection((TASK, OTHER), (PLOT,))
        assert sorted(events.last_spots(both, count=2, per_metric=True), key=lambda spot: (spot.entity, spot.metric or "")) == [
            Spot("other", "m", (8,)), Spot("task", "a", (4, 1)), Spot("task", "b", (2,)),
        ]  # fmt: skip
        assert sorted(events.last_spots(both, count=2, per_metric=False), key=lambda spot: spot.entity) == [
            Spot("other", None, (8,)), Spot("task", None, (4, 2)),
        ]  # fmt: skip

    def test_url_uses(self, events: EventStore) -> None:
        """The highest and the second highest iteration of each url; images at one iteration under two keys count once."""
        used = [(1, "a"), (2, "b"), (3, "a"), (4, "a")]
        events.add(COMPANY, [event(IMAGE, iter=i, url=url) for i, url in used])
        events.add(COMPANY, [event(IMAGE, iter=4, url="a", key="k"), event(IMAGE, iter=..., url="a"), event(IMAGE, iter=9, url=None)])
        assert events.url_uses(TASK) == [UrlUse("m", "v", "a", 4, 3), UrlUse("m", "v", "b", 2, None)]
        assert events.url_uses(TASK, {"n": ()}) == []

    def test_extents(self, events: EventStore) -> None:
        """Lowest and highest iteration and newest time of each variant."""
        events.add(COMPANY, [event(IMAGE, iter=i, timestamp=10 - i) for i in (2, 5)] + [event(IMAGE, variant="w", iter=...)])
        events.add(COMPANY, [event(IMAGE, variant="n", url=None)])
        assert events.extents(of(IMAGE, with_url=True)) == [Extent("m", "v", 2, 5, 8), Extent("m", "w", None, None, 1300000000000)]

    @pytest.mark.parametrize("kind", TYPES)
    def test_extents_of_every_type(self, events: EventStore, kind: str) -> None:
        """Events without a time do not count for it."""
        events.add(
            COMPANY, [event(kind, iter=3, timestamp=None), event(kind, iter=1, timestamp=5), event(kind, variant="w", timestamp=None)]
        )
        assert events.extents(of(kind)) == [Extent("m", "v", 1, 3, 5), Extent("m", "w", 0, 0, None)]

    def test_iterations(self, events: EventStore) -> None:
        """Different ones, from a bound on, in both directions."""
        events.add(COMPANY, [event(PLOT, iter=i, variant=v) for i in (1, 2, 5, 9) for v in "ab"] + [event(PLOT, iter=...)])
        assert events.iterations(of(PLOT), descending=True, count=2) == [9, 5]
        assert events.iterations(of(PLOT), below=5, descending=True, count=9) == [2, 1]
        assert events.iterations(of(PLOT), above=2, descending=False, count=1) == [5]
        assert events.iterations(of(PLOT), above=1, below=9, descending=False, count=9) == [2, 5]
        assert events.iterations(of(PLOT, metrics={"n": ()}), descending=True, count=2) == []


def _many(company_tasks: int = 7) -> list[Event]:
    """Events of all types, of tasks with few and one with many, with what is odd in each."""
    found: list[Event] = []
    for number in range(company_tasks):
        task = f"task-{number}"
        for kind in TYPES:
            found += [event(kind, task=task, iter=i, variant=f"v{i % 2}", timestamp=1300000000000 - 7 * i) for i in range(number + 1)]
    large = {"task": "task-3-large"}
    found += [event(iter=i, metric=f"m{i % 3}", **large) for i in range(40)]
    found += [event(iter=..., **large), event(iter=None, value=None, **large), event(key="k", more=[1], worker=None, **large)]
    found += [event(PLOT, iter=i, variant=f"v{i % 4}", **large) for i in range(17)]
    found += [event(IMAGE, iter=i, url=f"http://f/{i}", key=f"{i}", **large) for i in range(23)]
    found += [event(LOG, iter=..., msg="same", timestamp=1000, **large) for i in range(30)]
    found += [event(LOG, msg=f"{i}", timestamp=1000 + i // 3, **large) for i in range(30)]
    found += [event(LOG, msg="no time", timestamp=None, **large) for i in range(3)]
    return found


def _texts(events: list[Event]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


class _Carrying:
    def test_who_has_events(self, events: EventStore) -> None:
        """Companies; and tasks of a type in the order of their ids, with counts, however few are asked for at a time."""
        assert events.companies() == []
        assert events.owners(COMPANY, SCALAR, size=5) == []
        events.add(COMPANY, [event(kind, task=f"t{n}", iter=i) for kind in (SCALAR, LOG) for n in range(5) for i in range(n + 1)])
        events.add("another_one", [event(PLOT)])
        events.add("", [event(PLOT, task="z"), event(PLOT, task="ä"), event(PLOT, task="Z")])
        assert events.companies() == ["", "another_one", COMPANY]
        everyone = [Owner(f"t{n}", n + 1) for n in range(5)]
        assert events.owners(COMPANY, SCALAR, size=10) == events.owners(COMPANY, LOG, size=10) == everyone
        assert events.owners(COMPANY, SCALAR, size=2) == everyone[:2]
        assert events.owners(COMPANY, SCALAR, after="t1", size=2) == everyone[2:4]
        assert events.owners(COMPANY, SCALAR, after="t4", size=2) == []
        assert events.owners(COMPANY, IMAGE, size=10) == []
        assert [owner.id for owner in events.owners("", PLOT, size=2)] == ["Z", "z"]
        events.delete(COMPANY, ["t2"])
        events.clear_log(COMPANY, "t3", before_ms=None, include=(), exclude=())
        assert [owner.id for owner in events.owners(COMPANY, SCALAR, size=3)] == ["t0", "t1", "t3"]
        assert [owner.id for owner in events.owners(COMPANY, LOG, size=3)] == ["t0", "t1", "t4"]

    @pytest.mark.parametrize("kind", TYPES)
    @pytest.mark.parametrize("size", [4, 1000])
    def test_every_event_is_scanned_once(self, events: EventStore, kind: str, size: int) -> None:
        """In portions that hold a task's events together, and from the end of each portion it goes on."""
        stored = _many()
        events.add(COMPANY, stored)
        events.add("other company", [event(kind, task="task-1")])
        portions = list(events.scan(COMPANY, kind, size=size))
        found = [one for portion in portions for one in portion.events]
        assert _texts(found) == _texts([one for one in stored if one["type"] == kind])
        tasks = [task for portion in portions for task, _ in groupby(one["task"] for one in portion.events)]
        assert [task for task, _ in groupby(tasks)] == sorted(set(tasks))
        given = Counter[str]()
        for portion in portions:
            for task in {one["task"] for one in portion.events}:
                assert portion.lines.get(task, 0) == given[task]
            given.update(one["task"] for one in portion.events)
        for place in range(0, len(portions), max(1, len(portions) // 5)):
            after = json.loads(json.dumps(portions[place].after))
            assert list(events.scan(COMPANY, kind, size=size, after=after)) == portions[place + 1 :]
        with pytest.raises(InvalidQuery):
            list(events.scan(COMPANY, kind, after=["no position"]))

    @pytest.mark.parametrize("size", [9, 1000])
    def test_events_are_carried_as_they_are(self, events: EventStore, size: int) -> None:
        """All fields and the order of logs; portions that are put again double nothing; what is reported afterwards comes behind."""
        events.add(COMPANY, _many())
        before = {kind: list(events.scan(COMPANY, kind, size=size)) for kind in TYPES}
        for portions in before.values():
            for place, portion in enumerate(portions):
                events.put("carried", portion.events, lines=portion.lines)
                if place % 3 == 0:
                    events.put("carried", portion.events, lines=portion.lines)
        events.put("carried", [])
        for kind, portions in before.items():
            assert _texts([one for p in events.scan("carried", kind) for one in p.events]) == _texts(
                [e for p in portions for e in p.events]
            )
        log = Selection((Entity("carried", "task-3-large"),), (LOG,))
        was = events.page(Selection((Entity(COMPANY, "task-3-large"),), (LOG,)), by="timestamp", size=1000).events
        assert events.page(log, by="timestamp", size=1000).events == was
        events.add("carried", [event(LOG, task="task-3-large", timestamp=1000, msg="new")])
        of_that_time = [one for one in was if one["timestamp"] == 1000]
        found = events.page(log, by="timestamp", size=len(of_that_time) + 1).events
        assert found == [*of_that_time, event(LOG, task="task-3-large", timestamp=1000, msg="new")]

    def test_a_snapshot_is_one_moment(self, events: EventStore) -> None:
        """Where the engine has them: what others store meanwhile is not seen inside, and is afterwards."""
        events.add(COMPANY, [event(LOG)])

        def report() -> None:
            events.add(COMPANY, [event(LOG), event()])

        with events.snapshot() as is_one:
            thread = threading.Thread(target=report)
            thread.start()
            thread.join()
            if is_one:
                assert (events.count(of(LOG)), events.count(of())) == (1, 0)
        assert (events.count(of(LOG)), events.count(of())) == (2, 1)


class EventStoreSuite(_Writing, _Pages, _Aggregates, _Carrying):
    """All of it."""
