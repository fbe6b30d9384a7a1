"""Tags of old clients, and reserved ones."""

from __future__ import annotations

import pytest

from apiserver.domain import tags


@pytest.mark.parametrize(
    ("kind", "given", "left", "system"),
    [
        ("task", ["development", "mine", "-archived"], ["mine"], ["-archived", "development"]),
        ("task", ["Annotated-by-x", "-annotation", "b", "b"], ["b"], ["-annotation", "Annotated-by-x"]),
        ("model", ["archived", "development"], ["development"], ["archived"]),
        ("project", ["public", "default", "archived", "x"], ["x"], ["archived", "default", "public"]),
        ("queue", ["default", "archived"], ["archived"], ["default"]),
        ("user", ["archived"], ["archived"], []),
    ],
)
def test_old_tags_are_split_by_what_the_entity_knows(kind: str, given: list[str], left: list[str], system: list[str]) -> None:
    assert tags.split(kind, given) == (left, system)


def test_old_clients_read_one_list() -> None:
    assert tags.union(["b", "a", "a"], ["z", "a"]) == ["a", "b", "z"]


def test_operators_are_no_tags() -> None:
    assert tags.reserved(["a", "__$x"], None, ["__$all", 5]) == ["__$x", "__$all"]
