"""Creating, editing and copying tasks, beyond what the recorded conversations show."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make(api: Client, **fields: Any) -> str:
    return str(api.call("tasks.create", {"name": "a task", "type": "training", **fields})["id"])


def get(api: Client, task: str, version: str = "2.34") -> dict[str, Any]:
    found: dict[str, Any] = api.call("tasks.get_by_id", {"task": task}, version=version)["task"]
    return found


def refused(api: Client, name: str, data: dict[str, Any], version: str = "2.34") -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data, version=version)
    return caught.value.code, caught.value.subcode


def param(section: str, name: str, value: str) -> dict[str, str]:
    return {"section": section, "name": name, "value": value}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"script": "abc"}, (400, 12)),
        ({"execution": [1]}, (400, 12)),
        ({"models": "abc"}, (400, 12)),
        ({"models": {"input": "abc"}}, (400, 12)),
        ({"execution": {"artifacts": {"a": 1}}}, (400, 12)),
        ({"execution": {"artifacts": [{"type": "t"}]}}, (400, 12)),
        ({"execution": {"parameters": 5}}, (400, 12)),
        ({"execution": {"model_labels": [1]}}, (400, 12)),
        ({"hyperparams": {"A": 5}}, (400, 12)),
        ({"hyperparams": {"A": {"b": 5}}}, (400, 12)),
        ({"tags": [1]}, (400, 16)),
        ({"tags": {"a": 1}}, (400, 16)),
        ({"parent": 5}, (400, 16)),
        ({"comment": ["a"]}, (400, 800)),
        ({"container": {"image": 5}}, (400, 800)),
    ],
)
@pytest.mark.parametrize("action", ["tasks.create", "tasks.edit"])
def test_wrong_shapes_are_refused(api: Client, action: str, fields: dict[str, Any], code: tuple[int, int]) -> None:
    """What is no object, list or text where one is needed gets a clear refusal, and nothing changes."""
    task = make(api)
    before = api.backend.documents.count(TASKS)
    base = {"name": "a task", "type": "training"} if action == "tasks.create" else {"task": task}
    assert refused(api, action, {**base, **fields}) == code
    assert api.backend.documents.count(TASKS) == before
    assert get(api, task)["last_change"] == get(api, task)["created"]


def test_stored_form(api: Client) -> None:
    """Names become map keys that no store stumbles over, and come back as they were."""
    task = make(
        api,
        hyperparams={"Args": {"a.b": param("Args", "a.b", "1")}, "__$section": {"k": param("__$section", "k", "x")}},
        configuration={"Gen.eral": {"name": "Gen.eral", "value": "xyz"}},
        execution={"parameters": {"p1": 5, "TF_DEFINE/p2": "z"}},
    )
    stored = api.backend.documents.get(TASKS, task)
    assert stored["hyperparams"]["Args"].keys() == {"a%2Eb", "p1"}
    assert stored["hyperparams"]["%_%_%24section"] == {"k": param("__$section", "k", "x")}
    assert stored["hyperparams"]["TF_DEFINE"]["p2"] == {**param("TF_DEFINE", "p2", "z"), "type": "legacy"}
    assert stored["configuration"].keys() == {"Gen%2Eeral"}
    assert get(api, task)["hyperparams"].keys() == {"Args", "__$section", "TF_DEFINE"}
    assert get(api, task, "2.8")["execution"]["parameters"] == {"p1": "5", "TF_DEFINE/p2": "z"}


def test_what_a_client_read_it_may_send_back(api: Client) -> None:
    """An SDK reads a task, and edits it with the whole sections it read."""
    task = make(api, hyperparams={"Args": {"x": param("Args", "x", "1")}}, script={"diff": " d "}, container={"image": "i"})
    api.call("tasks.add_or_update_artifacts", {"task": task, "artifacts": [{"key": "k", "type": "t", "display_data": [["a", "b"]]}]})
    names = ("hyperparams", "configuration", "execution", "runtime", "script", "models", "container")
    before = get(api, task)
    sent = {name: before[name] for name in names}
    assert api.call("tasks.edit", {"task": task, "force": True, **sent})["updated"] == 1
    after = get(api, task)
    assert {name: after[name] for name in names} == sent


def test_edit_keeps_what_others_wrote_beside_it(api: Client) -> None:
    """An edit of one part of `execution` does not undo an artifact that was added since it was read."""
    task = make(api)
    api.call("tasks.edit", {"task": task, "execution": {"framework": "f"}})
    api.call("tasks.add_or_update_artifacts", {"task": task, "artifacts": [{"key": "k", "type": "t"}]})
    api.call("tasks.edit", {"task": task, "execution": {"model_labels": {"a": 1}}})
    execution = get(api, task)["execution"]
    assert [a["key"] for a in execution["artifacts"]] == ["k"]
    assert (execution["framework"], execution["model_labels"]) == ("f", {"a": 1})


def test_edit_moves_last_update_only_for_content(api: Client) -> None:
    """Names, tags and comments are no news of the run."""
    task = make(api)
    documents = api.backend.documents
    documents.update(TASKS, Eq("id", task), Set("last_update", LONG_AGO))
    api.call("tasks.edit", {"task": task, "name": "other", "tags": ["a"], "comment": "c"})
    assert documents.get(TASKS, task)["last_update"] == LONG_AGO
    assert "last_update" in api.call("tasks.edit", {"task": task, "runtime": {"a": 1}})["fields"]
    assert documents.get(TASKS, task)["last_update"] > LONG_AGO


def test_projects_notice(api: Client) -> None:
    """A new task, a status change and a move touch the project; a ping and a plain update do not."""
    project = str(api.call("projects.create", {"name": "noticing"})["id"])

    def touched(name: str, data: dict[str, Any]) -> bool:
        api.backend.documents.update(PROJECTS, Eq("id", project), Set("last_update", LONG_AGO))
        api.call(name, data)
        return bool(api.backend.documents.get(PROJECTS, project)["last_update"] > LONG_AGO)

    assert touched("tasks.create", {"name": "a task", "type": "training", "project": project})
    task = make(api)
    assert touched("tasks.move", {"ids": [task], "project": project})
    assert touched("tasks.started", {"task": task})
    assert not touched("tasks.ping", {"task": task})
    assert not touched("tasks.update", {"task": task, "comment": "c"})
    assert touched("tasks.update_tags", {"ids": [task], "add_tags": ["x"]})


def test_update_batch_last_line_wins_and_all_or_nothing(api: Client) -> None:
    """A batch changes each task once, and none if one of them cannot be changed."""
    a, b = make(api), make(api)
    lines = [{"task": a, "comment": "1", "name": "first"}, {"task": b, "comment": "b"}, {"task": a, "comment": "2"}]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    headers = {"Content-Type": "application/json-lines", "Authorization": f"Bearer {api.login(api.key, api.secret)}"}
    # NOTE: not `api.batch`: the documented answer knows 0 and 1 only.
    assert api.send("/v2.34/tasks.update_batch", body, headers).body["data"] == {"updated": 2}
    assert (get(api, a)["comment"], get(api, a)["name"]) == ("2", "a task")
    with pytest.raises(CallFailed):
        api.batch("tasks.update_batch", [{"task": b, "comment": "x"}, {"task": "nope", "comment": "x"}])
    assert get(api, b)["comment"] == "b"


SOURCE: dict[str, Any] = {
    "tags": ["t"],
    "system_tags": ["development", "archived", "kept"],
    "comment": "c",
    "output_dest": "s3://b/o",
    "script": {"repository": "r"},
    "container": {"image": "i", "arguments": "a"},
    "runtime": {"r": 1},
    "hyperparams": {"Args": {"x": param("Args", "x", "1")}},
    "configuration": {"c": {"name": "c", "value": "1"}},
    "execution": {
        "framework": "f",
        "queue": "q",
        "model_labels": {"a": 1},
        "artifacts": [{"key": "in", "type": "t", "mode": "input"}, {"key": "out", "type": "t"}],
    },
}


def test_clone_copies_the_definition_and_not_the_run(api: Client) -> None:
    """A copy has the source's definition, and nothing of what its run left."""
    source = make(api, **SOURCE)
    api.call("tasks.add_or_update_model", {"task": source, "name": "o", "model": "m", "type": "output"})
    api.call("tasks.started", {"task": source})
    copy = get(api, api.call("tasks.clone", {"task": source})["id"])
    assert (copy["status"], copy["runtime"], copy["name"], copy["comment"]) == ("created", {}, "a task", "c")
    assert (copy["tags"], copy["system_tags"], copy["parent"]) == (["t"], ["kept"], source)
    assert copy["models"] == {"input": [], "output": []}
    assert [a["key"] for a in copy["execution"]["artifacts"]] == ["in"]
    assert "queue" not in copy["execution"]
    assert copy["execution"]["framework"] == "f"
    assert copy["execution"]["model_labels"] == {"a": 1}
    assert copy["container"] == SOURCE["container"]
    assert copy["hyperparams"] == SOURCE["hyperparams"]
    assert copy["output"] == {"destination": "s3://b/o"}
    assert "started" not in copy


