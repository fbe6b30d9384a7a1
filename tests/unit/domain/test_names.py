"""Names of projects."""

from __future__ import annotations

import pytest

from apiserver.domain import names


@pytest.mark.parametrize(("name", "full"), [(" qpo/ aaa //bbb/", "qpo/aaa/bbb"), ("/a", "a"), ("a", "a"), ("a b/c", "a b/c")])
def test_names_are_stored_without_empty_parts_and_outer_blanks(name: str, full: str) -> None:
    assert names.normalised(name) == full


@pytest.mark.parametrize("name", ["", "/", "///"])
def test_a_name_without_parts_is_invalid(name: str) -> None:
    with pytest.raises(names.InvalidName):
        names.normalised(name)


@pytest.mark.parametrize(("name", "last"), [("a/ /b", False), ("a/ ", True), (" / ", True), (" ", True), ("a/ /", True)])
def test_a_blank_part_is_invalid_and_told_apart(name: str, last: bool) -> None:
    with pytest.raises(names.BlankPart) as caught:
        names.normalised(name)
    assert caught.value.last is last


def test_a_name_falls_into_location_and_basename() -> None:
    assert (names.location("a/b/c"), names.basename("a/b/c")) == ("a/b", "c")
    assert (names.location("a"), names.basename("a")) == ("", "a")
    assert (names.under("a/b", "c"), names.under("", "c")) == ("a/b/c", "c")
    assert names.ancestors("a/b/c") == ["a", "a/b"]
    assert names.depth("a//b/c/") == 3
