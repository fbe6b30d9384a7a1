"""`projects.*` beyond what the recorded conversations show. Source: spec 2 §8."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.stores.collections import MODELS, PROJECTS, TASKS
from apiserver.stores.filters import EVERYTHING, Eq, Order, Set
from apiserver.testing.client import CallFailed, Client


def refused(api: Client, name: str, data: dict[str, Any], version: str = "2.34") -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data, version=version)
    return caught.value.code, caught.value.subcode


def create(api: Client, name: str, **fields: Any) -> str:
    return str(api.call("projects.create", {"name": name, **fields})["id"])


def get(api: Client, project: str) -> dict[str, Any]:
    found: dict[str, Any] = api.call("projects.get_by_id", {"project": project})["project"]
    return found


def named(api: Client, name: str) -> str:
    rows = api.call("projects.get_all", {"name": f"^{name}$", "only_fields": ["id"], "search_hidden": True})["projects"]
    return str(rows[0]["id"])


def task(api: Client, project: str | None, **fields: Any) -> str:
    return str(api.call("tasks.create", {"name": "a task", "type": "training", "project": project, **fields})["id"])


def model(api: Client, project: str, **fields: Any) -> str:
    return str(api.call("models.create", {"name": "a model", "uri": "file:///m", "project": project, **fields})["id"])


def whole_tree(api: Client) -> list[tuple[str, list[str]]]:
    """[(name, names along the path)], after checking that every project's fields agree with its parent's."""
    rows = {row["id"]: row for row in api.backend.documents.list(PROJECTS, EVERYTHING, order=[Order("name")])}
    for row in rows.values():
        parent = rows.get(row.get("parent", ""))
        above = [*parent["path"], parent["id"]] if parent else []
        assert row["path"] == above, row["name"]
        assert ("parent" in row) == bool(above)
        assert row["name"] == (f"{parent['name']}/{row['basename']}" if parent else row["basename"])
    return [(row["name"], [rows[key]["name"] for key in row["path"]]) for row in rows.values()]


def test_missing_ancestors_are_made_once(api: Client) -> None:
    create(api, "top/middle/below")
    create(api, "top/middle/other")
    assert whole_tree(api) == [
        ("top", []),
        ("top/middle", ["top"]),
        ("top/middle/below", ["top", "top/middle"]),
        ("top/middle/other", ["top", "top/middle"]),
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", (400, 407)),
        ("/", (400, 407)),
        ("one/ /two", (400, 407)),
        (" / ", (400, 12)),
        ("new/ab", (400, 12)),
        ("ab/new", (400, 12)),
        ("new/" + "/".join("abc" for _ in range(10)), (400, 409)),
        (None, (400, 12)),
        (5, (400, 12)),
        (["a"], (400, 12)),
    ],
)
def test_a_refused_name_leaves_nothing_behind(api: Client, name: Any, code: tuple[int, int]) -> None:
    assert refused(api, "projects.create", {"name": name}) == code
    assert whole_tree(api) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"tags": "abc"}, (400, 800)),
        ({"tags": [1]}, (400, 800)),
        ({"tags": {"a": 1}}, (400, 800)),
        ({"system_tags": "abc"}, (400, 800)),
        ({"description": 5}, (400, 800)),
        ({"default_output_destination": 5}, (400, 800)),
        ({"tags": ["__$x"]}, (400, 16)),
        ({"tags": ["a"], "system_tags": ["__$x"]}, (400, 16)),
    ],
)
def test_wrong_fields_are_refused(api: Client, fields: dict[str, Any], code: tuple[int, int]) -> None:
    assert refused(api, "projects.create", {"name": "new project", **fields}) == code
    project = create(api, "old project")
    expected = (400, 12) if code == (400, 800) and not {"description", "default_output_destination"} & fields.keys() else code
    assert refused(api, "projects.update", {"project": project, **fields}) == expected


def test_last_update_moves_for_the_parent_alone(api: Client) -> None:
    """A new child touches its parent, not the parent's parent."""
    create(api, "top/middle")
    before = {name: get(api, named(api, name))["last_update"] for name in ("top", "top/middle")}
    create(api, "top/middle/below")
    assert get(api, named(api, "top"))["last_update"] == before["top"]
    assert get(api, named(api, "top/middle"))["last_update"] >= before["top/middle"]


def test_a_rename_reaches_every_depth(api: Client) -> None:
    create(api, "top/middle/below/deepest")
    api.call("projects.update", {"project": named(api, "top"), "name": "renamed"})
    assert [name for name, _ in whole_tree(api)] == ["renamed", "renamed/middle", "renamed/middle/below", "renamed/middle/below/deepest"]


