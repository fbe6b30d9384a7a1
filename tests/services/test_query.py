"""The query language through the list endpoints, beyond what the recorded conversations show. Source: spec 2 §1-§4."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.filters import Eq, Set, Unset
from apiserver.testing.client import CallFailed, Client

ALPHA, BETA, GAMMA, NO_TAGS = "alpha", "beta", "gamma", "noTags"


def refused(api: Client, name: str, data: dict[str, Any], version: str = "2.34") -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data, version=version)
    return caught.value.code, caught.value.subcode


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


@pytest.fixture
def tagged(api: Client) -> Client:
    """Tasks with tags [a, b], [b, c], [] and none at all."""
    task(api, ALPHA, tags=["a", "b"])
    task(api, BETA, tags=["b", "c"])
    task(api, GAMMA, tags=[])
    api.backend.documents.update(TASKS, Eq("id", task(api, NO_TAGS)), Unset("tags"))
    return api


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        (["a", "c"], [ALPHA, BETA]),
        (["-a"], [BETA, GAMMA, NO_TAGS]),
        (["b", "-c"], [ALPHA]),
        ([None], [GAMMA, NO_TAGS]),
        ([None, "a"], [ALPHA, GAMMA, NO_TAGS]),
        (["__$all", "a", "b"], [ALPHA]),
        (["__$any", "a", "__$not", "b"], [ALPHA, GAMMA, NO_TAGS]),
        (["__$all", "b", "__$not", "c"], [ALPHA]),
        (["__$all", "a", "b", "__$nop", "c"], []),
        ([], [ALPHA, BETA, GAMMA, NO_TAGS]),
        (None, [ALPHA, BETA, GAMMA, NO_TAGS]),
    ],
)
def test_tags(tagged: Client, tags: Any, found: list[str]) -> None:
    """Flat lists on a list field, with empty and missing values."""
    assert names(tagged, tags=tags) == found


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"any": {"include": ["a", "c"]}}, [ALPHA, BETA]),
        ({"any": {"exclude": ["a", "b"]}}, [BETA, GAMMA, NO_TAGS]),
        ({"all": {"include": ["b"], "exclude": ["a"]}}, [BETA]),
        ({"any": {"include": [None]}}, [GAMMA]),
        ({"all": {"exclude": [None]}}, [ALPHA, BETA, NO_TAGS]),
        ({"any": {"include": ["a"]}, "all": {"include": ["c"]}, "op": "or"}, [ALPHA, BETA]),
    ],
)
def test_structured_tags(tagged: Client, entry: Any, found: list[str]) -> None:
    """Null means an empty list here, not a missing one."""
    assert names(tagged, filters={"tags": entry}) == found


def test_a_scalar_field_takes_the_same_lists(api: Client) -> None:
    project = api.call("projects.create", {"name": "some project"})["id"]
    task(api, "inside", project=project)
    task(api, "outside")
    assert names(api, project=[None]) == ["outside"]
    assert names(api, project=["-" + project]) == ["outside"]
    assert names(api, project=[project]) == names(api, project=project) == ["inside"]
    assert names(api, status=["-created"]) == []


def test_sub_projects_are_taken_in_on_request(api: Client) -> None:
    below = api.call("projects.create", {"name": "top/middle/below"})["id"]
    top = api.call("projects.get_all", {"name": "^top$", "only_fields": ["id"]})["projects"][0]["id"]
    task(api, "deep", project=below)
    assert names(api, project=[top]) == []
    assert names(api, project=[top], include_subprojects=True) == ["deep"]
    assert names(api, project=top, include_subprojects=True) == ["deep"]


def test_hidden_tasks_come_only_by_id_or_on_request(api: Client) -> None:
    key = task(api, "secret", system_tags=["hidden"])
    assert names(api) == names(api, id=[]) == names(api, search_hidden=None) == []
    assert names(api, id=[key]) == names(api, search_hidden=True) == ["secret"]


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


def test_empty_values_come_last_in_ascending_order_and_over_pages(api: Client) -> None:
    for name, comment in (("row 1", "b"), ("row 2", ""), ("row 3", "a"), ("row 4", None)):
        task(api, name, **({} if comment is None else {"comment": comment}))
    everything = [row["name"] for row in api.call("tasks.get_all", {"order_by": ["comment"]})["tasks"]]
    assert everything == ["row 3", "row 1", "row 4", "row 2"]
    for size in (1, 2, 3):
        pages: list[str] = []
        for page in range(5):
            rows = api.call("tasks.get_all", {"order_by": ["comment"], "page": page, "page_size": size})["tasks"]
            pages += [row["name"] for row in rows]
        assert pages == everything
    descending = [row["name"] for row in api.call("tasks.get_all", {"order_by": ["-comment"]})["tasks"]]
    assert descending == ["row 1", "row 3", "row 2", "row 4"]


def test_a_scroll_reads_everything_once_and_again_on_refresh(api: Client) -> None:
    for i in range(5):
        task(api, f"task {i}")
    query = {"order_by": ["name"], "only_fields": ["name"], "size": 2}
    first = api.call("tasks.get_all_ex", {**query, "scroll_id": None})
    scroll = {**query, "scroll_id": first["scroll_id"]}
    sizes = [len(first["tasks"])] + [len(api.call("tasks.get_all_ex", scroll)["tasks"]) for _ in range(3)]
    assert sizes == [2, 2, 1, 0]
    again = api.call("tasks.get_all_ex", {**scroll, "refresh_scroll": True})
    assert (len(again["tasks"]), again["scroll_id"]) == (5, first["scroll_id"])
    restarted = api.call("tasks.get_all_ex", {**query, "scroll_id": "unknown"})
    assert len(restarted["tasks"]) == 2
    assert restarted["scroll_id"] != "unknown"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"page": -1}, (400, 12)),
        ({"page": "x"}, (400, 12)),
        ({"page_size": 0}, (400, 12)),
        ({"page_size": None}, (400, 11)),
        ({"page": 0, "page_size": None}, (400, 11)),
        ({"page": 10**30}, (400, 12)),
        ({"start": 1}, (400, 12)),
        ({"start": -1, "size": 1}, (400, 12)),
        ({"scroll_id": None}, (400, 12)),
        ({"scroll_id": None, "size": "5"}, (400, 12)),
        ({"scroll_id": 5, "size": 5}, (400, 12)),
        ({"search_text": "a", "name": "("}, (400, 21)),
        ({"order_by": ["@text_score"]}, (400, 16)),
        ({"order_by": "name"}, (400, 14)),
        ({"only_fields": "name"}, (400, 14)),
        ({"_any_": {"fields": ["hyperparams..x"], "pattern": "x"}}, (400, 12)),
        ({"hyperparams.a.": ["x"]}, (400, 12)),
    ],
)
@pytest.mark.parametrize("action", ["get_all", "get_all_ex"])
def test_what_makes_no_sense_is_refused(api: Client, action: str, data: dict[str, Any], code: tuple[int, int]) -> None:
    task(api, "a task")
    assert refused(api, f"tasks.{action}", data) == code


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


def test_the_text_of_a_slow_pattern_is_an_error_of_the_request(api: Client) -> None:
    """A pattern that would take for ever is answered with 400, or works because the engine is not troubled by it."""
    task(api, "a" * 40 + "!")
    with suppress_400():
        assert names(api, name="^(a+)+$") == []


def test_numbers_in_hyperparameters_order_by_value(api: Client) -> None:
    for value in ("10", "9", "abc"):
        task(api, f"lr {value}", hyperparams={"Args": {"lr": {"section": "Args", "name": "lr", "value": value}}})
    task(api, "none")
    assert names(api, order_by=["hyperparams.Args.lr.value"]) == ["lr 9", "lr 10", "lr abc", "none"]
    assert names(api, order_by=["-execution.parameters.lr.value"]) == ["lr abc", "lr 10", "lr 9", "none"]
    assert names(api, **{"hyperparams.Args.lr.value": ["09"]}) == ["lr 9"]


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