def test_clone_of_a_clone_names_the_first_ancestor(api: Client) -> None:
    """Copies of copies share one parent; a deleted parent does not count."""
    source = make(api)
    first = api.call("tasks.clone", {"task": source})["id"]
    second = api.call("tasks.clone", {"task": first})["id"]
    assert get(api, second)["parent"] == source
    api.call("tasks.delete", {"task": source})
    assert get(api, first)["parent"] == f"__DELETED__{source}"
    assert get(api, api.call("tasks.clone", {"task": first})["id"])["parent"] == first


def test_clone_with_changes(api: Client) -> None:
    """What is given replaces the source's part whole; empty values do not count."""
    source = make(api, **SOURCE)
    answer = api.call(
        "tasks.clone",
        {
            "task": source,
            "new_task_name": "copy",
            "new_task_tags": ["n"],
            "new_project_name": "made/by clone",
            "new_task_hyperparams": {"B": {"y.z": param("B", "y.z", "2")}},
            "new_task_configuration": {},
            "new_task_container": {"image": "j"},
            "execution_overrides": {"framework": "g", "model_labels": {"z": "7"}, "parameters": {"lost": 1}, "docker_cmd": "k l"},
        },
    )
    copy = get(api, answer["id"])
    assert answer["new_project"]["name"] == "made/by clone"
    assert copy["project"] == answer["new_project"]["id"]
    assert (copy["name"], copy["tags"], copy["container"]) == ("copy", ["n"], {"image": "j"})
    assert copy["hyperparams"] == {"B": {"y.z": param("B", "y.z", "2")}}
    assert copy["configuration"] == SOURCE["configuration"]
    assert (copy["execution"]["framework"], copy["execution"]["model_labels"]) == ("g", {"z": 7})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"task": "nope"}, (400, 101)),
        ({"new_task_tags": ["__$x"]}, (400, 16)),
        ({"new_task_system_tags": ["__$x"]}, (400, 16)),
        ({"new_task_parent": "nope"}, (400, 101)),
        ({"new_task_project": "nope"}, (400, 401)),
        ({"new_task_input_models": [{"name": "n", "model": "nope"}]}, (400, 201)),
        ({"new_task_name": "ab"}, (400, 800)),
        ({"execution_overrides": {"model_labels": {"a": "word"}}}, (400, 12)),
        ({"execution_overrides": {"model_labels": [1]}}, (400, 12)),
        ({"execution_overrides": {"model": 5}}, (400, 12)),
        ({"execution_overrides": {"docker_cmd": ["a"]}}, (400, 12)),
        ({"execution_overrides": {"artifacts": {"a": 1}}}, (400, 12)),
        ({"execution_overrides": {"framework": 5}}, (400, 800)),
        ({"new_task_hyperparams": {"": {}}}, (400, 12)),
    ],
)
def test_clone_refuses(api: Client, fields: dict[str, Any], code: tuple[int, int]) -> None:
    """A copy is checked like a new task, and a refused one leaves nothing behind."""
    source = make(api)
    assert refused(api, "tasks.clone", {"task": source, **fields}) == code
    assert api.backend.documents.count(TASKS) == 1


