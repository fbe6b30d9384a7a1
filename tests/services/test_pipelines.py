"""`pipelines.*`: starting a run again, and deleting runs with their steps."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.stores.collections import MODELS, TASKS, URLS_TO_DELETE
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client

Arg = dict[str, str]


class Pipeline:
    """A pipeline as the SDK leaves it: a hidden project, a controller in it, a queue."""

    def __init__(self, api: Client, name: str = "nightly (all)") -> None:
        self.api = api
        full = f"vision/.pipelines/{name}"
        self.project = api.call("projects.create", {"name": full, "system_tags": ["hidden", "pipeline"]})["id"]
        self.queue = api.call("queues.create", {"name": "services"})["id"]
        args = {name: {"section": "Args", "name": name, "value": value, "type": "int"} for name, value in (("a.b", "1"), ("c", "2"))}
        self.controller = self.task(name, type="controller", system_tags=["pipeline"], hyperparams={"Args": args})

    def task(self, name: str, **fields: Any) -> str:
        return str(self.api.call("tasks.create", {"name": name, "project": self.project, "type": "training", **fields})["id"])

    def start(self, source: str = "", args: list[Arg] | None = None, **more: Any) -> str:
        request = {"task": source or self.controller, "queue": self.queue, "args": args or [], **more}
        return str(self.api.call("pipelines.start_pipeline", request)["pipeline"])

    def delete(self, *ids: str) -> Any:
        return self.api.call("pipelines.delete_runs", {"project": self.project, "ids": ids})

    def get(self, task: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.call("tasks.get_by_id", {"task": task})["task"]
        return found

    def names(self) -> list[str]:
        rows = self.api.call("tasks.get_all", {"project": [self.project], "only_fields": ["name"], "order_by": ["created"]})["tasks"]
        return [row["name"] for row in rows]


@pytest.fixture
def pipeline(api: Client) -> Pipeline:
    return Pipeline(api)


def refused(api: Client, name: str, data: dict[str, Any]) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def test_a_run_with_other_arguments(pipeline: Pipeline) -> None:
    """Arguments replace those of the same name, dots in names included; the other ones and the source stay as they are."""
    run = pipeline.start(args=[{"name": "a.b", "value": "9"}, {"name": "new", "value": ""}])
    made = pipeline.get(run)
    assert {name: item["value"] for name, item in made["hyperparams"]["Args"].items()} == {"a.b": "9", "c": "2", "new": ""}
    assert (made["status"], made["status_message"], made["parent"]) == ("queued", "Starting pipeline", pipeline.controller)
    assert pipeline.get(pipeline.controller)["hyperparams"]["Args"]["a.b"]["value"] == "1"
    assert pipeline.api.call("queues.get_by_id", {"queue": pipeline.queue})["queue"]["entries"][0]["task"] == run


def test_runs_are_numbered(pipeline: Pipeline) -> None:
    """Only runs of this pipeline count; its name is taken literally."""
    pipeline.task("nightly (all) #77")
    pipeline.task("nightly all", system_tags=["pipeline"])
    pipeline.task("nightly (all) #x", system_tags=["pipeline"])
    pipeline.start()
    run = pipeline.start()
    pipeline.start(run)
    assert pipeline.names()[-3:] == ["nightly (all) #2", "nightly (all) #3", "nightly (all) #4"]


def test_the_first_run_has_the_plain_name(pipeline: Pipeline) -> None:
    """A controller that has another name and no tag is no run."""
    other = pipeline.task("draft", type="controller")
    pipeline.api.call("tasks.edit", {"task": pipeline.controller, "name": "renamed"})
    pipeline.start(other)
    assert pipeline.names()[-1] == "nightly (all)"


def test_without_a_project_the_name_stays(pipeline: Pipeline) -> None:
    lonely = pipeline.api.call("tasks.create", {"name": "lonely", "type": "controller"})["id"]
    assert pipeline.get(pipeline.start(lonely))["name"] == "lonely"


def test_a_public_pipeline_can_be_started(pipeline: Pipeline) -> None:
    """The run belongs to the caller. Another company's pipeline is unknown."""
    pipeline.api.backend.documents.update(TASKS, Eq("id", pipeline.controller), Set("company", ""))
    assert pipeline.get(pipeline.start())["company"] != ""
    pipeline.api.backend.documents.update(TASKS, Eq("id", pipeline.controller), Set("company", "other"))
    request = {"task": pipeline.controller, "queue": pipeline.queue}
    assert refused(pipeline.api, "pipelines.start_pipeline", request) == (400, 101)


def test_who_watches_the_queue(pipeline: Pipeline) -> None:
    request = {"task": pipeline.controller, "queue": pipeline.queue, "verify_watched_queue": True}
    assert pipeline.api.call("pipelines.start_pipeline", request)["queue_watched"] is False
    pipeline.api.call("workers.register", {"worker": "w", "queues": [pipeline.queue]})
    assert pipeline.api.call("pipelines.start_pipeline", request)["queue_watched"] is True
    assert "queue_watched" not in pipeline.api.call("pipelines.start_pipeline", {**request, "verify_watched_queue": False})


