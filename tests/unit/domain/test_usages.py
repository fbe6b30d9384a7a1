"""Running times cut into days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.domain import usages
from apiserver.domain.usages import Run, Use

DAY = 86_400
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("first", "last", "start", "count"),
    [
        ("2026-01-01", "2026-01-01", START, 1),
        ("2026-01-01T23:59:59", "2026-01-02T00:00:00", START, 2),
        ("2026-01-01T12:00:00Z", "2026-01-03T00:00:00.000Z", START, 3),
        ("2026-01-01T00:00:00+02:00", "2026-01-02T00:00:00+02:00", datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))), 2),
        # The second time is looked at in the zone of the first.
        ("2026-01-01T00:00:00+02:00", "2026-01-01T23:00:00+00:00", datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))), 2),
        ("2026-01-01", "2026-01-02T05:00:00", START, 2),
        (" 2026-01-01 ", "20260101", START, 1),
        ("2026-01-01T20:00:00", "2026-01-01T10:00:00", START, 1),
    ],
)
def test_days(first: str, last: str, start: datetime, count: int) -> None:
    found = usages.days(first, last)
    assert (found.start, found.start.utcoffset(), found.count) == (start, start.utcoffset(), count)
    assert found.dates()[0] == start.timestamp()
    assert len(found.dates()) == count


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("garbage", "2026-01-01"), ("2026-01-01", ""), ("2026-01-02", "2026-01-01"), ("2026-13-01", "2026-13-02"),
        ("0001-01-01T00:00:00+14:00", "2026-01-01"), ("2026-01-01", "9999-12-31"),
        ("2026-01-01T00:00:00-14:00", "9999-12-31T23:00:00+00:00"),
    ],
)  # fmt: skip
def test_no_days(first: str, last: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        usages.days(first, last)


@pytest.mark.parametrize(
    ("began", "ended", "seconds"),
    [
        (1, 2, {0: 3600}),
        (23, 25, {0: 3600, 1: 3600}),
        (-5, 1, {0: 3600}),
        (71, 100, {2: 3600}),
        (-100, 100, {0: DAY, 1: DAY, 2: DAY}),
        (0, 24, {0: DAY}),
        (5, 5, {0: 0}),
        (5, 4, {}),
        (-5, -4, {}),
        (73, 74, {}),
    ],
)
def test_a_run_is_cut_into_days(began: float, ended: float, seconds: dict[int, int]) -> None:
    assert usages.days("2026-01-01", "2026-01-03").seconds(ms(at(began)), ms(at(ended))) == seconds


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@given(st.integers(-200_000, 400_000), st.integers(0, 400_000))
def test_nothing_is_lost_between_days(began: int, length: int) -> None:
    """The days together are the part of the run within them."""
    days = usages.days("2026-01-01", "2026-01-03")
    first, last = START + timedelta(seconds=began), START + timedelta(seconds=began + length)
    found = days.seconds(ms(first), ms(last))
    assert sum(found.values()) == max(0, min(began + length, 3 * DAY) - max(began, 0))
    assert all(0 <= seconds <= DAY for seconds in found.values())


def test_use_sums_up() -> None:
    """Seconds are whole, weighted ones are not; one guess marks the sum."""
    use = Use()
    use.add(Run({0: 10, 1: 5}, {usages.GPU: 0.5}), (usages.DURATION, usages.GPU))
    use.add(Run({1: 1}, {usages.GPU: 1.0}, frozenset({usages.GPU, usages.CPU})), (usages.DURATION, usages.GPU))
    assert use.total() == {"duration": 16, "gpu_usage": 8.5, "gpu_artificial_weights": True}
    assert use.series(3) == {"duration": [10, 6, 0], "gpu_usage": [5.0, 3.5, 0.0], "gpu_artificial_weights": True}
    assert isinstance(use.total()["duration"], int)
