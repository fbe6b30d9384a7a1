"""Random events, changes and questions, for two event stores that have to answer alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count, groupby
from typing import Any

import pytest
from attrs import define

from apiserver.stores.events import IMAGE, LOG, PLOT, SCALAR, SINGLE, TYPES, VECTOR, Entity, Event, EventStore, Selection, Spot
from apiserver.stores.sqlite.events_packing import Sizes
from apiserver.testing.events import event
from tests.fuzzing import compared

SMALL = Sizes(tail=2, left=0, straight=1, full=4, most=8)
"""So that a few points make blocks that meet, grow, split and are taken apart."""
COMPANIES = ("company", "second")
TASKS = ("a", "b")
METRICS = ("", "m", "a-b", "a", "Z", "ä", ":monitor:gpu")
VARIANTS = ("", "v", "b-c", "c", "V")
NEAR = 1_300_000_000_000
LINES = count()

Rng = random.Random


@define
class Both:
    """The same events in both."""

    one: EventStore
    two: EventStore

    def ask(self, question: Callable[[EventStore], Any]) -> tuple[Any, Any]:
        compared[f"{type(self.one).__name__} and {type(self.two).__name__}"] += 1
        return question(self.one), question(self.two)

    def tell(self, change: Callable[[EventStore], Any]) -> None:
        one, two = self.ask(change)
        assert one == two


# Random events


def _iteration(rng: Rng, *, none: bool = True) -> Any:
    few: list[Any] = [SINGLE, -7, 2**53 + 1, -(2**53) - 3, 2**63 - 1, 5, ...]
    return rng.choice([None, *few] if none else few) if rng.random() < 0.15 else rng.randrange(40)


def _value(rng: Rng) -> Any:
    if rng.random() < 0.2:
        return rng.choice([None, ..., 0, -0.0, 16777217, 1e-46, 0.1, -1, 3.4e38, 10**30, 1e-40])
    return rng.choice([rng.randrange(-5, 50), rng.uniform(-3, 3)])


def _timestamp(rng: Rng) -> Any:
    return rng.choice([None, 0, 999, 1000, 9999, -5, -70_000]) if rng.random() < 0.1 else NEAR + rng.randrange(60) * 500


def _event(rng: Rng) -> Event:
    kind = rng.choice(TYPES)
    fields: dict[str, Any] = {
        "task": rng.choice(TASKS),
        "metric": rng.choice(METRICS),
        "variant": rng.choice(VARIANTS),
        "timestamp": _timestamp(rng),
        "@timestamp": f"2024-03-01T10:20:{rng.randrange(60):02d}.{rng.randrange(1000):03d}Z",
        # A scalar that lacks its iteration in two ways has two newest values; which is shown is nobody's business.
        "iter": _iteration(rng, none=kind != SCALAR),
    }
    if kind == SCALAR:
        fields["value"] = _value(rng)
    elif kind == VECTOR:
        fields["value"] = rng.choice([[], [1, 2.5], ["text", {"a": [1]}], "text", {"a": 1}])
    elif kind == IMAGE:
        fields["url"] = rng.choice([None, ..., "", 5, *(f"http://f/{number}" for number in range(4))])
        fields["key"] = rng.choice([..., ..., None, "k"])
    elif kind == PLOT:
        fields |= {"valid_plot": rng.choice([..., ..., True, False, None, "no"]), "plot_str": rng.choice([..., "{}", None])}
        fields["source_urls"] = rng.choice([..., ["http://f/p"], ["http://f/p", 1], "http://f/text", []])
    else:
        fields |= {
            "msg": f"line {next(LINES)}",
            "level": rng.choice([..., None, "INFO", ["odd"], 5]),
            "iter": rng.choice([..., None, 1, 7]),
        }
    if rng.random() < 0.1:
        fields[rng.choice(["extra", "a.b", "_id", "", "metric.x", "value2"])] = rng.choice([1, "text", {"a": {"b": None}}, [1, [2]], 2**70])
    return event(kind, **fields)


def reported(both: Both, rng: Rng, batches: int, size: int) -> None:
    for _ in range(batches):
        company = rng.choice((*COMPANIES, "company"))
        batch = [_event(rng) for _ in range(rng.randrange(1, size))]
        both.tell(lambda store, company=company, batch=batch: store.add(company, [dict(one) for one in batch]))  # type: ignore[misc]


def changed(both: Both, rng: Rng) -> None:
    """Something is removed."""
    company, task = rng.choice(COMPANIES), rng.choice(TASKS)
    if rng.random() < 0.4:
        both.tell(lambda store: store.delete(company, [task, "nobody"]))
        return
    before = rng.choice([None, NEAR + 500 * rng.randrange(60), 5000, -10])
    include, exclude = ([name for name in METRICS if rng.random() < share] for share in (0.3, 0.2))
    both.tell(lambda store: store.clear_log(company, task, before_ms=before, include=include, exclude=exclude))


# Random questions


def _metrics(rng: Rng) -> dict[str, tuple[str, ...]] | None:
    if rng.random() < 0.5:
        return None
    names = rng.sample(METRICS, rng.randrange(0, 4))
    return {name: tuple(rng.sample(VARIANTS, rng.choice([0, 0, 1, 2]))) for name in names}


def _entities(rng: Rng) -> tuple[Entity, ...]:
    every = [Entity(company, task) for company in COMPANIES for task in TASKS]
    return tuple(rng.sample(every, rng.randrange(1, 4)))


def _selection(rng: Rng, *, one: bool, kinds: tuple[str, ...] = TYPES) -> Selection:
    """one: of one entity and type."""
    entities = _entities(rng)
    types = tuple(rng.sample(kinds, 1 if one else rng.randrange(1, len(kinds) + 1)))
    spots = None
    if rng.random() < 0.15:
        spots = tuple(
            Spot(rng.choice(TASKS), rng.choice([None, *METRICS]), tuple(rng.sample(range(40), rng.randrange(0, 9))))
            for _ in range(rng.randrange(4))
        )
    return Selection(
        entities[:1] if one else entities,
        types,
        _metrics(rng),
        above=rng.choice([None, None, SINGLE, 10]),
        iterations=None if rng.random() < 0.8 else tuple(rng.sample(range(40), 5)),
        spots=spots,
        with_url=rng.random() < 0.3 and types == (IMAGE,),
        valid=rng.random() < 0.3 and types == (PLOT,),
    )


def _sorted(events: list[Event], by: str) -> list[tuple[Any, list[str]]]:
    """Keys in their order, each with its events; equals have no order that both share."""
    return [(key, sorted(map(shown, group))) for key, group in groupby(events, key=lambda one: one.get(by))]


def shown(one: Event) -> str:
    return repr(sorted(one.items()))


def _all_pages(store: EventStore, selection: Selection, by: str, descending: bool, size: int) -> list[tuple[Any, list[str]]]:
    found: list[Event] = []
    after = None
    while True:
        page = store.page(selection, by=by, descending=descending, size=size, after=after)
        assert len(page.events) <= size
        found += page.events
        after = page.next
        if after is None:
            return _sorted(found, by)


def _check_pages(both: Both, rng: Rng) -> None:
    selection, by, descending, size = _selection(rng, one=True), rng.choice(["iter", "timestamp"]), rng.random() < 0.5, rng.choice([3, 50])
    one, two = both.ask(lambda store: _all_pages(store, selection, by, descending, size))
    assert one == two


def _check_whole_page(both: Both, rng: Rng) -> None:
    selection, by = _selection(rng, one=False), rng.choice(["iter", "timestamp"])
    after = rng.choice([None, 0, 5, NEAR + 3000, 1000, 2**53 + 1])
    descending, size = rng.random() < 0.5, rng.choice([1, 4, 30, 1000])
    one, two = both.ask(lambda store: _sorted(store.whole_page(selection, by=by, descending=descending, size=size, after=after), by))
    assert one == two


def _check_counts(both: Both, rng: Rng) -> None:
    selection = _selection(rng, one=False)
    one, two = both.ask(lambda store: (store.count(selection), store.exists(selection)))
    assert one == two


def _check_names(both: Both, rng: Rng) -> None:
    entities, types, above = _entities(rng), rng.sample(TYPES, rng.randrange(1, 6)), rng.choice([None, SINGLE, 20])
    one, two = both.ask(lambda store: store.variants(entities, types, above=above))
    assert (one, list(one)) == (two, list(two))


def _check_series(both: Both, rng: Rng) -> None:
    (entity, *_), key, metrics = _entities(rng), rng.choice(["iter", "timestamp"]), _metrics(rng)
    one, two = both.ask(lambda store: store.ranges(entity, key=key, metrics=metrics))
    assert one == two
    series = [*((one.metric, one.variant) for one in two), ("nothing", "")]
    interval = rng.choice([1, 2, 17, 500, 1501])
    found = both.ask(lambda store: store.buckets(entity, series, key=key, interval=interval))
    for name, *answers in zip(series, *found, strict=True):
        # Iterations beyond 2^53 are cut into buckets by doubles in Elasticsearch.
        mine, theirs = (
            {start: mean for start, mean in zip(curve.starts, curve.means, strict=True) if abs(start) < 2**52} for curve in answers
        )
        assert list(mine) == list(theirs), name
        for start, mean in mine.items():
            assert mean == theirs[start] or mean == pytest.approx(theirs[start], rel=1e-12, abs=1e-40), name


def _check_newest_values(both: Both, rng: Rng) -> None:
    (entity, *_) = _entities(rng)
    one, two = both.ask(lambda store: (store.latest(entity), store.last_iteration(entity)))
    assert one == two


def _check_newest(both: Both, rng: Rng) -> None:
    selection, most = _selection(rng, one=True), rng.choice([1, 3, 150])
    one, two = both.ask(lambda store: store.newest(selection, count=most))
    place = [(event["metric"], event["variant"], event.get("iter")) for event in two]
    assert [(event["metric"], event["variant"], event.get("iter")) for event in one] == place
    for mine, theirs, where in zip(one, two, place, strict=True):
        # Several at one iteration (under two keys, or without one) have no order that both share.
        if where[2] is not None and "key" not in mine and selection.types != (LOG,):
            assert shown(mine) == shown(theirs)


def _check_spots(both: Both, rng: Rng) -> None:
    selection, most, per_metric = _selection(rng, one=False), rng.choice([1, 2, 9]), rng.random() < 0.5
    companies = {entity.id: entity for entity in selection.entities}
    selection = Selection(tuple(companies.values()), selection.types[:1], selection.metrics, valid=selection.valid)
    one, two = both.ask(lambda store: sorted(store.last_spots(selection, count=most, per_metric=per_metric), key=repr))
    assert one == two
    if two:
        shown = Selection(selection.entities, selection.types, spots=tuple(two))
        one, two = both.ask(lambda store: store.count(shown))
        assert one == two


def _check_iterations(both: Both, rng: Rng) -> None:
    selection, descending, most = _selection(rng, one=True), rng.random() < 0.5, rng.choice([1, 5, 99])
    below, above = rng.choice([None, 20, SINGLE]), rng.choice([None, 3, SINGLE, 2**53])
    one, two = both.ask(lambda store: store.iterations(selection, below=below, above=above, descending=descending, count=most))
    assert one == two


def _check_images(both: Both, rng: Rng) -> None:
    (entity, *_), metrics = _entities(rng), _metrics(rng)
    one, two = both.ask(lambda store: store.url_uses(entity, metrics))
    assert one == two
    selection = _selection(rng, one=True)
    one, two = both.ask(lambda store: store.extents(selection))
    assert one == two
    ids = rng.sample([*TASKS, "nobody"], 2)
    one, two = both.ask(lambda store: store.urls(entity.company, ids))
    assert one == two


CHECKS = (
    _check_pages, _check_whole_page, _check_counts, _check_names, _check_series, _check_newest_values, _check_newest, _check_spots,
    _check_iterations, _check_images,
)  # fmt: skip
