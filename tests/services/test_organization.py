"""`organization.*`: tags, companies and counts of everything."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.stores.collections import PROJECTS, TASKS, USERS
from apiserver.stores.errors import Unavailable
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client


def task(api: Client, name: str, token: str | None = None, **data: Any) -> str:
    return str(api.call("tasks.create", {"name": name, "type": "training", **data}, token=token)["id"])


def project(api: Client, name: str, **data: Any) -> str:
    return str(api.call("projects.create", {"name": name, "description": "", **data})["id"])


def counts(api: Client, **data: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.call("organization.get_entities_count", data)
    return found


def test_tags_of_tasks_and_models(api: Client, stranger: str) -> None:
    """Of the own company, each once, sorted; a new tag shows at once; projects' tags are not among them."""
    task(api, "theirs", stranger, tags=["theirs"])
    project(api, "a project", tags=["of projects"])
    task(api, "one", tags=["b", "a"], system_tags=["s"])
    api.call("models.create", {"name": "model", "uri": "file:///m", "tags": ["c", "a"]})
    assert api.call("organization.get_tags") == {"tags": ["a", "b", "c"]}
    assert api.call("organization.get_tags", {"include_system": True}) == {"tags": ["a", "b", "c"], "system_tags": ["s"]}
    task(api, "two", tags=["d"])
    assert api.call("organization.get_tags")["tags"] == ["a", "b", "c", "d"]
    assert api.call("organization.get_tags", {"filter": {"tags": ["b"]}})["tags"] == ["a", "b"]


def test_the_company_of_the_caller(api: Client, stranger: str) -> None:
    """All of its users, by name; nobody else's."""
    company = api.call("users.get_current_user")["user"]["company"]["id"]
    api.backend.documents.insert(USERS, {"id": "z", "company": company, "name": "Aaron", "avatar": "pic"})
    (ours,) = api.call("organization.get_user_companies")["companies"]
    assert (ours["id"], ours["name"], ours["allocated"]) == (company, "clearml", len(ours["owners"]))
    assert ours["owners"][0] == {"id": "z", "name": "Aaron", "avatar": "pic"}
    assert {"id": "__tests__", "name": "Default User", "avatar": None} in ours["owners"]
    (theirs,) = api.call("organization.get_user_companies", token=stranger)["companies"]
    assert theirs == {
        "id": "other-company", "name": "Other company", "allocated": 1,
        "owners": [{"id": "stranger", "name": "stranger", "avatar": None}],
    }  # fmt: skip


def test_counts_are_of_own_and_public_objects(api: Client, stranger: str) -> None:
    task(api, "theirs", stranger)
    task(api, "ours")
    public = task(api, "public")
    api.backend.documents.update(TASKS, Eq("id", public), Set("company", ""))
    assert counts(api, tasks={}) == {"tasks": 2}
    assert counts(api, tasks={}, allow_public=False) == {"tasks": 1}
    assert api.call("organization.get_entities_count", {"tasks": {}}, token=stranger) == {"tasks": 2}


def test_the_kinds_of_tasks(api: Client) -> None:
    """The type of a kind wins over the one of its query."""
    for kind in ("controller", "controller", "data_processing", "training"):
        task(api, "a task", type=kind)
    found = counts(api, tasks={}, pipeline_runs={"type": ["training"]}, dataset_versions={"type": None}, reports={})
    assert found == {"tasks": 4, "pipeline_runs": 2, "dataset_versions": 1, "reports": 0}
    assert counts(api, pipeline_runs={"filters": {"type": {"any": {"include": ["training"]}}}}) == {"pipeline_runs": 0}


