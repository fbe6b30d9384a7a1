"""The table of tasks, as a person uses it: find, order, choose columns, select, change, and pass a link on."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import Shot, Site

MANY = 260


@pytest.fixture
def drafts(site: Site, own_project: str) -> list[str]:
    """Three drafts in the test's own project, the newest last."""
    return [site.call("tasks.create", name=f"draft {n}", type="training", project=own_project)["id"] for n in range(3)]


@pytest.fixture(scope="module")
def many(site: Site) -> str:
    """A project with more tasks than a page of rows has."""
    project = site.call("projects.create", name="large/many", description="")["id"]
    first = site.call("tasks.create", name="run 000", type="training", project=project, tags=["special"])["id"]
    for n in range(1, MANY):
        site.call("tasks.clone", task=first, new_task_name=f"run {n:03}", new_task_tags=["clone"])
    return str(project)


def table(page: Page) -> Locator:
    return page.get_by_role("grid", name="Tasks")


def expect_names(page: Page, *names: str) -> None:
    """The rows in their order."""
    expect(table(page).get_by_role("link")).to_have_text(list(names))


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_project_shows_its_tasks_and_those_below(page: Page, site: Site, shot: Shot) -> None:
    page.goto(f"/projects/{site.projects['vision']}/tasks")
    expect(table(page).get_by_role("link", name="yolo wide")).to_be_visible()
    expect(page.get_by_text("3 tasks", exact=True)).to_be_visible()
    expect(table(page).get_by_role("link", name="unet")).to_be_visible()
    shot("tasks")
    page.get_by_role("button", name="With the projects below").click()
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()


