"""Buckets of charts, and sums over queues."""

from __future__ import annotations

import pytest

from apiserver.domain import charts
from apiserver.domain.charts import Sample


@pytest.mark.parametrize(
    ("from_s", "to_s", "interval_s", "seconds"),
    [
        (0, 400, 60, [0, 60, 120, 180, 240, 300]),
        (0, 415, 60, [0, 60, 120, 180, 240, 300, 360]),
        (30, 130, 60, [0, 60]),
        (0, 90, 1, [0, 40]),
        (0, 10, 60, []),
    ],
)
def test_complete_charts(from_s: float, to_s: float, interval_s: int, seconds: list[int]) -> None:
    """From the bucket of the start; the last one is shown only when nearly all of it is in the range."""
    chart = charts.complete(from_s, to_s, interval_s, least_interval_s=40)
    assert chart.buckets() == [second * 1000 for second in seconds]


def test_history_is_not_shown() -> None:
    """But for the bucket that the start is in."""
    chart = charts.with_history(1000.5, 2000, 60, before_s=500)
    assert (chart.first_s, chart.last_s) == (500, 2000)
    assert [bucket for bucket in (900_000, 940_499, 940_500, 960_000, 3_000_000) if chart.shown(bucket)] == [940_500, 960_000, 3_000_000]


def test_dates_beyond_the_calendar_are_its_end() -> None:
    assert charts.complete(0, 1e300, 2**60).count() <= 2


def test_totals() -> None:
    """What a bucket does not know is as before; means are weighted by length."""
    buckets = {60: {"b": Sample(60, 1)}, 0: {"a": Sample(30, 2)}, 120: {"a": Sample(0, 0)}}
    assert charts.total(buckets) == {0: Sample(30, 2), 60: Sample(40, 3), 120: Sample(60, 1)}
    assert charts.total({0: {"a": Sample(0, 0)}}) == {0: Sample(0, 0)}
    assert charts.total({}) == {}


def test_means() -> None:
    assert (charts.mean_waiting_s([1, 2]), charts.mean_waiting_s([])) == (1.5, 0)
