"""What `only_fields` fetches, follows and shows. Source: spec 2 §3."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.calls.errors import ApiError
from apiserver.query import order, projection, shape
from apiserver.query.entities import MODEL, PROJECT, TASK
from apiserver.query.entity import Entity
from apiserver.query.projection import Projection
from apiserver.stores.filters import TEXT_SCORE, Order

NEW = (2, 34)


@pytest.mark.parametrize(
    ("names", "joins", "stored"),
    [
        ([], False, ["-company_origin", "-enqueue_status", "-unique_metrics"]),
        (["name"], False, ["name"]),
        (["name"], True, ["name", "id"]),
        (["hyperparams.Args", "hyperparams.Args.lr"], True, ["hyperparams.Args", "id"]),
        (["*"], True, None),
        (["script.*"], True, ["script", "id"]),
        (["project.name", "project"], True, ["project", "id"]),
        (["name", "-name"], True, ["id"]),
        (["-execution"], True, ["-company_origin", "-enqueue_status", "-execution", "-unique_metrics"]),
        (["-project.name"], True, ["-company_origin", "-enqueue_status", "-unique_metrics"]),
    ],
)
def test_only_what_is_shown_is_fetched(names: list[str], joins: bool, stored: list[str] | None) -> None:
    """None: whole documents."""
    assert projection.parse(TASK, names, joins=joins).stored == stored


def test_references_are_followed_to_any_depth() -> None:
    asked = projection.parse(TASK, ["parent.project.name", "models.input.model.name", "project.*"], joins=True)
    assert sorted(asked.joins) == ["models.input.model", "parent", "project"]
    assert asked.joins["parent"].joins["project"].tree == {"name": None, "id": None}
    assert asked.joins["project"].stored is None


@pytest.mark.parametrize(
    ("names", "joins"),
    [
        (["bogus"], True), (["bogus"], False), (["script.bogus"], True), (["project.bogus"], True), (["project.name"], False),
        (["-"], True),
        (["name.x"], True), (["nope.x"], True), ([""], True), (["name."], True), (["-bogus"], True), (["a\0"], True), (["*"], False),
        (["execution.artifacts.x.bogus"], True), (["project.."], True),
    ],
)  # fmt: skip
def test_unknown_fields_are_refused(names: list[str], joins: bool) -> None:
    if names == ["*"]:  # known to both kinds of call
        assert projection.parse(TASK, names, joins=joins).stored is None
        return
    with pytest.raises(ApiError) as caught:
        projection.parse(TASK, names, joins=joins)
    assert (caught.value.code, caught.value.subcode) == (400, 14)


@pytest.mark.parametrize("given", ["name", 5, [5], {"a": 1}])
def test_a_projection_is_a_list_of_names(given: Any) -> None:
    with pytest.raises(ApiError) as caught:
        projection.names({"only_fields": given})
    assert (caught.value.code, caught.value.subcode) == (400, 14)


def test_the_synonym_wins() -> None:
    assert projection.names({"only_fields": ["a"], "projection": ["b"]}) == ["b"]
    assert projection.names({"only_fields": ["a"], "projection": None}) == ["a"]


def shown(entity: Entity, document: dict[str, Any], *names: str, version: tuple[int, int] = NEW) -> dict[str, Any]:
    asked: Projection = projection.parse(entity, names, joins=False)
    return shape.shape(entity, document, version, asked=asked)


def test_defaults_are_filled_in_and_nulls_left_out() -> None:
    row = shown(PROJECT, {"id": "p", "name": "n", "description": None, "tags": None, "extra": 1, "company_origin": "c"})
    assert row == {"id": "p", "name": "n", "tags": [], "system_tags": [], "featured": 9999}


def test_only_the_defaults_of_what_was_asked_are_filled_in() -> None:
    row = shown(TASK, {"id": "t"}, "hyperparams.x", "execution.queue", "models.output", "script.tag", "started", "project")
    assert row == {"execution": {}, "hyperparams": {}, "models": {"output": []}, "script": {}}


def test_tags_are_sorted_and_nested_exclusions_hold() -> None:
    row = shown(
        TASK, {"id": "t", "tags": ["b", "a", "a"], "hyperparams": {"A": {"x": 1, "y": 2}}}, "-hyperparams.A.x", "-script.repository"
    )
    assert row["tags"] == ["a", "a", "b"]
    assert row["hyperparams"] == {"A": {"y": 2}}
    assert row["script"] == {"binary": "python", "entry_point": "", "requirements": {}}


def test_defaults_are_fresh_each_time() -> None:
    shown(MODEL, {"id": "m"})["labels"]["x"] = 1
    assert shown(MODEL, {"id": "m"})["labels"] == {}


def test_a_task_leaves_its_stored_form() -> None:
    stored = {
        "id": "t", "hyperparams": {"a%2Eb": {"%_x": {"name": "_x"}}}, "configuration": {"c%24": {}}, "container": {"im%2Eg": 1},
        "execution": {"artifacts": {"k_output": {"key": "k", "uri": "u"}}, "model_labels": {"l%2El": 1}},
    }  # fmt: skip
    row = shown(TASK, stored)
    assert row["hyperparams"] == {"a.b": {"_x": {"name": "_x"}}}
    assert row["configuration"] == {"c$": {}}
    assert row["container"] == {"im.g": 1}
    (artifact,) = row["execution"]["artifacts"]
    assert (artifact["key"], artifact["uri"], artifact["mode"]) == ("k", "u", "output")
    assert row["execution"]["model_labels"] == {"l.l": 1}


def test_old_versions_read_old_shapes() -> None:
    stored = {
        "id": "t", "tags": ["a"], "system_tags": ["z"],
        "hyperparams": {"Args": {"lr": {"name": "lr", "value": "1", "type": "legacy"}, "new": {"value": "2"}}},
        "configuration": {"design": {"value": "net", "type": "legacy"}},
        "models": {"input": [{"model": "m1"}], "output": [{"model": "m2"}, {"model": "m3"}]},
        "container": {"image": "img", "arguments": "-v"},
    }  # fmt: skip
    new, old = shown(TASK, stored), shown(TASK, stored, version=(2, 2))
    assert new["execution"]["parameters"] == {}
    assert "model" not in new["execution"]
    assert new["tags"] == ["a"]
    assert old["execution"]["parameters"] == {"lr": "1"}
    assert old["execution"]["model_desc"] == {"design": "net"}
    assert old["execution"]["model"] == "m1"
    assert old["output"] == {"model": "m3"}
    assert old["execution"]["docker_cmd"] == "img -v"
    assert old["tags"] == ["a", "z"]


@pytest.mark.parametrize(("version", "metadata"), [((2, 17), {"a.b": {"value": "1"}}), ((2, 16), [])])
def test_metadata_is_a_list_for_old_clients(version: tuple[int, int], metadata: Any) -> None:
    assert shown(MODEL, {"id": "m", "metadata": {"a%2Eb": {"value": "1"}}}, version=version)["metadata"] == metadata


@pytest.mark.parametrize(
    ("names", "keys", "split"),
    [
        ([], (), False),
        (["name"], (Order("name"), Order("id")), True),
        (["-name"], (Order("name", descending=True), Order("id")), False),
        (["name", "-id"], (Order("name"), Order("id", descending=True)), True),
        (["id"], (Order("id"),), False),
        (["-bogus", "name"], (Order("bogus", descending=True), Order("name"), Order("id")), False),
        (["@text_score"], (Order(TEXT_SCORE), Order("id")), False),
    ],
)
def test_orders(names: list[str], keys: tuple[Order, ...], split: bool) -> None:
    """split: empty values of the first, ascending key come last. The id comes last unless it is named."""
    found = order.parse(TASK, names, text=True)
    assert (found.keys, found.empty is not None) == (keys, split)


@pytest.mark.parametrize(
    ("names", "subcode"), [(["bogus"], 14), (["project.name"], 14), (["@text_score"], 16), (["a..b"], 14), (["-."], 14)]
)
def test_orders_by_what_is_not_there_are_refused(names: list[str], subcode: int) -> None:
    with pytest.raises(ApiError) as caught:
        order.parse(TASK, names, text=False)
    assert (caught.value.code, caught.value.subcode) == (400, subcode)


def test_one_name_alone_is_a_list_of_it() -> None:
    assert order.names({"order_by": "name"}) == ["name"]
    for given in (5, [5], ["-"], {"a": 1}):
        with pytest.raises(ApiError):
            order.names({"order_by": given})