def test_public_tasks_are_read_and_copied_but_not_changed(api: Client) -> None:
    """A public task is everybody's to read and clone, and nobody's to change, its company's included."""
    task = make(api)
    assert api.call("tasks.make_public", {"ids": [task]}) == {"updated": 1}
    assert get(api, task)["company"] == ""
    assert get(api, api.call("tasks.clone", {"task": task})["id"])["company"] != ""
    assert refused(api, "tasks.edit", {"task": task, "comment": "c", "force": True}) == (403, 21)
    assert refused(api, "tasks.move", {"ids": [task, "nope"], "project": None}) == (403, 21)
    assert refused(api, "tasks.make_public", {"ids": [task]}) == (400, 101)
    assert api.call("tasks.make_private", {"ids": [task]}) == {"updated": 1}
    api.call("tasks.edit", {"task": task, "comment": "c"})


def test_foreign_tasks_do_not_exist(api: Client) -> None:
    """Another company's task is neither read, nor changed, nor deleted, nor pinged."""
    task = make(api)
    api.backend.documents.update(TASKS, Eq("id", task), Set("company", "another"))
    before = api.backend.documents.get(TASKS, task)
    assert refused(api, "tasks.get_by_id", {"task": task}) == (400, 101)
    assert refused(api, "tasks.edit", {"task": task, "comment": "c", "force": True}) == (400, 101)
    assert refused(api, "tasks.delete", {"task": task, "force": True}) == (400, 101)
    assert refused(api, "tasks.archive", {"tasks": [task]}) == (400, 101)
    assert refused(api, "tasks.create", {"name": "a task", "type": "training", "parent": task}) == (400, 101)
    assert api.call("tasks.ping", {"task": task}) == {}
    assert api.backend.documents.get(TASKS, task) == before