def test_a_move_reaches_every_depth(api: Client) -> None:
    create(api, "top/middle/below/deepest")
    assert api.call("projects.move", {"project": named(api, "top/middle"), "new_location": "elsewhere/new"}) == {"moved": 3}
    assert [name for name, _ in whole_tree(api)] == [
        "elsewhere", "elsewhere/new", "elsewhere/new/middle", "elsewhere/new/middle/below", "elsewhere/new/middle/below/deepest", "top",
    ]  # fmt: skip
    assert api.call("projects.move", {"project": named(api, "elsewhere/new/middle"), "new_location": "/"}) == {"moved": 3}
    assert get(api, named(api, "middle"))["path"] == []
    whole_tree(api)


def test_a_move_repairs_names_and_paths_that_were_left_stale(api: Client) -> None:
    """The reference leaves descendants of merged projects with old names; here they come right with the next move."""
    deepest = create(api, "top/middle/below/deepest")
    api.backend.documents.update(PROJECTS, Eq("id", deepest), Set("name", "stale/name"))
    api.call("projects.move", {"project": named(api, "top/middle"), "new_location": "elsewhere"})
    whole_tree(api)


def test_a_move_that_collides_changes_nothing(api: Client) -> None:
    create(api, "one/same/below")
    create(api, "two/same")
    before = whole_tree(api)
    assert refused(api, "projects.move", {"project": named(api, "one/same"), "new_location": "two"}) == (400, 801)
    assert refused(api, "projects.update", {"project": named(api, "one"), "name": "two"}) == (400, 801)
    assert whole_tree(api) == before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"project": "nope", "new_location": "x"}, (400, 401)),
        ({"new_location": "xxx"}, (400, 12)),
        ({"project": "$top"}, (400, 12)),
        ({"project": "$top", "new_location": ""}, (400, 410)),
        ({"project": "$top", "new_location": "top"}, (400, 411)),
        ({"project": "$top", "new_location": "top/middle"}, (400, 411)),
        ({"project": "$top", "new_location": " "}, (400, 12)),
        ({"project": "$top", "new_location": "ab"}, (400, 12)),
    ],
)
def test_moves_that_make_no_sense(api: Client, data: dict[str, Any], code: tuple[int, int]) -> None:
    create(api, "top/middle")
    data = {name: named(api, "top") if value == "$top" else value for name, value in data.items()}
    assert refused(api, "projects.move", data) == code
    whole_tree(api)


def test_merging_takes_the_whole_tree_along(api: Client) -> None:
    """Descendants of moved sub-projects too, which the reference forgets."""
    source = named(api, "source") if create(api, "source/child/deep/deeper") else ""
    destination = create(api, "target")
    kept, archived, made = task(api, source), task(api, source, system_tags=["archived"]), model(api, source)
    answer = api.call("projects.merge", {"project": source, "destination_project": destination})
    assert answer == {"moved_entities": 2, "moved_projects": 1}
    assert [name for name, _ in whole_tree(api)] == ["target", "target/child", "target/child/deep", "target/child/deep/deeper"]
    documents = api.backend.documents
    assert documents.get(TASKS, kept)["project"] == documents.get(MODELS, made)["project"] == destination
    assert documents.get(TASKS, archived)["project"] == source


def test_a_merge_that_collides_changes_nothing(api: Client) -> None:
    create(api, "source/first")
    create(api, "source/same")
    create(api, "target/same")
    moved = task(api, named(api, "source"))
    before = whole_tree(api)
    data = {"project": named(api, "source"), "destination_project": named(api, "target")}
    assert refused(api, "projects.merge", data) == (400, 801)
    assert whole_tree(api) == before
    assert api.backend.documents.get(TASKS, moved)["project"] == named(api, "source")


@pytest.mark.parametrize(
    "action", ["projects.update", "projects.delete", "projects.validate_delete", "projects.move", "projects.merge", "projects.get_by_id"]
)
def test_another_companys_project_does_not_exist(api: Client, action: str) -> None:
    project = create(api, "foreign")
    api.backend.documents.update(PROJECTS, Eq("id", project), Set("company", "other"))
    assert refused(api, action, {"project": project, "new_location": "xxx", "name": "changed", "force": True}) == (400, 401)
    assert api.backend.documents.get(PROJECTS, project)["name"] == "foreign"


