"""Setting preferences by paths."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.domain.preferences import WrongKey, WrongPath, changed


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ({}, {"a.b": 1}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a.c": 2, "a.b": None}, {"a": {"b": None, "c": 2}}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({"w": [1, 2]}, {"w.0": 9}, {"w": [9, 2]}),
        ({"w": [{"x": 1}]}, {"w.0.x": 2}, {"w": [{"x": 2}]}),
        ({}, {"w.0": 1}, {"w": {"0": 1}}),
        ({}, {"a": {}, "a.b": 1}, {"a": {"b": 1}}),
    ],
)
def test_changes(before: dict[str, Any], changes: dict[str, Any], after: dict[str, Any]) -> None:
    """In order; numbers are places of lists that are there, and names of new objects."""
    kept = repr(before)
    assert changed(before, changes) == after
    assert repr(before) == kept


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "s.x", "w.5", "w.-1", "w.x", "w.٣", ".".join("a" * 200)])
def test_wrong_paths(path: str) -> None:
    """Nothing is made on the way."""
    with pytest.raises(WrongPath):
        changed({"s": 1, "w": [1]}, {"a": 1, path: 1})


@pytest.mark.parametrize("changes", [{"$a": 1}, {"a": {"$b": 1}}, {"a": {"b.c": 1}}, {"a": [{"b": {"$c": 1}}]}])
def test_wrong_names(changes: dict[str, Any]) -> None:
    """Names that stores give a meaning to."""
    with pytest.raises(WrongKey):
        changed({}, changes)
