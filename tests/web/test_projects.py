"""Projects: finding them, and what can be done to them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Shot, Site


def test_cards_show_what_is_in_a_project(page: Page, site: Site, shot: Shot) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/projects$"))
    card = page.get_by_role("article").filter(has=page.get_by_role("link", name="vision", exact=True))
    expect(card.get_by_role("link", name="3 tasks")).to_be_visible()
    expect(card.get_by_role("img", name="3 completed")).to_be_visible()
    shot("projects")
    card.get_by_role("link", name="vision", exact=True).click()
    expect(page.get_by_role("heading", name="vision", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="segmentation", exact=True)).to_be_visible()


def test_the_filter_is_in_the_address(page: Page) -> None:
    """It looks into all levels, and its link opens the same."""
    page.goto("/projects")
    page.get_by_role("searchbox", name="Filter projects").fill("segm")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=segm"))
    page.reload()
    expect(page.get_by_role("link", name="segmentation", exact=True)).to_be_visible()
    page.get_by_role("searchbox", name="Filter projects").fill("no (such")
    expect(page.get_by_role("heading", name="No project fits")).to_be_visible()


def test_the_tree_opens_level_by_level(page: Page, shot: Shot) -> None:
    page.goto("/projects?as=tree")
    page.get_by_role("button", name="Open vision").click()
    expect(page.get_by_role("link", name="detection", exact=True)).to_be_visible()
    shot("projects-tree")
    page.get_by_role("button", name="Close vision").click()
    expect(page.get_by_role("link", name="detection", exact=True)).to_have_count(0)


def test_create_rename_undo(page: Page, site: Site, own_project: str) -> None:
    page.goto(f"/projects/{own_project}")
    page.get_by_role("button", name="New project").click()
    name = page.get_by_label("Name", exact=True)
    name.fill(name.input_value() + "first")
    page.keyboard.press("Enter")
    card = page.get_by_role("article")
    expect(card.get_by_role("link", name="first", exact=True)).to_be_visible()

    card.get_by_role("button", name="Actions on first").click()
    page.get_by_role("menuitem", name="Rename and describe").click()
    page.get_by_label("Name", exact=True).fill("second")
    page.get_by_label("Description").fill("what it is about")
    page.get_by_role("button", name="Save").click()
    expect(card.get_by_role("link", name="second", exact=True)).to_be_visible()
    expect(card.get_by_text("what it is about")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(card.get_by_role("link", name="first", exact=True)).to_be_visible()


def test_move(page: Page, site: Site, own_project: str) -> None:
    base = site.call("projects.get_by_id", project=own_project)["project"]["name"]
    for name in ("one", "two"):
        site.call("projects.create", name=f"{base}/{name}", description="")
    page.goto(f"/projects/{own_project}")
    page.get_by_role("button", name="Actions on one").click()
    page.get_by_role("menuitem", name="Move").click()
    page.get_by_label("Below").fill(f"{base}/two")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(page.get_by_role("article")).to_have_count(1)
    names = {project["name"] for project in site.call("projects.get_all", name=f"^{re.escape(base)}/")["projects"]}
    assert names == {f"{base}/two", f"{base}/two/one"}


def test_a_deletion_shows_what_goes_away(page: Page, site: Site, own_project: str, shot: Shot) -> None:
    base = site.call("projects.get_by_id", project=own_project)["project"]["name"]
    full = site.call("projects.create", name=f"{base}/full", description="")["id"]
    task = site.call("tasks.create", name="draft", type="training", project=full)["id"]
    page.goto(f"/projects/{own_project}")
    page.get_by_role("button", name="Actions on full").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete full?")
    expect(dialog.get_by_text("1 task")).to_be_visible()
    button = dialog.get_by_role("button", name="Delete with all that is in it")
    expect(button).to_be_disabled()
    shot("project-delete")
    dialog.get_by_label('Type "full" to confirm').fill("full")
    button.click()
    expect(page.get_by_role("article")).to_have_count(0)
    with pytest.raises(Exception, match="400"):
        site.call("tasks.get_by_id", task=task)


def test_a_refused_change_says_why(page: Page, site: Site, own_project: str) -> None:
    page.goto(f"/projects/{own_project}")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("vision")
    # NOTE: the browser logs the answer of 400 by itself.
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")


@pytest.fixture(autouse=True)
def _refusals_are_logged(complaints: object, request: pytest.FixtureRequest) -> None:
    if request.node.name == "test_a_refused_change_says_why":
        complaints.expected.append("status of 400")  # type: ignore[attr-defined]