def test_active_users(api: Client) -> None:
    """Projects with something of theirs count, with all above; a query with users of its own is left alone."""
    low = project(api, "top/low")
    project(api, "empty")
    task(api, "a task", project=low)
    api.backend.documents.update_many(PROJECTS, Eq("user", "__tests__"), Set("user", "somebody"))
    assert counts(api, active_users=["__tests__"], projects={}, pipelines={}, tasks={}) == {"projects": 2, "pipelines": 2, "tasks": 1}
    assert counts(api, active_users=["nobody"], projects={}, tasks={}, models={}) == {"projects": 0, "tasks": 0, "models": 0}
    own = {"filters": {"user": {"any": {"include": ["__tests__"]}}}}
    assert counts(api, active_users=["nobody"], tasks=own) == {"tasks": 1}
    assert counts(api, active_users=["nobody"], tasks={"user": None}) == {"tasks": 0}
    assert counts(api, active_users=[], tasks={}) == {"tasks": 1}


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (2, 2), (3, 3), (9, 3), (0, 3), (-1, 3), (None, 3)])
def test_counting_stops_at_the_limit(api: Client, limit: int | None, expected: int) -> None:
    for number in range(3):
        task(api, f"task {number}")
    assert counts(api, tasks={}, limit=limit) == {"tasks": expected}


def test_the_search_dialog(api: Client) -> None:
    """The request of a web page for its search over everything: one query a kind, `limit: 1`."""
    task(api, "Find ME here", comment="x")
    project(api, "dir/find me")
    over = {"_any_": {"fields": ["id", "name", "comment"], "pattern": "find me"}}
    hidden = {"system_tags": ["-archived"]}
    request: dict[str, Any] = {
        "projects": {"_any_": {"fields": ["basename", "id"], "pattern": "find me"}, **hidden},
        **{kind: {**over, **hidden} for kind in ("tasks", "models", "dataset_versions", "pipeline_runs")},
        "datasets": {
            "_any_": {"fields": ["basename", "id"], "pattern": "find me"},
            "system_tags": ["__$all", "dataset", "__$not", "archived"],
        },
        "pipelines": {"_any_": {"fields": ["basename", "id"], "pattern": "find me"}, "system_tags": ["__$all", "pipeline"]},
        "reports": {"_any_": {"fields": ["id", "name", "comment", "report"], "pattern": "find me"}, **hidden},
        "limit": 1,
    }
    zeros = dict.fromkeys(request.keys() - {"limit"}, 0)
    assert counts(api, **request) == {**zeros, "projects": 1, "tasks": 1}


def test_a_query_that_fails_takes_no_other_with_it(api: Client) -> None:
    """Whatever is wrong with it; each says why."""
    task(api, "a task")
    bad: list[dict[str, Any]] = [
        {"name": "("}, {"name": ["x"]}, {"created": [">=2020-01-01"]}, {"_any_": None}, {"filters": 5}, {"tags": [5]}, {"search_text": 5},
        {"hyperparams.a\0b": ["x"]},
    ]  # fmt: skip
    for query in bad:
        found = counts(api, tasks=query, pipeline_runs={}, models={})
        assert {name: found[name] for name in ("pipeline_runs", "models")} == {"pipeline_runs": 0, "models": 0}, query
        assert list(found["errors"]) == ["tasks"], query
        assert found["errors"]["tasks"], query


def test_a_store_that_is_away_is_no_answer(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call fails as a whole, so that the client comes back."""

    def away(*args: Any, **more: Any) -> int:
        raise Unavailable("locked")

    monkeypatch.setattr(api.backend.documents, "count", away)
    with pytest.raises(CallFailed) as caught:
        counts(api, tasks={})
    assert caught.value.code == 503


def test_bad_input(api: Client) -> None:
    for name, data in [
        ("get_tags", {"filter": {"tags": "x"}}),
        ("get_tags", {"filter": []}),
        ("get_entities_count", {"models": []}),
        ("get_entities_count", {"models": "x"}),
        ("get_entities_count", {"active_users": "x", "tasks": {}}),
        ("get_entities_count", {"limit": "x", "tasks": {}}),
    ]:
        raw = api.call_raw(f"organization.{name}", data)
        assert (raw.status, raw.body["meta"]["result_subcode"]) == (400, 12), (name, data)


def test_workloads_are_not_there(api: Client) -> None:
    """Pages ask for them and take a clean 404 for "no information" (spec 8 §A8)."""
    raw = api.call_raw("organization.get_project_workloads", {})
    assert (raw.status, raw.body["meta"]["result_code"], raw.body["data"]) == (404, 404, {})