def test_finding_and_ordering_are_in_the_address(page: Page, site: Site) -> None:
    page.goto(f"/projects/{site.projects['vision']}/tasks")
    page.get_by_role("searchbox", name="Find tasks").fill("yolo")
    expect(page.get_by_text("2 tasks", exact=True)).to_be_visible()
    table(page).get_by_role("button", name="Name", exact=True).click()
    expect(page).to_have_url(re.compile(r"sort=name"))
    expect(table(page).get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    expect_names(page, "yolo baseline", "yolo wide")
    table(page).get_by_role("button", name="Name", exact=True).click()
    expect(table(page).get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    page.reload()
    expect(page.get_by_text("2 tasks", exact=True)).to_be_visible()
    expect(table(page).get_by_role("link").first).to_have_text("yolo wide")


def test_patterns_and_bad_ones(page: Page, site: Site, complaints: object) -> None:
    complaints.expected.append("status of 400")  # type: ignore[attr-defined]
    page.goto("/projects/*/tasks")
    page.get_by_role("button", name="Regular expression").click()
    page.get_by_role("searchbox", name="Find tasks").fill("^(unet|yolo w)")
    expect(page.get_by_text("2 tasks", exact=True)).to_be_visible()
    page.get_by_role("searchbox", name="Find tasks").fill("(")
    expect(page.get_by_role("alert").get_by_text("These tasks could not be listed")).to_be_visible()
    page.get_by_role("button", name="Regular expression").click()
    expect(page.get_by_role("heading", name="No task fits")).to_be_visible()
    page.get_by_role("button", name="Clear filters").first.click()
    expect(table(page).get_by_role("link", name="unet")).to_be_visible()


def test_columns_of_metrics_and_parameters(page: Page, site: Site, shot: Shot) -> None:
    """Chosen, sorted by, filtered by, and in the link."""
    page.goto(f"/projects/{site.projects['vision']}/tasks")
    page.get_by_role("button", name="Columns").click()
    find = page.get_by_role("searchbox", name="Find a column")
    find.fill("loss / train")
    page.get_by_role("button", name="loss / train · min").click()
    find.fill("rate")
    page.get_by_role("button", name="General / rate").click()
    shot("tasks-columns")
    page.keyboard.press("Escape")
    grid = table(page)
    expect(grid.get_by_role("gridcell", name="0.09", exact=True)).to_be_visible()
    grid.get_by_role("button", name="rate", exact=True).click()
    expect(grid.get_by_role("columnheader", name="rate")).to_have_attribute("aria-sort", "ascending")
    expect_names(page, "unet", "yolo baseline", "yolo wide")

    grid.get_by_role("button", name="Filter rate").click()
    page.get_by_role("checkbox", name="0.05").check()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 task", exact=True)).to_be_visible()
    link = page.url
    page.goto("/projects")
    page.goto(link)
    expect(grid.get_by_role("columnheader", name="loss / train · min")).to_be_visible()
    expect(page.get_by_text("1 task", exact=True)).to_be_visible()


def test_filters_of_the_head(page: Page, site: Site) -> None:
    page.goto(f"/projects/{site.projects['vision']}/tasks")
    grid = table(page)
    grid.get_by_role("button", name="Filter Tags").click()
    page.get_by_role("button", name="baseline: not asked for").click()
    expect(page.get_by_text("1 task", exact=True)).to_be_visible()
    page.get_by_role("button", name="baseline: with", exact=True).click()
    expect(page.get_by_text("2 tasks", exact=True)).to_be_visible()
    assert query(page)["tags"] == ["-baseline"]
    page.keyboard.press("Escape")
    grid.get_by_role("button", name="Filter Status").click()
    page.get_by_role("checkbox", name="Draft").check()
    expect(page.get_by_role("heading", name="No task fits")).to_be_visible()
    page.get_by_role("checkbox", name="Completed").check()
    expect(page.get_by_text("2 tasks", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    grid.get_by_role("button", name="Filter Iterations").click()
    page.get_by_label("From").fill("1000")
    expect(page.get_by_role("heading", name="No task fits")).to_be_visible()


def test_rows_are_read_as_they_come_into_view(page: Page, many: str) -> None:
    """The end of a long list is one key away, and only what is in view exists."""
    page.goto(f"/projects/{many}/tasks?sort=name")
    grid = table(page)
    expect(page.get_by_text(f"{MANY} tasks", exact=True)).to_be_visible()
    expect(grid.get_by_role("link", name="run 000")).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", str(MANY + 1))
    grid.focus()
    page.keyboard.press("End")
    expect(grid.get_by_role("link", name=f"run {MANY - 1}")).to_be_visible()
    expect(grid.get_by_role("link", name="run 000")).to_have_count(0)
    assert grid.get_by_role("row").count() < 80
    page.keyboard.press("Home")
    expect(grid.get_by_role("link", name="run 000")).to_be_visible()


def test_everything_that_fits_can_be_selected(page: Page, many: str) -> None:
    page.goto(f"/projects/{many}/tasks?sort=name")
    grid = table(page)
    expect(grid.get_by_role("link", name="run 000")).to_be_visible()
    grid.get_by_role("checkbox", name="Select this row").first.check()
    selection = page.get_by_role("region", name="Selected tasks")
    selection.get_by_role("button", name=f"Select all {MANY}").click()
    expect(selection.get_by_text(f"{MANY} tasks selected")).to_be_visible()
    selection.get_by_role("button", name="Clear").click()
    expect(selection).to_have_count(0)


def test_the_keyboard_alone(page: Page, site: Site, own_project: str, drafts: list[str]) -> None:
    """j and k move, x selects, a archives, and the toast takes it back."""
    page.goto(f"/projects/{own_project}/tasks?sort=name")
    expect(table(page).get_by_role("link", name="draft 0")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("2 tasks selected")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("2 tasks archived")).to_be_visible()
    expect(page.get_by_text("1 task", exact=True)).to_be_visible()
    assert "archived" in site.call("tasks.get_by_id", task=drafts[2])["task"]["system_tags"]
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("3 tasks", exact=True)).to_be_visible()
    page.keyboard.press("f")
    page.keyboard.type("draft 1")
    expect(page.get_by_text("1 task", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(table(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(drafts[1]))


def test_tags_are_edited_and_taken_back(page: Page, site: Site, own_project: str, drafts: list[str], shot: Shot) -> None:
    site.call("tasks.update_tags", ids=drafts[:1], add_tags=["old"])
    page.goto(f"/projects/{own_project}/tasks?sort=name")
    expect(table(page).get_by_role("link", name="draft 0")).to_be_visible()
    page.get_by_role("checkbox", name="Select the rows in view").check()
    page.get_by_role("region", name="Selected tasks").get_by_role("button", name="Tags").click()
    dialog = page.get_by_role("dialog", name="Tags of 3 tasks")
    dialog.get_by_label("Add a tag").fill("fresh, good")
    dialog.get_by_label("old").uncheck()
    shot("tasks-tags")
    dialog.get_by_role("button", name="Save").click()
    expect(table(page).get_by_text("fresh")).to_have_count(3)
    expect(table(page).get_by_text("good")).to_have_count(3)
    expect(table(page).get_by_text("old")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(table(page).get_by_text("fresh")).to_have_count(0)
    expect(table(page).get_by_text("old")).to_have_count(1)


def test_enqueue_says_what_stays(page: Page, site: Site, own_project: str, drafts: list[str], shot: Shot) -> None:
    site.call("tasks.completed", task=drafts[0], force=True)
    page.goto(f"/projects/{own_project}/tasks?sort=name")
    expect(table(page).get_by_text("Completed")).to_be_visible()
    page.get_by_role("checkbox", name="Select the rows in view").check()
    shot("tasks-selected")
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Enqueue 2 tasks")
    expect(dialog.get_by_text("1 other selected task")).to_be_visible()
    dialog.get_by_role("button", name="Enqueue").click()
    expect(page.get_by_text("2 tasks could not be changed").or_(page.get_by_text("2 tasks enqueued"))).to_be_visible()


def test_moving_and_deleting(page: Page, site: Site, own_project: str, drafts: list[str]) -> None:
    base = site.call("projects.get_by_id", project=own_project)["project"]["name"]
    page.goto(f"/projects/{own_project}/tasks?sort=name&own=1")
    table(page).get_by_role("link", name="draft 0").click(button="right")
    page.get_by_role("menuitem", name="Move").click()
    page.get_by_role("combobox", name="Project").fill(f"{base}/elsewhere")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(page.get_by_text("2 tasks", exact=True)).to_be_visible()

    page.get_by_role("checkbox", name="Select the rows in view").check()
    page.get_by_role("region", name="Selected tasks").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 2 tasks").click()
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()
    left = site.call("tasks.get_all", project=[own_project], include_subprojects=True, only_fields=["name"])["tasks"]
    assert [task["name"] for task in left] == ["draft 0"]


def test_a_view_is_kept_and_opens_first(page: Page, site: Site, own_project: str, drafts: list[str]) -> None:
    page.goto(f"/projects/{own_project}/tasks?sort=-name&cols=name,type")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of this view").fill("by name")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Open by name first").click()
    expect(page.get_by_role("button", name="Open by name first")).to_have_attribute("aria-pressed", "true")
    page.goto(f"/projects/{own_project}/tasks")
    expect(page).to_have_url(re.compile("sort=-name"))
    expect(table(page).get_by_role("columnheader", name="Type")).to_be_visible()
    expect(table(page).get_by_role("columnheader", name="Status")).to_have_count(0)


def test_a_stored_view_that_is_nonsense_breaks_nothing(page: Page, site: Site, own_project: str, drafts: list[str]) -> None:
    page.goto(f"/projects/{own_project}/tasks?sort=%00&cols=name,nonsense,m:x&f=%7B%22a%22:1%7D&w=5&tagmode=none&archived=maybe")
    expect(table(page).get_by_role("link", name="draft 0")).to_be_visible()


def test_columns_are_resized_and_reordered(page: Page, site: Site) -> None:
    page.goto(f"/projects/{site.projects['vision']}/tasks")
    grid = table(page)
    expect(grid.get_by_role("link", name="unet")).to_be_visible()
    edge = grid.get_by_role("separator", name="Width of Status").bounding_box()
    assert edge
    page.mouse.move(edge["x"] + 3, edge["y"] + 5)
    page.mouse.down()
    page.mouse.move(edge["x"] + 83, edge["y"] + 5, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"w=%7B%22status%22%3A2\d\d%7D"))
    grid.get_by_role("columnheader", name="User").drag_to(grid.get_by_role("columnheader", name="Status"))
    expect(page).to_have_url(re.compile(r"cols=name%2Cuser%2Cstatus"))


def test_live_refresh_patches_rows_where_they_are(page: Page, site: Site, own_project: str, drafts: list[str]) -> None:
    """With something selected nothing moves: the changed cell changes, and new rows are told instead of put in."""
    page.clock.install()
    page.goto(f"/projects/{own_project}/tasks?sort=-last_update")
    expect(table(page).get_by_role("link", name="draft 0")).to_be_visible()
    expect(table(page).get_by_role("link")).to_have_count(3)
    before = table(page).get_by_role("link").all_inner_texts()
    table(page).get_by_role("checkbox", name="Select this row").last.check()
    site.call("tasks.edit", task=drafts[0], name="draft 0")
    site.call("tasks.started", task=drafts[0], force=True)
    site.call("tasks.create", name="draft 9", type="training", project=own_project)
    page.clock.run_for(11_000)
    expect(table(page).get_by_text("Running")).to_be_visible()
    expect_names(page, *before)
    page.get_by_role("button", name="1 new").click()
    expect(table(page).get_by_role("link", name="draft 9")).to_be_visible()


def test_the_list_comes_as_a_file(page: Page, site: Site) -> None:
    """As it is filtered, ordered and shown."""
    page.goto(f"/projects/{site.projects['vision']}/tasks?sort=name&cols=name,status,tags&q=yolo")
    expect(page.get_by_text("2 tasks", exact=True)).to_be_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download as CSV").click()
    with open(waited.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(io.StringIO(file.read())))
    assert rows[0] == ["Name", "Status", "Tags"]
    assert [row[:2] for row in rows[1:]] == [["yolo baseline", "completed"], ["yolo wide", "completed"]]
