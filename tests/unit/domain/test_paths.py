"""Dotted paths."""

from __future__ import annotations

from apiserver.domain import paths

DOCUMENT = {"a": {"b": 1}, "models": {"input": [{"model": "m1"}, {"name": "x"}, {"model": "m2"}]}, "tags": ["t", "u"], "n": None}


def test_values_are_read_through_objects() -> None:
    assert paths.get(DOCUMENT, "a.b") == 1
    assert paths.get(DOCUMENT, "a.c", "none") == "none"
    assert paths.get(DOCUMENT, "models.input.model") is None


def test_values_are_collected_through_lists_too() -> None:
    assert paths.collect(DOCUMENT, "models.input.model") == ["m1", "m2"]
    assert paths.collect(DOCUMENT, "tags") == ["t", "u"]
    assert paths.collect(DOCUMENT, "n") == paths.collect(DOCUMENT, "a.b.c") == []


def test_only_the_widest_paths_stay() -> None:
    assert paths.widest(["a.b", "a", "ab.c", "a.b.c", "ab.c"]) == ["a", "ab.c"]
    assert paths.is_below("a.b", "a")
    assert paths.is_below("a", "a")
    assert not paths.is_below("ab", "a")