def test_a_public_project_is_read_only(api: Client) -> None:
    project, mine = create(api, "shared"), create(api, "mine")
    api.call("projects.make_public", {"ids": [project]})
    for action in ("update", "delete", "validate_delete", "move", "merge"):
        assert refused(api, f"projects.{action}", {"project": project, "new_location": "xxx"}) == (403, 21)
    assert refused(api, "projects.merge", {"project": mine, "destination_project": project}) == (403, 21)
    assert refused(api, "projects.move", {"project": mine, "new_location": "shared"}) == (400, 414)
    assert refused(api, "projects.create", {"name": "shared/child"}) == (400, 414)


def test_deleting_with_contents_mends_what_refers_to_them(api: Client) -> None:
    project, outside = create(api, "doomed/inner"), create(api, "outside")
    parent = task(api, project)
    made = model(api, project, task=parent)
    child = task(api, outside, parent=parent, models={"input": [{"name": "in", "model": made}]})
    other = model(api, outside, task=parent)
    answer = api.call("projects.delete", {"project": named(api, "doomed"), "force": True, "delete_contents": True})
    assert answer == {
        "deleted": 2, "disassociated_tasks": 0, "deleted_models": 1, "deleted_tasks": 1,
        "urls": {"model_urls": ["file:///m"], "artifact_urls": [], "event_urls": []},
    }  # fmt: skip
    left = api.backend.documents.get(TASKS, child)
    assert left["parent"] is None
    assert left["models"]["input"][0]["model"] == "__DELETED__"
    assert api.backend.documents.get(MODELS, other)["task"] is None


def test_deleting_without_contents_keeps_them(api: Client) -> None:
    project = create(api, "doomed")
    kept, made = task(api, project), model(api, project)
    assert refused(api, "projects.delete", {"project": project}) == (400, 402)
    answer = api.call("projects.delete", {"project": project, "force": True})
    assert (answer["deleted"], answer["disassociated_tasks"], answer["urls"]) == (1, 1, None)
    assert api.backend.documents.get(TASKS, kept)["project"] is None
    assert api.backend.documents.get(MODELS, made)["project"] is None


def test_statistics_count_what_lies_below_and_never_archived_tasks(api: Client) -> None:
    top, child = create(api, "top"), create(api, "top/child")
    hidden = create(api, "top/hidden", system_tags=["hidden"])
    for project in (top, child, child, hidden):
        task(api, project)
    task(api, child, system_tags=["archived"])

    def total(**data: Any) -> int:
        (row,) = api.call("projects.get_all_ex", {"id": [top], "include_stats": True, **data})["projects"]
        return int(row["stats"]["active"]["total_tasks"])

    assert total() == 3
    assert total(stats_with_children=False) == 1
    assert total(search_hidden=True) == 4
    assert total(include_stats_filter={"system_tags": ["__$all", "archived"]}) == 3
    assert total(include_stats_filter={"type": ["testing"]}) == 0


def test_figures_of_runs(api: Client) -> None:
    project = create(api, "runs")
    done = task(api, project)
    api.call("tasks.started", {"task": done})
    api.call("tasks.completed", {"task": done})
    started = api.backend.documents.get(TASKS, done)["started"]
    api.backend.documents.update(TASKS, Eq("id", done), Set("completed", started.replace(microsecond=0).replace(year=started.year + 1)))
    (row,) = api.call("projects.get_all_ex", {"id": [project], "include_stats": True})["projects"]
    stats = row["stats"]["active"]
    assert stats["total_runtime"] > 364 * 86400
    assert stats["total_runtime"] == int(stats["total_runtime"])
    assert (stats["completed_tasks_24h"], stats["status_count"]["completed"]) == (1, 1)
    assert stats["last_task_run"] is not None


def test_children_of_a_kind_bring_their_ancestors(api: Client) -> None:
    create(api, "work/.datasets/set one", system_tags=["hidden", "dataset"], tags=["gold"])
    create(api, "other")

    def found(**data: Any) -> list[str]:
        rows = api.call("projects.get_all_ex", {"order_by": ["name"], "children_type": "dataset", **data})["projects"]
        return [row["name"] for row in rows]

    assert found() == ["work", "work/.datasets"]
    assert found(search_hidden=True) == ["work", "work/.datasets", "work/.datasets/set one"]
    assert found(shallow_search=True) == ["work"]
    assert found(children_tags=["silver"]) == []
    assert found(children_tags_filter={"all": {"include": ["gold"]}}) == ["work", "work/.datasets"]
    assert found(id=[named(api, "other")]) == []