@pytest.mark.parametrize(
    ("wrong", "error", "left"),
    [
        ({"queue": "nope"}, (400, 701), 1),
        ({"queue": ""}, (400, 701), 0),
        ({"queue": None}, (400, 12), 0),
        ({"task": "nope"}, (400, 101), 0),
        ({"args": [{"name": "a"}]}, (400, 12), 0),
        ({"args": [{"name": "a", "value": 5}]}, (400, 12), 0),
        ({"args": [{"name": " ", "value": "5"}]}, (400, 12), 0),
        ({"args": {"a": "5"}}, (400, 12), 0),
    ],
)
def test_what_cannot_be_started(pipeline: Pipeline, wrong: dict[str, Any], error: tuple[int, int], left: int) -> None:
    """Bad input makes nothing; a queue that is not there leaves the draft, as clients know it."""
    request = {"task": pipeline.controller, "queue": pipeline.queue, **wrong}
    assert refused(pipeline.api, "pipelines.start_pipeline", request) == error
    assert len(pipeline.names()) == 1 + left


def test_runs_go_with_their_steps(pipeline: Pipeline) -> None:
    """Steps, draft models, queue entries, events and files of both; the answer counts the run's own."""
    api = pipeline.api
    run = pipeline.start()
    uris = [{"key": "out", "type": "t", "uri": "http://files/p/out"}]
    step = pipeline.task("step", parent=run, execution={"artifacts": uris})
    models = [
        api.call("models.create", {"name": "a model", "uri": f"http://files/p/{task}", "ready": False, "task": task})["id"]
        for task in (run, step)
    ]
    for task in (run, step):
        api.batch("events.add_batch", [{"type": "log", "task": task, "msg": "m"}])
    company = api.backend.documents.get(TASKS, run)["company"]
    answer = pipeline.delete(run)
    assert answer["failed"] == []
    assert answer["succeeded"] == [
        {"id": run, "deleted": True, "updated_children": 0, "updated_models": 0, "deleted_models": 1, "urls": None}
    ]
    assert pipeline.names() == ["nightly (all)"]
    assert [api.backend.documents.find(MODELS, Eq("id", key)) for key in models] == [None, None]
    assert api.backend.events.delete(company, [run, step]) == 0
    assert api.call("queues.get_num_entries", {"queue": pipeline.queue}) == {"num": 0}


class TestFiles:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"services.async_urls_delete.enabled": True, "services.async_urls_delete.fileserver.url_prefixes": ["http://files/"]}

    def test_files_are_queued_for_deletion(self, pipeline: Pipeline) -> None:
        run = pipeline.start()
        uris = [{"key": "out", "type": "t", "uri": "http://files/p/out"}]
        pipeline.task("step", parent=run, execution={"artifacts": uris})
        pipeline.delete(run)
        assert [row["url"] for row in pipeline.api.backend.documents.list(URLS_TO_DELETE)] == ["http://files/p/out"]


def test_runs_that_were_started_from_a_run_stay(pipeline: Pipeline) -> None:
    """They are its children but no steps; they are told that it is gone."""
    run = pipeline.start()
    answer = pipeline.delete(pipeline.controller)
    assert answer["succeeded"][0]["updated_children"] == 1
    assert pipeline.get(run)["parent"].endswith(pipeline.controller)
    assert pipeline.get(run)["parent"] != pipeline.controller


def test_one_run_has_to_stay(pipeline: Pipeline) -> None:
    """Steps do not count as runs, nor do another company's controllers, and nothing is deleted."""
    run = pipeline.start()
    pipeline.task("step", parent=run)
    foreign = pipeline.task("foreign", type="controller")
    pipeline.api.backend.documents.update(TASKS, Eq("id", foreign), Set("company", "other"))
    request = {"project": pipeline.project, "ids": [run, pipeline.controller]}
    assert refused(pipeline.api, "pipelines.delete_runs", request) == (400, 160)
    assert refused(pipeline.api, "pipelines.delete_runs", {"project": "nope", "ids": [run]}) == (400, 160)
    assert len(pipeline.names()) == 3


def test_what_is_no_run_is_passed_over(pipeline: Pipeline) -> None:
    """A step, a run of another project, an id twice."""
    run = pipeline.start()
    step = pipeline.task("step")
    elsewhere = pipeline.api.call("tasks.create", {"name": "elsewhere", "type": "controller"})["id"]
    assert pipeline.delete(step, elsewhere, "nope") == {"succeeded": [], "failed": []}
    assert len(pipeline.delete(run, run)["succeeded"]) == 1


def test_a_public_run_fails_alone(pipeline: Pipeline) -> None:
    public, run = pipeline.start(), pipeline.start()
    pipeline.api.backend.documents.update(TASKS, Eq("id", public), Set("company", ""))
    answer = pipeline.delete(public, run)
    assert [item["id"] for item in answer["succeeded"]] == [run]
    assert [(item["id"], item["error"]["codes"]) for item in answer["failed"]] == [(public, [403, 21])]


@pytest.mark.parametrize("wrong", [{"ids": []}, {"ids": None}, {"ids": "x"}, {"ids": [1]}, {"project": None}, {"project": 5}])
def test_bad_requests(pipeline: Pipeline, wrong: dict[str, Any]) -> None:
    request = {"project": pipeline.project, "ids": [pipeline.controller], **wrong}
    assert refused(pipeline.api, "pipelines.delete_runs", request) == (400, 12)
