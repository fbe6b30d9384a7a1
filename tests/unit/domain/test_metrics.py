"""Folding a batch of scalars."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.domain import metrics
from apiserver.domain.metrics import Mixed, Summary


def summary(*reports: tuple[Any, ...], ignored: tuple[str, ...] = ()) -> Summary:
    """Of (iter, value, timestamp[, label]); `...` as iter: none."""
    found = Summary(ignored)
    for iteration, value, timestamp, *label in reports:
        event = {"type": "training_stats_scalar", "metric": "m", "variant": "v", "value": value, "timestamp": timestamp}
        if iteration is not ...:
            event["iter"] = iteration
        found.see(event)
        found.fold(event, label[0] if label else None)
    return found


def test_keys_are_md5_in_hex() -> None:
    """Of the UTF-8 bytes; the empty name has one, too."""
    assert metrics.key("") == "d41d8cd98f00b204e9800998ecf8427e"
    assert metrics.key("new") == "22af645d1859cb5ca6da0c484f1f37ea"


def test_folding() -> None:
    """Value of the highest iteration, first of the lowest, extremes where they were reached first."""
    (one,) = summary((3, 1 / 3, 1, "epoch"), (1, 5, 2), (2, -2, 3)).series.values()
    assert (one.value, one.label, one.first, one.minimum, one.maximum) == (1 / 3, "epoch", (5, 1), (-2, 2), (5, 1))
    assert (one.count, one.total) == (3, 1 / 3 + 5 - 2)


def test_ties_of_iteration_go_to_the_later_time_and_then_to_the_later_report() -> None:
    (one,) = summary((3, 7, 10), (3, 8, 9), (3, 9, 10)).series.values()
    assert (one.value, one.first) == (9, (7, 3))


def test_the_label_stays_when_the_newest_has_none() -> None:
    (one,) = summary((4, 1, 1, "steps"), (5, 1, 1)).series.values()
    assert one.label == "steps"


@given(
    st.lists(st.tuples(st.sampled_from(["m", "ignored"]), st.integers(-3, 9), st.integers(0, 3), st.sampled_from([0, 1, 2.5, -1.5, -0.0]))),
    st.integers(0, 9),
)
def test_all_at_once_is_the_same_as_one_by_one(reports: list[tuple[str, int, int, float]], begin: int) -> None:
    """From any report on, after those that were folded singly."""
    single, together = Summary(["ignored"]), Summary(["ignored"])
    for found in (single, together):
        for metric, iteration, at, value in reports if found is single else reports[:begin]:
            event = {"type": "t", "metric": metric, "variant": "v", "iter": iteration, "timestamp": at, "value": value}
            found.see(event)
            found.fold(event, None)
    for metric in ("m", "ignored"):
        if rest := [report for name, *report in reports[begin:] if name == metric]:
            metrics.fold_all(together, metric, "v", "t", [(report[0], report[1], report[2]) for report in rest])
    assert together == single


def test_all_at_once_after_one_without_iteration() -> None:
    """Is refused as it is one by one."""
    found = summary((None, 1, 1))
    with pytest.raises(Mixed):
        metrics.fold_all(found, "m", "v", "training_stats_scalar", [(1, 2, 3)])
    found = summary((1, 1, None))
    with pytest.raises(Mixed):
        metrics.fold_all(found, "m", "v", "training_stats_scalar", [(1, 2, 3)])


def test_no_iteration_counts_as_the_first() -> None:
    """In the summary of the series; the last iteration is not moved by it."""
    found = summary((..., 4, 1))
    (one,) = found.series.values()
    assert (one.first, found.last_iteration) == ((4, 0), None)


@pytest.mark.parametrize(
    "reports", [[(1, 1, 1), (None, 1, 1)], [(None, 1, 1), (1, 1, 1)], [(1, 1, 1), (1, 1, None)], [(1, 1, None), (2, 1, 1)]]
)
def test_null_does_not_compare_with_numbers(reports: list[tuple[Any, ...]]) -> None:
    with pytest.raises(Mixed):
        summary(*reports)


def test_nulls_compare_with_nulls() -> None:
    (one,) = summary((None, 1, None), (None, 2, None)).series.values()
    assert (one.value, one.first) == (2, (1, None))


def test_the_last_iteration_is_never_negative_and_skips_ignored_metrics() -> None:
    assert summary((-5, 1, 1)).last_iteration == 0
    assert summary((7, 1, 1), (3, 1, 1)).last_iteration == 7
    assert summary((7, 1, 1), ignored=("m",)).last_iteration is None


def test_newest_times_by_metric_and_type() -> None:
    assert summary((1, 1, 5), (2, 1, 3)).newest == {"m": {"training_stats_scalar": 5}}


def test_the_room_for_new_metrics_is_given_in_order() -> None:
    """Known ones are always kept; 0 is no limit."""
    found = Summary()
    for variant in "abcd":
        found.fold({"metric": "m", "variant": variant, "value": 1, "timestamp": 1}, None)
    kept = metrics.within(found.series.values(), {"m/c", "m/z"}, 3)
    assert [one.variant for one in kept] == ["a", "c"]
    assert len(metrics.within(found.series.values(), (), 0)) == 4
