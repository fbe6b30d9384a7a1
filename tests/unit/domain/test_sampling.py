"""Which interval a series gets, and which series share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiserver.domain import sampling
from apiserver.domain.sampling import Cut


@pytest.mark.parametrize(
    ("count", "lowest", "highest", "samples", "interval", "size"),
    [
        (10, 0, 9, 2000, 1, 10),
        (10, 0, 9, 4, 3, 4),
        (10, 0, 9, 3, 4, 3),
        (10, 0, 9, 1, 10, 1),
        (3, 0, 200, 4, 1, 3),
        (3, 0, 200, 3, 67, 3),
        (6, -25, 25, 3, 17, 3),
        (10, 1700000000000, 1700000009000, 4, 2251, 4),
        (5, 7, 7, 5, 1, 1),
        (0, None, None, 5, 1, 0),
    ],
)
def test_the_interval_of_a_series(count: int, lowest: int, highest: int, samples: int, interval: int, size: int) -> None:
    """The worked examples: fewer events than samples stay as they are, as many are thinned already."""
    assert sampling.cut("x", count, lowest, highest, samples) == Cut("x", interval, size)


def test_near_intervals_are_read_together_with_the_greatest() -> None:
    """20 and 22 are within a tenth of the first, 23 is not."""
    found = sampling.groups([Cut("c", 23, 5), Cut("b", 22, 5), Cut("a", 20, 5)])
    assert [(group.names, group.interval, group.size) for group in found] == [(["a", "b"], 22, 10), (["c"], 23, 5)]


def test_the_bound_of_a_group_is_that_of_its_first_member() -> None:
    """It does not creep upwards with each member."""
    assert [group.names for group in sampling.groups([Cut(n, n, 1) for n in (100, 105, 110, 111)])] == [[100, 105, 110], [111]]


@given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 6000)), max_size=300))
def test_groups_keep_their_limits(pairs: list[tuple[int, int]]) -> None:
    """Every series is in one group, 50 at most in each, and no more than 6000 points unless one series has them alone."""
    cuts = [Cut(number, interval, size) for number, (interval, size) in enumerate(pairs)]
    found = sampling.groups(cuts)
    assert sorted(name for group in found for name in group.names) == list(range(len(cuts)))
    for group in found:
        assert len(group.names) <= sampling.MOST_MEMBERS
        assert group.size <= sampling.MOST_POINTS or len(group.names) == 1
        assert group.interval == max(pairs[name][0] for name in group.names)
