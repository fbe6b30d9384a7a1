"""Names of pipeline runs."""

from __future__ import annotations

import pytest

from apiserver.domain import run_names


@pytest.mark.parametrize("name", ["a.b (c)", "a.b (c) #1", "a.b (c) #1234567890"])
def test_names_of_runs(name: str) -> None:
    assert run_names.is_run(name, "a.b (c)")


@pytest.mark.parametrize("name", ["", "a.b (c) #", "a.b (c) #x", "a.b (c)#1", "axb (c)", "x a.b (c)", "a.b (c) #1 x", "A.B (C)"])
def test_other_names(name: str) -> None:
    """The pipeline's name is taken literally, and nothing may stand before or behind."""
    assert not run_names.is_run(name, "a.b (c)")


def test_numbers() -> None:
    assert [run_names.numbered("p", count) for count in (0, 1, 12)] == ["p", "p #1", "p #12"]
