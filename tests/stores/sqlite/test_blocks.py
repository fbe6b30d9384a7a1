"""Scalars in blocks answer like scalars in rows, whatever is reported in whatever order."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiserver.stores.events import SCALAR, TYPES, Curve, Entity, Range, Selection
from apiserver.stores.sqlite.blocks import Whole, packed
from apiserver.stores.sqlite.events import SqliteEventStore
from apiserver.stores.sqlite.events_packing import DEFAULT, Sizes
from apiserver.testing.events import COMPANY, TASK, event, of, scalars
from tests.fuzzing import examples
from tests.stores.random_events import CHECKS, COMPANIES, SMALL, TASKS, Both, Rng, changed, reported, shown

ROWS = Sizes(tail=1 << 60, straight=1 << 60)
"""No blocks at all."""
ORDERS = ("rising", "falling", "random", "two behind each other", "twice")


def sound(store: SqliteEventStore) -> None:
    """What always holds (`events_packing.py`)."""
    rows = store._database.rows
    assert rows("PRAGMA integrity_check") == [("ok",)]
    ends: dict[int, int] = {}
    for identity, series, first, last, count, iters in rows(
        "SELECT id, series, first, last, count, iters FROM blocks ORDER BY series, first"
    ):
        iterations = Whole.of(iters, count).list()
        assert sorted(set(iterations)) == iterations, identity
        assert (iterations[0], iterations[-1], len(iterations)) == (first, last, count)
        assert first > ends.get(series, -(2**64))
        ends[series] = last
        others = "SELECT iter FROM scalars WHERE series = ? AND missing = 0 AND key = '' AND iter BETWEEN ? AND ?"
        assert not set(iterations) & {row[0] for row in rows(others, (series, first, last))}


def in_blocks(store: SqliteEventStore) -> int:
    return int(store._database.rows("SELECT coalesce(sum(count), 0) FROM blocks")[0][0])


@given(
    numbers=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5), min_size=1, max_size=30), step=st.integers(-9, 9) | st.none()
)
def test_columns_give_back_their_numbers(numbers: list[int], step: int | None) -> None:
    """Regular or not, and of rising ones where each is."""
    if step is not None:
        numbers = [step * index for index in range(len(numbers))]
    column = Whole.of(packed(numbers), len(numbers))
    assert column.list() == numbers
    assert [column[index] for index in range(len(numbers))] == numbers
    assert column.rises == (sorted(numbers) == numbers)
    if column.rises:
        for bound in (number + beside for number in numbers for beside in (-1, 0, 1)):
            assert column.index(bound, 1) == bisect_left(numbers, bound, 1)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("blocks")
    stores = SqliteEventStore(folder / "rows.db", sizes=ROWS), SqliteEventStore(folder / "blocks.db", sizes=SMALL)
    yield Both(*stores)
    for store in stores:
        store.close()


@settings(max_examples=examples(60, 3_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_random_questions(both: Both, seed: int) -> None:
    """Any events, changes and questions."""
    rng = Rng(seed)
    assert isinstance(both.two, SqliteEventStore)
    for company in COMPANIES:
        both.tell(lambda store, company=company: store.delete(company, TASKS))  # type: ignore[misc]
    for _ in range(3):
        reported(both, rng, 2, rng.choice([8, 60, 200]))
        if rng.random() < 0.5:
            changed(both, rng)
    sound(both.two)
    for check in CHECKS:
        for _ in range(3):
            check(both, rng)
    for company in COMPANIES:
        for task in TASKS:
            for kind in TYPES:
                selection = Selection((Entity(company, task),), (kind,))
                one, two = both.ask(lambda store, selection=selection: sorted(map(shown, store.select(selection))))  # type: ignore[misc]
                assert one == two


def batches(order: str, size: int, count: int = 3000) -> Iterator[list[dict[str, Any]]]:
    """Points of one series, so many in a batch."""
    rng = random.Random(size)
    numbers = list(range(count))
    if order == "falling":
        numbers.reverse()
    elif order == "random":
        rng.shuffle(numbers)
    elif order == "two behind each other":
        numbers = [
            number for start in range(0, count, 50) for number in (*range(start, start + 50), *range(max(0, start - 30), start + 20))
        ]
    elif order == "twice":
        numbers = [*numbers, *numbers]
    for start in range(0, len(numbers), size):
        yield [
            event(
                iter=number * 3, value=rng.choice([number, number / 7]), timestamp=1000 * number + rng.randrange(3), worker=f"w{start % 2}"
            )
            for number in numbers[start : start + size]
        ]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [3, 70])
def test_orders_of_reporting(tmp_path: Path, order: str, size: int) -> None:
    """With the sizes that are used: the same points as in rows, and few of them still are rows in the end."""
    both = Both(SqliteEventStore(tmp_path / "rows.db", sizes=ROWS), SqliteEventStore(tmp_path / "blocks.db"))
    for batch in batches(order, size):
        both.tell(lambda store, batch=batch: store.add(COMPANY, [dict(one) for one in batch]))  # type: ignore[misc]
    one, two = both.ask(lambda store: store.select(of()))
    assert one == two
    for key, interval in (("iter", 1), ("iter", 7), ("iter", 1000), ("iter", 10**6), ("timestamp", 1), ("timestamp", 5000)):
        (one,), (two,) = both.ask(lambda store, key=key, interval=interval: store.buckets(TASK, [("m", "v")], key=key, interval=interval))  # type: ignore[misc]
        assert one.starts == two.starts
        assert one.means == pytest.approx(two.means, rel=1e-15)
    assert isinstance(both.two, SqliteEventStore)
    sound(both.two)
    assert in_blocks(both.two) > 2000
    assert both.two.delete(COMPANY, ["task"]) == 3000
    assert both.two._database.rows("SELECT count(*) FROM blocks") == [(0,)]


def test_a_file_of_the_first_format(tmp_path: Path) -> None:
    """Its points are found where they are, and what is reported over them is in one place."""
    path = tmp_path / "events.db"
    store = SqliteEventStore(path, sizes=ROWS)
    store.add(COMPANY, scalars(500))
    with store._database.writing() as connection:
        connection.execute("DROP TABLE blocks; PRAGMA user_version = 1")
    store.close()
    store = SqliteEventStore(path)
    assert store.ranges(TASK, key="iter") == [Range("m", "v", 500, 0, 499)]
    store.add(COMPANY, [event(iter=i, value=float(i)) for i in range(400, 600)])
    assert store.count(of()) == 600
    assert store.buckets(TASK, [("m", "v")], key="iter", interval=600) == [Curve([0], [299.5])]
    sound(store)
    assert in_blocks(store) == 200
    while store.tidy(0.01):
        sound(store)
    assert in_blocks(store) == 600
    assert store.tidy(9) == 0
    assert store.ranges(TASK, key="iter") == [Range("m", "v", 600, 0, 599)]
    store.close()


def test_the_sweep_takes_what_is_worth_it(tmp_path: Path) -> None:
    """Ends of series, points between and inside blocks, in several series; few rows stay, and so do odd ones."""
    store = SqliteEventStore(tmp_path / "events.db")
    for metric in "abc":
        for i in range(50):
            store.add(COMPANY, [event(metric=metric, iter=3 * i, value=i)])
        store.add(COMPANY, [event(metric=metric, iter=i) for i in range(1000, 1100)])
        for i in range(40):
            store.add(COMPANY, [event(metric=metric, iter=2000 + i, extra=1), event(metric=metric, iter=1050 + 100 * i, value=0.1)])
    for i in range(20):
        store.add(COMPANY, [event(metric="few", iter=i)])
    before = store.select(of())
    assert in_blocks(store) == 3 * 99
    assert store.tidy(60) == 3 * (50 + 39)
    sound(store)
    assert store.select(of()) == before
    assert store.tidy(60) == 0
    store.close()


def test_two_processes_in_one_series(tmp_path: Path) -> None:
    """Two stores over one file, each with its own idea of what is still to pack."""
    one, two = SqliteEventStore(tmp_path / "events.db"), SqliteEventStore(tmp_path / "events.db")
    for number in range(400):
        (one, two)[number % 2].add(COMPANY, [event(iter=number), event(iter=number + 5, value=1)])
    assert one.count(of()) == 405
    sound(two)
    assert in_blocks(one) >= 405 - 2 * DEFAULT.tail
    one.close()
    two.close()


def test_what_stays_a_row(tmp_path: Path) -> None:
    """What a block has no place for, and a point that such an event replaces leaves its block."""
    store = SqliteEventStore(tmp_path / "events.db", sizes=SMALL)
    odd = [
        event(value=None), event(value=2**60), event(iter=...), event(iter=-(2**31)), event(timestamp=None), event(timestamp=1.5),
        event(extra=1), event(key="k"), event(model_event=True), event(worker=None),
    ]  # fmt: skip
    for one in odd:
        store.add(COMPANY, [event(iter=i) for i in range(-2, 3)])
        assert in_blocks(store) == 5
        store.add(COMPANY, [one])
        assert one in store.select(of())
        assert in_blocks(store) == 4 if one.get("iter") == 0 and "key" not in one else 5
        sound(store)
        store.delete(COMPANY, ["task"])
    store.close()


def test_series_by_type(tmp_path: Path) -> None:
    """A whole batch of one series is a block at once; few points of it are not."""
    store = SqliteEventStore(tmp_path / "events.db")
    store.add(
        COMPANY, [event(iter=i) for i in range(DEFAULT.straight)] + [event(metric="few", iter=i) for i in range(DEFAULT.straight - 1)]
    )
    assert in_blocks(store) == DEFAULT.straight
    assert store.variants([TASK], [SCALAR]) == {"few": ["v"], "m": ["v"]}
    store.close()
