"""`reports.*`: where reports lie, what may change in them, and what they show of tasks."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.stores.collections import PROJECTS, TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client


def make(api: Client, name: str = "a report", **fields: Any) -> tuple[str, str]:
    """A new report: its id and that of the project it lies in."""
    made = api.call("reports.create", {"name": name, **fields})
    return made["id"], made["project_id"]


def project(api: Client, name: str) -> str:
    return str(api.call("projects.create", {"name": name, "description": ""})["id"])


def task(api: Client, **fields: Any) -> str:
    return str(api.call("tasks.create", {"name": "a task", "type": "training", **fields})["id"])


def get(api: Client, key: str) -> dict[str, Any]:
    found: dict[str, Any] = api.call("tasks.get_by_id", {"task": key})["task"]
    return found


def listed(api: Client, **query: Any) -> list[str]:
    """Names of the reports that a query finds."""
    rows = api.call("reports.get_all_ex", {"only_fields": ["name"], "order_by": ["name"], **query})["tasks"]
    return [row["name"] for row in rows]


def refused(api: Client, name: str, data: dict[str, Any]) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def project_names(api: Client) -> list[str]:
    return sorted(row["name"] for row in api.backend.documents.list(PROJECTS, fields=["name"]))


class TestWhereReportsLie:
    def test_in_a_hidden_project_below_the_one_that_is_given(self, api: Client) -> None:
        """It is made once, and is its own."""
        above = project(api, "vision")
        _, first = make(api, project=above)
        _, second = make(api, project=first)
        assert first == second
        found = api.call("projects.get_by_id", {"project": first})["project"]
        assert (found["name"], found["parent"], found["system_tags"]) == ("vision/.reports", above, ["hidden", "reports"])

    def test_without_a_project_at_the_top(self, api: Client) -> None:
        _, here = make(api)
        assert api.call("projects.get_by_id", {"project": here})["project"]["name"] == ".reports"

    def test_a_project_that_is_not_there(self, api: Client) -> None:
        """Nothing is made, no project either; one of another company is not there."""
        above = project(api, "vision")
        api.backend.documents.update(PROJECTS, Eq("id", above), Set("company", "other"))
        before = project_names(api)
        for key in ("nope", above):
            assert refused(api, "reports.create", {"name": "a report", "project": key}) == (400, 401)
        assert project_names(api) == before
        assert api.call("reports.get_all_ex", {})["tasks"] == []

    def test_a_refused_name_makes_no_project(self, api: Client) -> None:
        above = project(api, "vision")
        before = project_names(api)
        assert refused(api, "reports.create", {"name": "    ", "project": above}) == (400, 800)
        assert project_names(api) == before

    def test_move_by_name(self, api: Client) -> None:
        """A project of that name is made; the old one goes as soon as it is empty, what is above it stays."""
        above = project(api, "vision")
        one, _ = make(api, project=above)
        two, _ = make(api, project=above)
        target = api.call("reports.move", {"task": one, "project_name": "text / summaries"})["project_id"]
        assert get(api, one)["project"] == target
        assert {"text/summaries/.reports", "vision/.reports"} <= set(project_names(api))
        assert api.call("reports.move", {"task": two, "project_name": "text/summaries/.reports"}) == {"project_id": target}
        assert "vision/.reports" not in project_names(api)
        assert "vision" in project_names(api)

    def test_move_to_the_top(self, api: Client) -> None:
        one, _ = make(api, project=project(api, "vision"))
        target = api.call("reports.move", {"task": one, "project": None})["project_id"]
        assert api.call("projects.get_by_id", {"project": target})["project"]["name"] == ".reports"

    def test_move_to_where_it_is(self, api: Client) -> None:
        """The project does not go, since the report is still in it."""
        above = project(api, "vision")
        one, here = make(api, project=above)
        assert api.call("reports.move", {"task": one, "project": above}) == {"project_id": here}
        assert get(api, one)["project"] == here
        assert "vision/.reports" in project_names(api)

    def test_a_refused_move_changes_nothing(self, api: Client) -> None:
        one, here = make(api, project=project(api, "vision"))
        before = project_names(api)
        assert refused(api, "reports.move", {"task": one, "project": "nope"}) == (400, 401)
        assert refused(api, "reports.move", {"task": one, "project_name": "a/ /b"}) == (400, 407)
        assert refused(api, "reports.move", {"task": one}) == (400, 11)
        assert (get(api, one)["project"], project_names(api)) == (here, before)

    def test_the_last_one_takes_its_project_along(self, api: Client) -> None:
        """But not if anything else lies there."""
        one, here = make(api, project=project(api, "vision"))
        other = task(api, project=here)
        api.call("reports.delete", {"task": one})
        assert "vision/.reports" in project_names(api)
        api.call("tasks.delete", {"task": other})
        two, _ = make(api, project=here)
        api.call("reports.delete", {"task": two})
        assert "vision/.reports" not in project_names(api)


class TestChanges:
    def test_the_text_comes_with_an_update(self, api: Client) -> None:
        """The whole of it is stored; the answer shows the beginning."""
        one, _ = make(api, report="ignored", report_assets=["x"])
        assert get(api, one)["report_assets"] == []
        text = "word " * 100
        answer = api.call("reports.update", {"task": one, "report": text, "report_assets": ["a.png"]})
        assert len(answer["fields"]["report"]) <= 100
        assert answer["fields"]["report"].endswith(" [...]")
        assert (get(api, one)["report"], get(api, one)["report_assets"]) == (text, ["a.png"])

    def test_null_takes_away(self, api: Client) -> None:
        one, _ = make(api, comment="c", tags=["t"])
        answer = api.call("reports.update", {"task": one, "comment": None, "tags": None})
        assert answer == {"updated": 1, "fields": {"comment": None, "tags": None}}
        assert (get(api, one).get("comment"), get(api, one)["tags"]) == (None, [])

    def test_nothing_given_nothing_done(self, api: Client) -> None:
        one, _ = make(api)
        before = get(api, one)
        assert api.call("reports.update", {"task": one, "foo": 1}) == {"updated": 0, "fields": {}}
        assert get(api, one) == before

    def test_a_published_text_is_fixed(self, api: Client) -> None:
        """Of a request that is refused nothing is written, not even what may change."""
        one, _ = make(api)
        assert api.call("reports.publish", {"task": one, "message": "m"})["fields"]["status_message"] == "m"
        for field in ({"report": "new"}, {"report_assets": []}):
            assert refused(api, "reports.update", {"task": one, "name": "new name", **field}) == (400, 110)
        assert get(api, one)["name"] == "a report"
        assert api.call("reports.update", {"task": one, "name": " new name "})["fields"] == {"name": "new name"}

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"name": "ab"}, (400, 12)),
            ({"name": "     "}, (400, 800)),
            ({"report": 5}, (400, 12)),
            ({"report_assets": [1]}, (400, 12)),
            ({"tags": "t"}, (400, 12)),
        ],
    )
    def test_bad_input(self, api: Client, fields: dict[str, Any], error: tuple[int, int]) -> None:
        one, _ = make(api)
        before = get(api, one)
        assert refused(api, "reports.update", {"task": one, "comment": "c", **fields}) == error
        assert get(api, one) == before

    def test_archive_and_back(self, api: Client) -> None:
        """The status stays; the message is that of the last change."""
        one, _ = make(api)
        assert api.call("reports.archive", {"task": one, "message": "old"}) == {"archived": 1}
        assert "archived" in get(api, one)["system_tags"]
        assert (get(api, one)["status"], get(api, one)["status_message"]) == ("created", "old")
        assert api.call("reports.unarchive", {"task": one}) == {"unarchived": 1}
        assert get(api, one)["system_tags"] == ["hidden", "reports"]

    def test_delete_takes_events_along(self, api: Client) -> None:
        """Nobody could delete them later."""
        one, _ = make(api)
        event = {"type": "training_stats_scalar", "task": one, "metric": "m", "variant": "v", "iter": 1, "value": 1.0}
        api.batch("events.add_batch", [event])
        company = api.backend.documents.get(TASKS, one)["company"]
        assert api.call("reports.delete", {"task": one}) == {"deleted": 1}
        assert api.backend.events.delete(company, [one]) == 0

    @pytest.mark.parametrize("action", ["update", "move", "publish", "archive", "unarchive", "delete"])
    def test_only_own_reports(self, api: Client, action: str) -> None:
        """Other tasks, those of other companies, public ones, and none at all; each is left as it is."""
        other, foreign, public = task(api), make(api)[0], make(api)[0]
        api.backend.documents.update(TASKS, Eq("id", foreign), Set("company", "other"))
        api.backend.documents.update(TASKS, Eq("id", public), Set("company", ""))
        before = api.backend.documents.list(TASKS)
        request = {"name": "new name", "project": None}
        assert refused(api, f"reports.{action}", {"task": other, **request}) == (400, 150)
        assert refused(api, f"reports.{action}", {"task": foreign, **request}) == (400, 101)
        assert refused(api, f"reports.{action}", {"task": "nope", **request}) == (400, 101)
        assert refused(api, f"reports.{action}", {"task": public, **request}) == (403, 21)
        assert api.backend.documents.list(TASKS) == before


class TestLists:
    def test_by_project(self, api: Client) -> None:
        """A project means the reports directly in it; null in a list the top; with sub-projects all below."""
        above, below = project(api, "vision"), project(api, "vision/cars")
        make(api, "at the top")
        make(api, "in vision", project=above)
        make(api, "in cars", project=below)
        assert listed(api) == ["at the top", "in cars", "in vision"]
        assert listed(api, project=[above]) == listed(api, project=above) == ["in vision"]
        assert listed(api, project=[None]) == ["at the top"]
        assert listed(api, project=[None, below]) == ["at the top", "in cars"]
        assert listed(api, project=[above], include_subprojects=True) == ["in cars", "in vision"]
        assert listed(api, project=["nope"]) == []
        assert listed(api, project=[]) == listed(api, project=None) == listed(api)

    def test_reports_only(self, api: Client) -> None:
        """Whatever type is asked for; those of other companies are not there, public ones unless they are not wanted."""
        make(api)
        other = task(api)
        public, _ = make(api, "public")
        foreign, _ = make(api, "foreign")
        api.backend.documents.update(TASKS, Eq("id", public), Set("company", ""))
        api.backend.documents.update(TASKS, Eq("id", foreign), Set("company", "other"))
        assert listed(api, type=["training"]) == ["a report", "public"]
        assert listed(api, id=[other, foreign]) == []
        assert listed(api, allow_public=False) == ["a report"]

    def test_as_the_dashboard_asks(self, api: Client) -> None:
        """Not archived, newest first, by scroll, with joined names (spec 8)."""
        above = project(api, "vision")
        keys = [make(api, name, project=above)[0] for name in ("one", "two", "three")]
        api.call("reports.archive", {"task": keys[1]})
        fields = ["name", "comment", "company", "tags", "report", "project.name", "user.name", "status", "last_update", "system_tags"]
        # NOTE: not `call`: the documented answer has ids where references are objects.
        query = {
            "size": 1, "scroll_id": None, "order_by": ["-last_update"],
            "system_tags": ["__$and", "__$not", "archived"], "only_fields": fields,
        }  # fmt: skip
        first = api.call_raw("reports.get_all_ex", query).body["data"]
        second = api.call_raw("reports.get_all_ex", {**query, "scroll_id": first["scroll_id"]}).body["data"]
        assert [row["name"] for row in first["tasks"] + second["tasks"]] == ["three", "one"]
        assert first["tasks"][0]["project"]["name"] == "vision/.reports"

    @pytest.mark.parametrize(
        ("query", "error"),
        [({"project": [5]}, (400, 12)), ({"project": {"a": 1}}, (400, 12)), ({"name": "("}, (400, 21)), ({"page": -1}, (400, 12))],
    )
    def test_bad_queries(self, api: Client, query: dict[str, Any], error: tuple[int, int]) -> None:
        assert refused(api, "reports.get_all_ex", query) == error

    def test_tags(self, api: Client) -> None:
        """Of the company's own reports: not of tasks, nor of others' reports."""
        make(api, tags=["b", "a"])
        make(api, tags=["c", "a"])
        task(api, tags=["of a task"])
        foreign, _ = make(api, tags=["foreign"])
        api.backend.documents.update(TASKS, Eq("id", foreign), Set("company", "other"))
        assert api.call("reports.get_tags") == {"tags": ["a", "b", "c"]}


class TestTaskData:
    @pytest.fixture
    def tasks(self, api: Client) -> list[str]:
        """Two tasks with a series, a single value, a plot and an image each, and a hidden one."""
        keys = [task(api, name=name) for name in ("one", "two")]
        for key in keys:
            named = {"task": key, "variant": "v"}
            scalars = [{**named, "type": "training_stats_scalar", "metric": "loss", "iter": i, "value": i} for i in range(3)]
            single = {**named, "type": "training_stats_scalar", "metric": "Summary", "iter": -(2**31), "value": 7}
            plots = [
                {**named, "type": "plot", "metric": metric, "iter": i, "plot_str": "{}"} for metric, i in [("p", 1), ("p", 2), ("q", 1)]
            ]
            images = [{**named, "type": "training_debug_image", "metric": "im", "iter": i, "url": f"s3://b/{key}/{i}"} for i in range(3)]
            assert api.batch("events.add_batch", [*scalars, single, *plots, *images])["added"] == 10
        task(api, name="hidden", system_tags=["hidden"])
        return keys

    def ask(self, api: Client, **query: Any) -> Any:
        return api.call("reports.get_task_data", {"only_fields": ["name"], "order_by": ["name"], **query})

    def test_without_sections(self, api: Client, tasks: list[str]) -> None:
        """Tasks, as lists show them."""
        assert self.ask(api) == {"tasks": [{"id": tasks[0], "name": "one"}, {"id": tasks[1], "name": "two"}]}
        assert [row["name"] for row in self.ask(api, search_hidden=True)["tasks"]] == ["hidden", "one", "two"]

    def test_sections_are_of_the_tasks_of_the_page(self, api: Client, tasks: list[str]) -> None:
        found = self.ask(api, page=1, page_size=1, single_value_metrics={}, scalar_metrics_iter_histogram={})
        assert [row["task"] for row in found["single_value_metrics"]] == [tasks[1]]
        assert list(found["scalar_metrics_iter_histogram"]["loss"]["v"]) == [tasks[1]]

    def test_series(self, api: Client, tasks: list[str]) -> None:
        """As `events.multi_task_scalar_metrics_iter_histogram` answers them."""
        options = {"metrics": [{"metric": "loss", "variants": ["v"]}], "samples": 2}
        same = api.call("events.multi_task_scalar_metrics_iter_histogram", {"tasks": tasks, **options})["metrics"]
        assert self.ask(api, id=tasks, scalar_metrics_iter_histogram=options)["scalar_metrics_iter_histogram"] == same
        assert list(same) == ["loss"]
        none = {"metrics": [{"metric": "nope"}]}
        assert self.ask(api, scalar_metrics_iter_histogram=none)["scalar_metrics_iter_histogram"] == {}

    @pytest.mark.parametrize("per_metric", [True, False])
    def test_plots(self, api: Client, tasks: list[str], per_metric: bool) -> None:
        """As `events.get_multi_task_plots` answers them; the newest iteration of each metric, or of all."""
        options = {"iters": 1, "last_iters_per_task_metric": per_metric}
        same = api.call("events.get_multi_task_plots", {"tasks": tasks, "no_scroll": True, **options})["plots"]
        assert self.ask(api, plots=options)["plots"] == same
        assert list(same) == (["q", "p"] if per_metric else ["p"])

    def test_images(self, api: Client, tasks: list[str]) -> None:
        """The newest iterations, task by task; those of metrics that were not asked for are left out."""
        found = self.ask(api, debug_images={"iters": 2, "metrics": [{"metric": "im"}]})["debug_images"]
        assert [(row["task"], [one["iter"] for one in row["iterations"]]) for row in found] == [(key, [2, 1]) for key in tasks]
        none = self.ask(api, id=[tasks[0]], debug_images={"metrics": [{"metric": "nope"}]})
        assert none["debug_images"] == [{"task": tasks[0], "iterations": []}]

    def test_of_models(self, api: Client) -> None:
        """The key stays `tasks`; a task's id finds no model."""
        model = api.call("models.create", {"name": "a model", "uri": "s3://b/m", "ready": False})["id"]
        event = {"type": "training_stats_scalar", "model_event": True, "metric": "m", "variant": "v", "iter": 1, "value": 1.0}
        api.batch("events.add_batch", [{**event, "task": model}])
        found = self.ask(api, id=[model, task(api)], model_events=True, scalar_metrics_iter_histogram={})
        assert found["tasks"] == [{"id": model, "name": "a model"}]
        assert found["scalar_metrics_iter_histogram"]["m"]["v"][model]["y"] == [1.0]

    def test_public_tasks_have_the_events_of_their_company(self, api: Client, tasks: list[str]) -> None:
        api.call("tasks.make_public", {"ids": [tasks[0]]})
        found = self.ask(api, single_value_metrics={})
        assert [row["task"] for row in found["single_value_metrics"]] == tasks
        assert [row["id"] for row in self.ask(api, allow_public=False)["tasks"]] == [tasks[1]]

    @pytest.mark.parametrize(
        "section",
        [
            {"plots": {"iters": 0}},
            {"plots": {"metrics": [{}]}},
            {"debug_images": {"iters": "x"}},
            {"scalar_metrics_iter_histogram": {"samples": 0}},
            {"scalar_metrics_iter_histogram": {"samples": 6001}},
            {"scalar_metrics_iter_histogram": {"key": "foo"}},
            {"single_value_metrics": 5},
        ],
    )
    def test_bad_sections(self, api: Client, section: dict[str, Any]) -> None:
        """Refused before any task is looked for."""
        assert refused(api, "reports.get_task_data", {"id": ["nope"], **section}) == (400, 12)

    class TestMany:
        @pytest.fixture
        def settings_overrides(self) -> dict[str, Any]:
            return {"services.tasks.multi_task_histogram_limit": 2}

        def test_too_many_series(self, api: Client) -> None:
            """The limit of `events.multi_task_scalar_metrics_iter_histogram` holds; the other sections have none."""
            for _ in range(3):
                task(api)
            assert refused(api, "reports.get_task_data", {"scalar_metrics_iter_histogram": {}}) == (400, 12)
            assert len(api.call("reports.get_task_data", {"debug_images": {}})["debug_images"]) == 3
            assert "scalar_metrics_iter_histogram" in api.call(
                "reports.get_task_data", {"page_size": 2, "scalar_metrics_iter_histogram": {}}
            )
