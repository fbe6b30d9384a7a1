"""What no row of the other tables says: limits, other companies, slow patterns, and junk for every key. Source: spec 2 §1-§4."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client


@contextmanager
def suppress_400() -> Iterator[None]:
    """A refusal is fine, a crash is not."""
    try:
        yield
    except CallFailed as error:
        if not 400 <= error.code < 500:
            raise


def task(api: Client, name: str, **fields: Any) -> str:
    return str(api.call("tasks.create", {"name": name, "type": "training", **fields})["id"])


def names(api: Client, **data: Any) -> list[str]:
    rows = api.call("tasks.get_all_ex", {"order_by": ["name"], "only_fields": ["name"], **data})["tasks"]
    return [row["name"] for row in rows]


def test_public_documents_are_read_by_all_and_joined(api: Client) -> None:
    project = api.call("projects.create", {"name": "some project"})["id"]
    task(api, "mine", project=project)
    api.call("projects.make_public", {"ids": [project]})
    (row,) = api.call("tasks.get_all_ex", {"only_fields": ["project.name", "project.company"]})["tasks"]
    assert row["project"] == {"id": project, "name": "some project", "company": {}}
    (row,) = api.call("tasks.get_all_ex", {"only_fields": ["project.name"], "allow_public": False})["tasks"]
    assert row["project"] == {"id": project}


def test_another_companys_documents_are_neither_found_nor_joined(api: Client) -> None:
    """Not by id, not by a reference, not through a tree of projects."""
    project = api.call("projects.create", {"name": "foreign project"})["id"]
    key = task(api, "mine", project=project)
    foreign = task(api, "foreign", project=project)
    api.backend.documents.update(PROJECTS, Eq("id", project), Set("company", "other"))
    api.backend.documents.update(TASKS, Eq("id", foreign), Set("company", "other"))
    assert names(api, id=[foreign]) == []
    assert api.call("tasks.get_by_id_ex", {"id": [foreign]}) == {"tasks": []}
    assert api.call("tasks.get_by_id_ex", {"id": [key], "only_fields": ["project.name"]}) == {
        "tasks": [{"id": key, "project": {"id": project}}]
    }
    assert names(api, project=[project], include_subprojects=True) == ["mine"]


def test_pages_are_limited_unless_both_are_null(api: Client) -> None:
    """`page: null, page_size: null` is the only way to get everything."""
    company = api.call("projects.get_by_id", {"project": api.call("projects.create", {"name": "some project"})["id"]})["project"]["company"]
    api.backend.documents.insert(TASKS, *({"id": f"{i:04}", "company": company, "name": "task"} for i in range(510)))

    def found(**data: Any) -> list[str]:
        return [row["id"] for row in api.call("tasks.get_all", {"only_fields": ["id"], "order_by": ["id"], **data})["tasks"]]

    assert len(found()) == len(found(page=0)) == 500
    assert len(found(page=0, page_size=9999)) == 500
    assert found(page=1, page_size=9999) == [f"{i:04}" for i in range(500, 510)]
    assert len(found(page=None, page_size=None)) == len(found(start=0, size=9999)) == 510
    assert len(found(size=9999)) == 500


@pytest.mark.parametrize("action", ["get_all", "get_all_ex"])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"page": 10**30}, 12),
        ({"scroll_id": 5, "size": 5}, 12),
        ({"search_text": "a", "name": "("}, 21),
        ({"_any_": {"fields": ["hyperparams..x"], "pattern": "x"}}, 12),
        ({"hyperparams.a.": ["x"]}, 12),
    ],
)
def test_what_makes_no_sense_is_refused(api: Client, action: str, data: dict[str, Any], code: int) -> None:
    task(api, "a task")
    with pytest.raises(CallFailed) as caught:
        api.call(f"tasks.{action}", data)
    assert (caught.value.code, caught.value.subcode) == (400, code)


def test_the_text_of_a_slow_pattern_is_an_error_of_the_request(api: Client) -> None:
    """A pattern that would take for ever is answered with 400, or works because the engine is not troubled by it."""
    task(api, "a" * 40 + "!")
    with suppress_400():
        assert api.call("tasks.get_all", {"name": "^(a+)+$"})["tasks"] == []


JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, float("nan"), 10**25, "", "x", "(", "-", "__$not", "\0", "$where", "a..b", [], [None], [[]], [{}], [1, 2],
    ["-"], ["a", None], [None, None], ["__$all"], ["$x"], {}, {"a": 1}, {"$gt": 1}, {"any": {"include": [None]}}, {"any": 5},
    {"fields": ["name"]},
    {"fields": ["name", "x"], "pattern": "("}, {"fields": ["$where"], "pattern": "a"}, {"fields": ["name"], "datetime": [5]},
)  # fmt: skip
KEYS = (
    "id", "name", "tags", "filters", "order_by", "only_fields", "projection", "page", "page_size", "scroll_id", "size", "start",
    "search_text", "_any_", "_all_", "created", "last_update", "status_changed", "last_iteration", "runtime.x", "runtime.", "runtime.$x",
    "hyperparams.a.b", "hyperparams.", "last_metrics.a.b.value", "last_metrics.$", "include_subprojects", "project", "parent", "path",
    "allow_public", "search_hidden", "refresh_scroll", "basename", "ready", "metadata.x.value", "metadata.", "uri", "shallow_search",
    "active_users", "children_type", "children_tags", "children_tags_filter", "include_stats_filter", "include_stats", "check_own_contents",
)  # fmt: skip


@pytest.mark.parametrize("action", ["tasks.get_all_ex", "tasks.get_all", "models.get_all_ex", "projects.get_all_ex", "queues.get_all"])
def test_no_value_of_any_key_breaks_a_list(api: Client, action: str) -> None:
    """Every value is taken, ignored or refused with a 4xx."""
    task(api, "a task", project=api.call("projects.create", {"name": "some project"})["id"])
    for key in KEYS:
        for value in JUNK:
            more: dict[str, Any] = {"size": 3} if key in ("scroll_id", "start") else {}
            if key in ("children_tags", "children_tags_filter"):
                more = {"children_type": "dataset"}
            if key == "include_stats_filter":
                more = {"include_stats": True, "check_own_contents": True}
            if key == "include_subprojects":
                more = {"project": [None, "x"]}
            with suppress_400():
                api.call(action, {**more, key: value})
