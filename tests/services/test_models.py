"""`models.*` as chapter 5 §3 of the specification has it."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.testing.client import CallFailed, Client


@pytest.fixture
def project(api: Client) -> str:
    return str(api.call("projects.create", {"name": "vision", "description": ""})["id"])


@pytest.fixture
def task(api: Client, project: str) -> str:
    return str(api.call("tasks.create", {"name": "trainer", "type": "training", "project": project})["id"])


def make(api: Client, **fields: Any) -> str:
    return str(api.call("models.create", {"name": "a model", "uri": "file:///m", "ready": False, **fields})["id"])


def get(api: Client, model: str, version: str = "2.34") -> dict[str, Any]:
    found: dict[str, Any] = api.call("models.get_by_id", {"model": model}, version=version)["model"]
    return found


def refused(api: Client, name: str, data: dict[str, Any], version: str = "2.34") -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data, version=version)
    return caught.value.code, caught.value.subcode


def test_a_new_model_is_ready_unless_told_otherwise(api: Client) -> None:
    assert get(api, api.call("models.create", {"name": "a model", "uri": "u"})["id"])["ready"] is True
    assert get(api, make(api))["ready"] is False
    assert refused(api, "models.create", {"name": "a model", "uri": "u", "ready": None}) == (400, 800)


def test_a_new_model_has_its_times_owner_and_sorted_tags(api: Client, project: str, task: str) -> None:
    model = get(api, make(api, name="  padded  ", tags=["b", "a"], project=project, task=task, labels={"cat": 1, "dog": 2}))
    assert model["name"] == "padded"
    assert model["tags"] == ["a", "b"]
    assert model["created"] == model["last_update"]
    assert (model["project"], model["task"]) == (project, task)
    assert model["labels"] == {"cat": 1, "dog": 2}
    assert "comment" not in model
    assert "ui_cache" not in model


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "ab"}, (400, 800)),
        ({"name": None}, (400, 12)),
        ({"uri": None}, (400, 12)),
        ({"labels": {"a": 1, "b": 1}}, (400, 800)),
        ({"labels": {"a": 1.5}}, (400, 12)),
        ({"labels": {"a": None}}, (400, 12)),
        ({"labels": {"a": "1"}}, (400, 800)),
        ({"tags": ["__$x"]}, (400, 16)),
        ({"system_tags": ["__$x"]}, (400, 16)),
        ({"project": "nope"}, (400, 12)),
        ({"task": "nope"}, (400, 101)),
    ],
)
def test_create_refuses_and_stores_nothing(api: Client, fields: dict[str, Any], error: tuple[int, int]) -> None:
    assert refused(api, "models.create", {"name": "a model", "uri": "u", **fields}) == error
    assert api.call("models.get_all")["models"] == []


def test_labels_with_one_value_twice_are_fine_where_it_is_zero(api: Client) -> None:
    assert get(api, make(api, labels={"a": 0, "b": 0, "c": 1}))["labels"] == {"a": 0, "b": 0, "c": 1}


def test_a_public_model_belongs_to_nobody(api: Client, task: str) -> None:
    model = api.call("models.create", {"name": "shared", "uri": "u", "public": True})["id"]
    assert get(api, model)["company"] == ""
    assert refused(api, "models.edit", {"model": model, "name": "other"}) == (400, 201)
    assert refused(api, "models.create", {"name": "shared", "uri": "u", "public": True, "task": task}) == (400, 101)


def test_edit_replaces_what_is_given(api: Client, project: str) -> None:
    model = make(api, labels={"a": 1}, design={"design": "x"}, comment="old")
    answer = api.call("models.edit", {"model": model, "labels": {"b": 2}, "comment": "new", "project": None, "ui_cache": {"a": 1}})
    assert answer["updated"] == 1
    assert set(answer["fields"]) == {"labels", "comment", "last_change", "last_changed_by", "last_update"}
    found = get(api, model)
    assert (found["labels"], found["design"], found["comment"]) == ({"b": 2}, {"design": "x"}, "new")
    assert found["last_update"] > found["created"]


def test_edit_of_nothing_changes_nothing(api: Client) -> None:
    model = make(api)
    before = get(api, model)
    assert api.call("models.edit", {"model": model, "unknown": 1, "name": None}) == {"updated": 0, "fields": {}}
    assert get(api, model) == before


def test_a_comment_does_not_move_last_update(api: Client) -> None:
    model = make(api)
    assert "last_update" not in api.call("models.edit", {"model": model, "comment": "c"})["fields"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"task": "nope"}, (400, 16)),
        ({"project": "nope"}, (400, 16)),
        ({"parent": "nope"}, (400, 16)),
        ({"tags": "text"}, (400, 16)),
        ({"design": "text"}, (400, 16)),
        ({"labels": {"a": "x"}}, (400, 12)),
        ({"tags": ["__$x"]}, (400, 16)),
        ({"name": "x"}, (400, 800)),
    ],
)
def test_edit_refuses(api: Client, fields: dict[str, Any], error: tuple[int, int]) -> None:
    model = make(api)
    before = get(api, model)
    assert refused(api, "models.edit", {"model": model, **fields}) == error
    assert get(api, model) == before


def test_edit_reports_the_iteration_to_the_task(api: Client, task: str) -> None:
    model = make(api, task=task)
    api.call("models.edit", {"model": model, "iteration": 7})
    api.call("models.edit", {"model": model, "iteration": 3})
    assert api.call("tasks.get_by_id", {"task": task})["task"]["last_iteration"] == 7


def test_update_is_looser_and_stores_nulls(api: Client, project: str) -> None:
    model = make(api, project=project)
    assert api.call("models.update", {"model": model, "framework": "x"}) == {"updated": 0, "fields": {}}
    answer = api.call("models.update", {"model": model, "project": None, "tags": ["t"]})
    assert "last_update" not in answer["fields"]
    found = get(api, model)
    assert found.get("project") is None
    assert found["tags"] == ["t"]
    assert found["last_update"] > found["created"]


def test_metadata_keys_may_hold_anything(api: Client) -> None:
    """Keys with dots, dollars and underscores come back as they were given; clients up to 2.16 see an empty list."""
    items = [{"key": key, "type": "str", "value": "v"} for key in ("a.b", "$c", "__d", "plain")]
    model = make(api)
    assert api.call("models.add_or_update_metadata", {"model": model, "metadata": items}) == {"updated": 1}
    assert get(api, model)["metadata"] == {item["key"]: item for item in items}
    assert get(api, model, version="2.16")["metadata"] == []
    assert [m["id"] for m in api.call("models.get_all", {"metadata.a%2Eb.value": "v"})["models"]] == [model]
    assert api.call("models.delete_metadata", {"model": model, "keys": ["a.b", "none"]}) == {"updated": 1}
    assert set(get(api, model)["metadata"]) == {"$c", "__d", "plain"}
    replaced = {"model": model, "metadata": [items[0]], "replace_metadata": True}
    api.call("models.add_or_update_metadata", replaced)
    assert set(get(api, model)["metadata"]) == {"a.b"}
    assert refused(api, "models.add_or_update_metadata", {"model": model, "metadata": []}) == (400, 12)


def test_publishing_takes_the_task_along(api: Client, task: str) -> None:
    model = make(api, task=task)
    assert refused(api, "models.set_ready", {"model": model}) == (400, 110)
    assert get(api, model)["ready"] is False
    answer = api.call("models.set_ready", {"model": model, "force_publish_task": True})
    assert (answer["updated"], answer["fields"]) == (1, {})
    assert answer["published_task"]["id"] == task
    assert answer["published_task"]["data"]["fields"]["status"] == "published"
    assert api.call("tasks.get_by_id", {"task": task})["task"]["status"] == "published"
    assert refused(api, "models.set_ready", {"model": model}) == (400, 203)


def test_publish_many_tells_each(api: Client) -> None:
    one, two = make(api), make(api, ready=True)
    answer = api.call("models.publish_many", {"ids": [one, two, "nope"]})
    assert answer["succeeded"] == [{"id": one, "updated": True, "published_task": None}]
    assert [(f["id"], f["error"]["codes"]) for f in answer["failed"]] == [(two, [400, 203]), ("nope", [400, 201])]


def test_archiving(api: Client) -> None:
    model = make(api)
    before = get(api, model)["last_update"]
    for _ in range(2):
        assert api.call("models.archive_many", {"ids": [model]})["succeeded"] == [{"id": model, "archived": True}]
    assert get(api, model)["system_tags"] == ["archived"]
    assert api.call("models.unarchive_many", {"ids": [model, "x"]})["succeeded"] == [{"id": model, "unarchived": True}]
    assert (get(api, model)["system_tags"], get(api, model)["last_update"]) == ([], before)


def test_a_model_in_use_needs_force_to_be_deleted(api: Client, task: str) -> None:
    """Tasks that use it keep a marked id, the task that made it forgets it."""
    model = make(api, task=task)
    user = api.call("tasks.create", {"name": "user", "type": "testing"})["id"]
    api.call("tasks.add_or_update_model", {"task": user, "name": "in", "model": model, "type": "input"})
    api.call("tasks.add_or_update_model", {"task": task, "name": "out", "model": model, "type": "output"})
    assert refused(api, "models.delete", {"model": model}) == (400, 205)
    assert api.call("models.delete", {"model": model, "force": True}) == {"deleted": True, "url": "file:///m"}
    assert refused(api, "models.get_by_id", {"model": model}) == (400, 201)
    used = api.call("tasks.get_by_id", {"task": user})["task"]["models"]["input"]
    assert [item["model"] for item in used] == [f"__DELETED__{model}"]
    assert api.call("tasks.get_by_id", {"task": task})["task"]["models"]["output"] == []


def test_a_model_of_a_published_task_needs_force_too(api: Client, task: str) -> None:
    model = make(api, task=task)
    api.call("tasks.add_or_update_model", {"task": task, "name": "out", "model": model, "type": "output"})
    api.call("tasks.publish", {"task": task, "force": True, "publish_model": False})
    assert refused(api, "models.delete", {"model": model}) == (400, 206)
    assert api.call("models.delete_many", {"ids": [model, "no"], "force": True})["succeeded"][0]["deleted"] is True
    published = api.call("tasks.get_by_id", {"task": task})["task"]
    assert [item["model"] for item in published["models"]["output"]] == [f"__DELETED__{model}"]
    assert published["output"]["error"].startswith("model deleted on ")


def test_public_and_back(api: Client) -> None:
    model = make(api)
    assert refused(api, "models.make_public", {"ids": [model, "nope"]}) == (400, 201)
    assert get(api, model)["company"] != ""
    assert api.call("models.make_public", {"ids": [model]}) == {"updated": 1}
    assert get(api, model)["company"] == ""
    assert refused(api, "models.make_public", {"ids": [model]}) == (400, 201)
    assert api.call("models.make_private", {"ids": [model]}) == {"updated": 1}
    assert api.call("models.edit", {"model": model, "name": "mine again"})["updated"] == 1


def test_moving(api: Client, project: str) -> None:
    model = make(api)
    assert api.call("models.move", {"ids": [model, "unknown"], "project": project}) == {"project_id": project}
    made = api.call("models.move", {"ids": [model], "project_name": "new/below"})["project_id"]
    assert api.call("projects.get_by_id", {"project": made})["project"]["name"] == "new/below"
    assert api.call("models.move", {"ids": [model], "project": None}) == {"project_id": None}
    assert get(api, model).get("project") is None
    assert refused(api, "models.move", {"ids": [model]}) == (400, 11)
    assert refused(api, "models.move", {"ids": [model], "project": "nope"}) == (400, 401)


def test_update_tags_counts_each_pass(api: Client) -> None:
    model = make(api, tags=["a"])
    assert api.call("models.update_tags", {"ids": [model], "add_tags": ["c", "b"], "remove_tags": ["a"]}) == {"updated": 2}
    assert get(api, model)["tags"] == ["b", "c"]
    assert refused(api, "models.update_tags", {"ids": [model]}) == (400, 12)


def test_listing(api: Client, project: str) -> None:
    one = make(api, name="alpha", project=project, framework="pt", labels={"a": 1, "b": 2})
    two = make(api, name="beta", framework="TF", ready=True)
    assert [m["id"] for m in api.call("models.get_all", {"order_by": ["-name"]})["models"]] == [two, one]
    assert [m["id"] for m in api.call("models.get_all", {"ready": True})["models"]] == [two]
    row = api.call("models.get_all_ex", {"id": [one], "only_fields": ["name", "project.name"], "include_stats": True})["models"][0]
    assert row == {"id": one, "name": "alpha", "project": {"id": project, "name": "vision"}, "stats": {"labels_count": 2}}
    assert [m["id"] for m in api.call("models.get_by_id_ex", {"id": [two, "none"]})["models"]] == [two]
    assert refused(api, "models.get_by_id_ex", {}) == (400, 11)
    assert api.call("models.get_frameworks") == {"frameworks": ["TF", "pt"]}
    assert api.call("models.get_frameworks", {"projects": [project]}) == {"frameworks": ["pt"]}


def test_old_clients_link_models_through_the_task(api: Client, task: str) -> None:
    """`update_for_task` makes the output model, then updates it; newer clients are sent elsewhere."""
    asked = {"task": task, "uri": "file:///out", "iteration": 5}
    first = api.call("models.update_for_task", asked, version="2.13")
    assert first["created"] is True
    again = api.call("models.update_for_task", {**asked, "uri": "file:///out2"}, version="2.13")
    assert (again["id"], again["created"]) == (first["id"], False)
    found = api.call("models.get_by_task_id", {"task": task}, version="2.13")["model"]
    assert (found["id"], found["uri"], found["name"], found["metadata"]) == (first["id"], "file:///out2", "trainer", [])
    assert refused(api, "models.update_for_task", asked) == (301, 1)
    assert refused(api, "models.get_by_task_id", {"task": task}) == (301, 1)
    assert refused(api, "models.update_for_task", {"task": task}, version="2.13") == (400, 11)
    other = make(api)
    assert api.call("models.update_for_task", {"task": task, "override_model_id": other}, version="2.13") == {"id": other, "created": True}
    assert api.call("models.get_by_task_id", {"task": task}, version="2.13")["model"]["id"] == other