def test_the_parent_filter_means_descendants_or_children(api: Client) -> None:
    create(api, "top/middle/below")

    def found(**data: Any) -> list[str]:
        rows = api.call("projects.get_all", {"order_by": ["name"], "only_fields": ["name"], **data})["projects"]
        return [row["name"] for row in rows]

    top = named(api, "top")
    assert found(parent=[top]) == found(parent=top) == ["top/middle", "top/middle/below"]
    assert found(parent=[top], shallow_search=True) == ["top/middle"]
    assert found(shallow_search=True) == ["top"]
    assert found(shallow_search=True, parent=None) == ["top", "top/middle", "top/middle/below"]
    assert found(path=["nowhere"]) == ["top", "top/middle", "top/middle/below"]


def test_hidden_rows_are_marked_whatever_is_projected(api: Client) -> None:
    create(api, "secret", system_tags=["hidden"])
    for data in ({}, {"only_fields": ["name"]}, {"projection": ["name"]}, {"only_fields": ["-system_tags"]}):
        (row,) = api.call("projects.get_all_ex", {"search_hidden": True, **data})["projects"]
        assert row["hidden"] is True
        assert ("system_tags" in row) == (data == {})


def test_metrics_are_named_whatever_is_in_their_names(api: Client) -> None:
    project = create(api, "runs")
    key = task(api, project)
    import hashlib

    for metric, variant in (("a/b", "c"), ("a", "b/c"), ("loss", "")):
        path = "last_metrics." + ".".join(hashlib.md5(text.encode()).hexdigest() for text in (metric, variant))
        changes = [Set(f"{path}.metric", metric), Set(f"{path}.variant", variant)]
        api.backend.documents.update(TASKS, Eq("id", key), *changes)
    found = api.call("projects.get_unique_metric_variants", {"project": project})["metrics"]
    assert [(row["metric"], row["variant"]) for row in found] == [("a", "b/c"), ("a/b", "c"), ("loss", "")]
    api.backend.documents.update(TASKS, Eq("id", key), Set("unique_metrics", ["a/b/c", "loss/"]))
    assert api.call("projects.get_unique_metric_variants", {"project": project})["metrics"] == found


def test_values_of_a_parameter_ignore_other_companies(api: Client) -> None:
    project = create(api, "runs")
    for i, value in enumerate(("10", "9", "x")):
        key = task(api, project, hyperparams={"Args": {"a.b": {"section": "Args", "name": "a.b", "value": value}}})
        if i == 2:
            api.backend.documents.update(TASKS, Eq("id", key), Set("company", "other"))
    answer = api.call("projects.get_hyperparam_values", {"section": "Args", "name": "a.b"})
    assert answer == {"total": 2, "values": ["9", "10"]}
    assert refused(api, "projects.get_hyperparam_values", {"section": " ", "name": "a"}) == (400, 12)
    assert refused(api, "projects.get_hyperparam_values", {"section": "Args", "name": "a.b", "pattern": "("}) == (400, 21)


def test_tags_read_before_a_change_are_not_kept_after_it(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reads tags, somebody else changes them and forgets what is kept; then the first keeps what it has read."""
    key = task(api, None, tags=["old"])
    documents = api.backend.documents
    read = documents.distinct

    def slowly(*arguments: Any) -> list[Any]:
        found = read(*arguments)
        monkeypatch.setattr(documents, "distinct", read)
        api.call("tasks.edit", {"task": key, "tags": ["new"]})
        return found

    assert api.call("projects.get_model_tags", {}) == {"tags": []}
    monkeypatch.setattr(documents, "distinct", slowly)
    assert api.call("projects.get_task_tags", {}) == {"tags": ["old"]}
    assert api.call("projects.get_task_tags", {}) == {"tags": ["new"]}


def test_tags_in_use_follow_changes_of_tasks(api: Client) -> None:
    project = create(api, "runs")
    key = task(api, project, tags=["old"])
    assert api.call("projects.get_task_tags", {"projects": [project]}) == {"tags": ["old"]}
    assert api.call("projects.get_task_tags", {}) == {"tags": ["old"]}
    api.call("tasks.edit", {"task": key, "tags": ["new"]})
    assert api.call("projects.get_task_tags", {"projects": [project]}) == {"tags": ["new"]}
    assert api.call("projects.get_task_tags", {}) == {"tags": ["new"]}


def test_project_tags_skip_nulls(api: Client) -> None:
    """The reference breaks on a project whose tags were set to null."""
    project = create(api, "one", tags=["a"])
    api.call("projects.update", {"project": create(api, "two"), "tags": None})
    assert api.call("projects.get_project_tags", {}) == {"tags": ["a"], "system_tags": []}
    assert api.call("projects.get_project_tags", {"projects": [project]}) == {"tags": ["a"], "system_tags": []}
