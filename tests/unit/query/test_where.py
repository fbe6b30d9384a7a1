"""Request bodies as conditions: which keys count, and what is refused. Source: spec 2 §1, §3.5, §4."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.calls.errors import ApiError
from apiserver.query.entities import MODEL, PROJECT, QUEUE, TASK, USER
from apiserver.query.entity import Entity
from apiserver.query.where import compile_where, is_numeric, rewritten, stored_path
from apiserver.stores.filters import All, AnyOf, Eq, Filter, In, Matches, Range, Text

NEW, OLD = (2, 34), (2, 2)


@pytest.mark.parametrize(
    ("entity", "data", "condition"),
    [
        (TASK, {"name": "sk [ab]"}, Matches("name", "sk [ab]")),
        (TASK, {"name": ""}, None),
        (TASK, {"name": None, "status": None, "created": None}, None),
        (TASK, {"script": "x", "nonsense": 1, "user.name": ["u"]}, None),
        (PROJECT, {"user": ["u"]}, None),
        (USER, {"name": "a", "company": ["c"]}, Matches("name", "a")),
        (TASK, {"status": ["created"]}, In("status", ["created"])),
        (TASK, {"models.input.model": ["m"]}, In("models.input.model", ["m"])),
        (TASK, {"hyperparams.Args.lr.value": ["9"]}, In("hyperparams.Args.lr.value", ["9"])),
        (TASK, {"hyperparams": ["x"]}, None),
        (TASK, {"runtime.k": "v"}, Eq("runtime.k", "v")),
        (MODEL, {"ready": True}, Eq("ready", True)),
        (MODEL, {"ready": 1}, Eq("ready", True)),
        (MODEL, {"ready": None}, None),
        (MODEL, {"metadata.rank.value": "3"}, In("metadata.rank.value", ["3"])),
        (QUEUE, {"metadata.rank.value": "3"}, In("metadata.rank.value", ["3"])),
        (TASK, {"last_iteration": [1, None]}, Range("last_iteration", gte=1)),
        (TASK, {"tags": ["a"], "filters": {"tags": {}}}, None),
        (TASK, {"filters": {"nonsense": {"any": {"include": ["a"]}}}}, None),
        (TASK, {"filters": {"tags": {"any": {"include": ["a"]}}}}, In("tags", ["a"])),
        (PROJECT, {"filters": {"path": {"any": {"include": ["p"]}}}}, In("path", ["p"])),
        (TASK, {"search_text": "hello"}, Text("hello")),
        (TASK, {"search_text": ""}, None),
        (
            TASK,
            {"_any_": {"fields": ["name", "id"], "pattern": "a"}},
            AnyOf(Matches("name", "a", ignore_case=True), Matches("id", "a", ignore_case=True)),
        ),
        (
            TASK,
            {"_and_": {"fields": ["name", "comment"], "pattern": "a"}},
            All(Matches("name", "a", ignore_case=True), Matches("comment", "a", ignore_case=True)),
        ),
        (TASK, {"_or_": {"fields": [], "pattern": "a"}}, None),
        (TASK, {"_any_": {"fields": ["started", "name"], "datetime": [">2020-01-01"]}}, None),
        (TASK, {"_any_": {"fields": ["runtime._x", "bogus"], "pattern": "a"}}, "raw"),
    ],
)
def test_filters(entity: Entity, data: dict[str, Any], condition: Filter | str | None) -> None:
    """Keys that are no filters of the entity, nulls and empty values change nothing."""
    found = compile_where(entity, data)
    assert isinstance(found, All)
    if condition == "raw":  # a path with `._` is taken as it is, and so are its neighbours
        assert len(found.parts) == 1
    else:
        assert found.parts == (() if condition is None else (condition,))


@pytest.mark.parametrize(
    ("data", "subcode"),
    [
        ({"name": "("}, 21),
        ({"name": "a{1,99999999999}"}, 21),
        ({"name": "x\0"}, 21),
        ({"name": ["task"]}, 12),
        ({"name": 5}, 12),
        ({"filters": 5}, 16),
        ({"filters": {"tags": 5}}, 12),
        ({"created": [">=2020-01-01"]}, 12),
        ({"last_update": [5]}, 16),
        ({"runtime.k": {"$gt": 1}}, 12),
        ({"runtime.": "x"}, 12),
        ({"runtime.a..b": "x"}, 12),
        ({"runtime.a\0b": "x"}, 12),
        ({"last_metrics.": [1, 2]}, 12),
        ({"search_text": 5}, 12),
        ({"_any_": None}, 16),
        ({"_any_": 5}, 16),
        ({"_any_": {"fields": ["name"]}}, 16),
        ({"_any_": {"fields": ["name"], "pattern": "a", "datetime": ["2020"]}}, 16),
        ({"_any_": {"fields": ["name"], "pattern": "a", "more": 1}}, 16),
        ({"_any_": {"fields": "name", "pattern": "a"}}, 16),
        ({"_any_": {"fields": [1], "pattern": "a"}}, 16),
        ({"_any_": {"fields": ["name"], "pattern": 5}}, 16),
        ({"_any_": {"fields": ["name"], "pattern": "("}}, 21),
        ({"_all_": {"fields": ["bogus"], "pattern": "a"}}, 14),
        ({"_all_": {"fields": ["project.name"], "pattern": "a"}}, 14),
        ({"_all_": {"fields": [""], "pattern": "a"}}, 14),
    ],
)
def test_what_cannot_be_a_filter_is_refused(data: dict[str, Any], subcode: int) -> None:
    with pytest.raises(ApiError) as caught:
        compile_where(TASK, data)
    assert (caught.value.code, caught.value.subcode) == (400, subcode)


def test_queues_and_users_have_no_text_search() -> None:
    with pytest.raises(ApiError) as caught:
        compile_where(QUEUE, {"search_text": "a"})
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("entity", "path", "stored"),
    [
        (TASK, "execution.parameters.lr.value", "hyperparams.Args.lr.value"),
        (TASK, "-execution.parameters.lr", "-hyperparams.Args.lr"),
        (TASK, "execution.model_desc.a", "configuration.a"),
        (TASK, "execution.docker_cmd", "container"),
        (TASK, "hyperparams.Args.x%2Ey.value", "hyperparams.Args.x%2Ey.value"),
        (TASK, "-hyperparams.Args._x", "-hyperparams.Args.%_x"),
        (TASK, "name", "name"),
        (MODEL, "metadata.a$b.value", "metadata.a%24b.value"),
        (MODEL, "execution.parameters", "execution.parameters"),
    ],
)
def test_paths_are_rewritten_to_their_stored_form(entity: Entity, path: str, stored: str) -> None:
    assert stored_path(entity, path) == stored


@pytest.mark.parametrize(
    ("entity", "path"),
    [(TASK, "hyperparams.a.b.c.d"), (TASK, "hyperparams."), (TASK, "configuration.a..b"), (MODEL, "metadata.r.k.value")],
)
def test_paths_of_the_wrong_length_are_refused(entity: Entity, path: str) -> None:
    with pytest.raises(ApiError) as caught:
        rewritten(entity, {path: ["x"]}, NEW)
    assert (caught.value.code, caught.value.subcode) == (400, 12)


@pytest.mark.parametrize(
    ("version", "data", "tags", "system_tags"),
    [
        (OLD, {"tags": ["archived", "x"]}, ["x"], ["archived"]),
        (OLD, {"tags": ["archived", "x"], "system_tags": ["y"]}, ["archived", "x"], ["y"]),
        (OLD, {"tags": ["archived", "x"], "system_tags": []}, ["x"], ["archived"]),
        (NEW, {"tags": ["archived", "x"]}, ["archived", "x"], None),
        (OLD, {"tags": [5]}, [5], None),
    ],
)
def test_tags_of_old_clients_are_split(version: tuple[int, int], data: dict[str, Any], tags: Any, system_tags: Any) -> None:
    found = rewritten(TASK, data, version)
    assert (found["tags"], found.get("system_tags")) == (tags, system_tags)


@pytest.mark.parametrize(
    ("entity", "data", "order", "numeric"),
    [
        (TASK, {"hyperparams.a.b.value": ["1"]}, [], True),
        (TASK, {}, ["-last_metrics.a.b.value"], True),
        (TASK, {}, ["name", "last_metrics.a.b.value"], False),
        (TASK, {"name": "a"}, [], False),
        (MODEL, {"metadata.a.value": "1"}, [], True),
        (PROJECT, {"metadata.a.value": "1"}, ["metadata.a"], False),
    ],
)
def test_digits_compare_as_numbers_where_users_chose_the_keys(
    entity: Entity, data: dict[str, Any], order: list[str], numeric: bool
) -> None:
    assert is_numeric(entity, data, order) is numeric
