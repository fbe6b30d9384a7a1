"""Patterns of names."""

from __future__ import annotations

import pytest

from apiserver.domain import glob


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("", [""], ["a"]),
        ("abc", ["abc"], ["abcd", "xabc", ""]),
        ("a*", ["a", "abc"], ["ba"]),
        ("*c", ["c", "abc", "cc"], ["cd"]),
        ("a**c*e", ["ace", "abcde"], ["ac", "aec"]),
        ("a?c", ["abc", "a?c"], ["ac", "abbc"]),
        ("[a-c]x[^0-9]", ["axb", "cxx"], ["dxb", "ax1"]),
        ("[c-a][x-]", ["b-", "bx"], ["by"]),
        ("a[b", ["a[b"], ["ab"]),
        ("a\\*b\\", ["a*b\\"], ["axb\\"]),
        ("h:gpu0,1.5$", ["h:gpu0,1.5$"], ["h:gpu0,1x5"]),
    ],
)
def test_patterns(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    """The whole text has to fit."""
    wanted = glob.tokens(pattern)
    assert [text for text in fits if not glob.matches(wanted, text)] == []
    assert [text for text in fits_not if glob.matches(wanted, text)] == []


def test_many_stars_take_no_time() -> None:
    """A pattern that would keep a regular expression busy for ever."""
    assert not glob.matches(glob.tokens("*a" * 50 + "b"), "a" * 2000)
