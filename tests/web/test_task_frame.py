"""A task's page: its head, what is done to it, what ran, its parameters."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Shot, Site


@pytest.fixture
def draft(site: Site, own_project: str) -> str:
    """A draft of this test's project, with a parameter."""
    return str(
        site.call(
            "tasks.create", name="draft", type="training", project=own_project,
            hyperparams={"General": {"rate": {"section": "General", "name": "rate", "value": "0.1", "type": "float"}}},
        )["id"]
    )  # fmt: skip


def address(task: str, tab: str = "") -> str:
    return f"/projects/*/tasks/{task}/{tab}"


def test_the_overview_tells_who_when_and_how_well(page: Page, site: Site, shot: Shot) -> None:
    page.goto(address(site.tasks["everything"]))
    expect(page.get_by_role("heading", name="everything", level=1)).to_be_visible()
    expect(page.get_by_text("<b>Not bold.</b>")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="F1")
    expect(row.get_by_role("cell", name="0.913")).to_be_visible()
    expect(page.get_by_role("region", name="Run").get_by_role("link", name="showcase")).to_be_visible()
    shot("task-info")


@pytest.mark.parametrize(
    ("printed", "tab"),
    [("tasks/{}/output/log", "Console"), ("experiments/{}/output/metrics/scalar", "Scalars"), ("experiments/{}", "Overview")],
)
def test_printed_addresses_lead_to_their_tab(page: Page, site: Site, printed: str, tab: str) -> None:
    page.goto(f"/projects/*/{printed.format(site.tasks['unet'])}")
    expect(page.get_by_role("navigation", name="Task").get_by_role("link", name=tab)).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("heading", name="unet", level=1)).to_be_visible()


def test_an_unknown_task_says_so(page: Page) -> None:
    page.goto(address("0" * 32))
    expect(page.get_by_role("heading", name="There is no such task")).to_be_visible()


def test_name_tags_and_description_are_changed_and_changed_back(page: Page, site: Site, draft: str) -> None:
    page.goto(address(draft))
    page.get_by_role("button", name="Change the name").click()
    page.get_by_label("Name", exact=True).fill("better")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="better", level=1)).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("heading", name="draft", level=1)).to_be_visible()
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_label("New tag").fill("odd")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove tag odd")).to_be_visible()
    page.get_by_role("region", name="Description").get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Description").fill("why")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Description").get_by_text("why")).to_be_visible()
    found = site.call("tasks.get_by_id", task=draft)["task"]
    assert (found["name"], found["tags"], found["comment"]) == ("draft", ["odd"], "why")


def test_clone_change_enqueue_dequeue(page: Page, site: Site, draft: str, shot: Shot) -> None:
    """The way from one run to the next."""
    queue = site.call("queues.create", name="task page")["id"]
    page.goto(address(draft, "configuration"))
    page.get_by_role("button", name="Clone").click()
    page.get_by_label("Name", exact=True).fill("second")
    page.get_by_role("dialog").get_by_role("button", name="Clone").click()
    expect(page.get_by_role("heading", name="second", level=1)).to_be_visible()
    page.get_by_role("button", name="Edit parameters").click()
    page.get_by_label("Value of rate").fill("0.2")
    shot("task-parameters-edit")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("cell", name="0.2")).to_be_visible()

    page.get_by_role("button", name="Compare with another task").click()
    page.get_by_role("button", name="draft its parent").click()
    expect(page.get_by_role("row").filter(has_text="rate").get_by_role("cell", name="0.1")).to_be_visible()
    page.get_by_label("Only differences").click()
    expect(page).to_have_url(re.compile("differences=1"))

    page.get_by_role("button", name="Enqueue").click()
    page.get_by_label("Queue", exact=True).select_option("task page")
    page.get_by_role("dialog").get_by_role("button", name="Enqueue").click()
    expect(page.get_by_text("no agent watches it")).to_be_visible()
    assert len(site.call("queues.get_by_id", queue=queue)["queue"]["entries"]) == 1
    page.get_by_role("button", name="Dequeue").click()
    expect(page.get_by_role("button", name="Enqueue")).to_be_visible()
    assert site.call("queues.get_by_id", queue=queue)["queue"]["entries"] == []


def test_archive_undo_reset_delete(page: Page, site: Site, draft: str, shot: Shot) -> None:
    site.call("tasks.started", task=draft)
    site.call("tasks.completed", task=draft)
    page.goto(address(draft))
    menu = page.get_by_role("button", name="All actions")
    menu.click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_text("Archived", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Archived", exact=True)).to_have_count(0)
    menu.click()
    page.get_by_role("menuitem", name="Reset").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()
    menu.click()
    page.get_by_role("menuitem", name="Delete").click()
    shot("task-delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page).to_have_url(re.compile("/projects/[0-9a-f]+/tasks$"))
    with pytest.raises(Exception, match="400"):
        site.call("tasks.get_by_id", task=draft)


def test_a_deletion_says_what_goes(page: Page, site: Site) -> None:
    page.goto(address(site.tasks["everything"]))
    page.get_by_role("button", name="All actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("3 artifacts")).to_be_visible()
    expect(dialog.get_by_text("1 output model")).to_be_visible()


def test_parameters_are_found_and_markup_stays_text(page: Page, site: Site, shot: Shot) -> None:
    page.goto(address(site.tasks["everything"], "configuration"))
    expect(page.get_by_role("cell", name="<img src=x onerror=alert(1)>")).to_be_visible()
    expect(page.get_by_text("stages = [1, 2, 4]")).to_be_visible()
    shot("task-configuration")
    page.get_by_role("searchbox", name="Find a parameter or value").fill("depth")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page).to_have_url(re.compile("q=depth"))


def test_the_execution_shows_the_code(page: Page, site: Site, own_project: str, shot: Shot) -> None:
    diff = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-rate = 1\n+rate = 2 # <b>\n"
    script = {
        "repository": "git@example.com:group/code.git", "version_num": "abc123", "entry_point": "train.py", "diff": diff,
        "requirements": {"pip": "torch == 2.1\n"},
    }  # fmt: skip
    task = site.call("tasks.create", name="code", type="training", project=own_project, script=script)["id"]
    page.goto(address(task, "execution"))
    expect(page.get_by_text("+rate = 2 # <b>")).to_be_visible()
    expect(page.get_by_role("link", name="git@example.com:group/code.git")).to_have_attribute("href", "https://example.com/group/code")
    expect(page.get_by_text("torch == 2.1")).to_be_visible()
    shot("task-execution")
    page.get_by_role("button", name="Edit container and output").click()
    page.get_by_label("Image").fill("python:3.12")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("python:3.12")).to_be_visible()