def test_move(api: Client) -> None:
    """Tasks move by id, by a name that is found or made, and to no project at all."""
    task = make(api)
    project = api.call("projects.create", {"name": "target"})["id"]
    assert api.call("tasks.move", {"ids": [task], "project": project}) == {"project_id": project}
    made = api.call("tasks.move", {"ids": [task], "project_name": "deep/down"})["project_id"]
    assert get(api, task)["project"] == made
    assert api.call("tasks.move", {"ids": [task], "project_name": "deep/down"})["project_id"] == made
    assert api.call("tasks.move", {"ids": [task], "project": None}) == {"project_id": None}
    assert "project" not in get(api, task)
    assert refused(api, "tasks.move", {"ids": [task]}) == (400, 11)
    assert refused(api, "tasks.move", {"ids": [task], "project_name": ""}) == (400, 11)
    assert refused(api, "tasks.move", {"ids": [task], "project": "nope"}) == (400, 401)


def test_update_tags_counts_both_passes(api: Client) -> None:
    """Adding and removing in one call counts a task twice; added tags are a set."""
    task = make(api, tags=["a", "b"])
    assert api.call("tasks.update_tags", {"ids": [task], "add_tags": ["c", "a"], "remove_tags": ["b"]}) == {"updated": 2}
    assert get(api, task)["tags"] == ["a", "c"]
    assert refused(api, "tasks.update_tags", {"ids": [task]}) == (400, 12)
