"""Pages, `start` and `size`, scrolling. A row for each rule of spec 2 §2.2-2.3. The documents are those of `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apiserver.testing.client import Client

Ask = Callable[..., Any]
ALL = "r0 r1 r2 r3 r4"

PAGES: list[tuple[str, dict[str, Any], Any]] = [
    ("nothing: all that fit a page", {}, ALL),
    ("a page", {"page": 1, "page_size": 2}, "r2 r3"),
    ("the last page", {"page": 2, "page_size": 2}, "r4"),
    ("beyond the last page", {"page": 3, "page_size": 2}, ""),
    ("size alone: the first page", {"page_size": 3}, "r0 r1 r2"),
    ("page alone: pages of 500", {"page": 0}, ALL),
    ("page alone: pages of 500", {"page": 1}, ""),
    ("numbers as texts", {"page": "1", "page_size": "2"}, "r2 r3"),
    ("negative page", {"page": -1}, (400, 12)),
    ("size below one", {"page_size": 0}, (400, 12)),
    ("size below one", {"page": 0, "page_size": -3}, (400, 12)),
    ("size null without page", {"page_size": None}, (400, 11)),
    ("size null with a page", {"page": 1, "page_size": None}, (400, 11)),
    ("page null with a size", {"page": None, "page_size": 2}, "r0 r1"),
    ("both null: no limit", {"page": None, "page_size": None}, ALL),
    ("no number", {"page": "x"}, (400, 12)),
    ("no number", {"page": [1]}, (400, 12)),
    ("no number", {"page_size": {}}, (400, 12)),
    ("start and size", {"start": 1, "size": 3}, "r1 r2 r3"),
    ("start and size win over pages", {"start": 1, "size": 1, "page": 5, "page_size": 5}, "r1"),
    ("size alone is ignored", {"size": 1}, ALL),
    ("size alone is ignored, whatever it is", {"size": "x"}, ALL),
    ("start needs a size", {"start": 1}, (400, 12)),
    ("start needs a size of one or more", {"start": 1, "size": 0}, (400, 12)),
    ("start needs a size that is a number", {"start": 1, "size": "3"}, (400, 12)),
    ("start is not negative", {"start": -1, "size": 3}, (400, 12)),
    ("a scroll needs a size", {"scroll_id": None}, (400, 12)),
    ("a scroll needs a size", {"scroll_id": "", "page": 0, "page_size": 2}, (400, 12)),
    ("a scroll needs a size of one or more", {"scroll_id": None, "size": 0}, (400, 12)),
    ("a scroll starts at null", {"scroll_id": None, "size": 2}, "r0 r1"),
    ("a scroll starts at an empty text", {"scroll_id": "", "size": 2}, "r0 r1"),
    ("a scroll does not know pages", {"scroll_id": None, "size": 2, "page": 1, "page_size": 1}, "r0 r1"),
    ("an unknown scroll starts anew", {"scroll_id": "unknown", "size": 2}, "r0 r1"),
]


@pytest.mark.parametrize(("data", "found"), [row[1:] for row in PAGES], ids=[f"§2.2-2.3 {row[0]} {row[1]}" for row in PAGES])
@pytest.mark.parametrize("action", ["tasks.get_all", "tasks.get_all_ex"])
def test_window(ask: Ask, action: str, data: dict[str, Any], found: Any) -> None:
    assert ask(action, {"project": ["p-runs"], **data}) == found


@pytest.mark.parametrize("action", [
    "tasks.get_all", "tasks.get_all_ex", "models.get_all", "models.get_all_ex", "projects.get_all", "projects.get_all_ex",
    "queues.get_all", "queues.get_all_ex", "users.get_all", "users.get_all_ex",
])  # fmt: skip
def test_scroll(world: Client, action: str) -> None:
    """§2.3: everything once, the same id all along, an empty list at the end; refreshed: all that was seen, or at least `size`.

    Only lists of users keep the id to themselves (§2.3), so that a client cannot go on with them.
    """
    key = action.partition(".")[0]
    everything = [row["id"] for row in world.call(action, {"order_by": ["name"], "only_fields": ["id"]})[key]]
    query = {"order_by": ["name"], "only_fields": ["id"], "size": 2, "scroll_id": None}
    answer = world.call(action, query)
    seen = [row["id"] for row in answer[key]]
    assert seen == everything[:2]
    if key == "users":
        assert "scroll_id" not in answer
        return
    query["scroll_id"] = scroll_id = answer["scroll_id"]
    for _ in range(len(everything)):
        answer = world.call(action, query)
        assert answer["scroll_id"] == scroll_id
        seen += [row["id"] for row in answer[key]]
    assert (seen, answer[key]) == (everything, [])
    again = world.call(action, {**query, "refresh_scroll": True})
    assert ([row["id"] for row in again[key]], again["scroll_id"]) == (everything, scroll_id)
    assert world.call(action, query)[key] == []
    fresh = world.call(action, {**query, "scroll_id": None, "refresh_scroll": True})
    assert len(fresh[key]) == min(2, len(everything))


def test_a_scroll_expires_unless_it_goes_on(world: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """§2.3: 600 s after the last call (`services._mongo.scroll_state_expiration_seconds`) it starts anew, under a new id."""
    kept: dict[str, float] = {}
    remember = world.backend.state.set

    def watched(key: str, value: str, *, ttl_s: float | None = None) -> None:
        kept[key] = ttl_s or 0
        remember(key, value, ttl_s=ttl_s)

    monkeypatch.setattr(world.backend.state, "set", watched)
    query = {"project": ["p-runs"], "order_by": ["name"], "size": 2}
    first = world.call("tasks.get_all", {**query, "scroll_id": None})["scroll_id"]
    assert list(kept.values()) == [600]
    kept.clear()
    second = world.call("tasks.get_all", {**query, "scroll_id": first})
    assert ([row["name"] for row in second["tasks"]], list(kept.values())) == (["r2", "r3"], [600])
    world.backend.state.delete(*kept)
    anew = world.call("tasks.get_all", {**query, "scroll_id": first})
    assert [row["name"] for row in anew["tasks"]] == ["r0", "r1"]
    assert anew["scroll_id"] != first


def test_a_position_is_not_a_snapshot(world: Client) -> None:
    """§2.3: the client repeats its filters; with others the scroll goes on at the same position of another list."""
    query = {"order_by": ["name"], "size": 2}
    first = world.call("tasks.get_all", {**query, "project": ["p-runs"], "scroll_id": None})
    other = world.call("tasks.get_all", {**query, "project": ["p-tagged"], "scroll_id": first["scroll_id"]})
    assert [row["name"] for row in other["tasks"]] == ["gamma", "noTags"]
