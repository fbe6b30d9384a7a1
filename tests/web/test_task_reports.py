"""What a task reported: console, scalars, artifacts, images, plots."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Shot, Site
from tests.web.test_task_frame import address

LINES = 30_000


def report(site: Site, events: list[dict[str, object]]) -> None:
    """Events as the SDK sends them: one JSON object a line."""
    body = "\n".join(json.dumps(event) for event in events).encode()
    request = urllib.request.Request(f"{site.server.api}/events.add_batch", data=body)
    token = site.call("auth.login")["token"]
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", "application/json-lines")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


@pytest.fixture
def running(site: Site, own_project: str) -> str:
    task = str(site.call("tasks.create", name="running", type="training", project=own_project)["id"])
    site.call("tasks.started", task=task)
    return task


def log(task: str, first: int, count: int) -> list[dict[str, object]]:
    return [
        {"type": "log", "task": task, "timestamp": 1_700_000_000_000 + at, "msg": f"line {at:06}"} for at in range(first, first + count)
    ]


def test_a_long_log_is_read_back_and_forth(page: Page, site: Site, running: str, shot: Shot) -> None:
    """It opens at its end, follows, finds what is far above, and jumps to its start."""
    for first in range(0, LINES, 10_000):
        report(site, log(running, first, 10_000))
    page.goto(address(running, "console"))
    box = page.get_by_role("log", name="Console")
    expect(box.get_by_text("line 029999")).to_be_visible()
    report(site, log(running, LINES, 1))
    expect(box.get_by_text("line 030000")).to_be_visible()
    page.get_by_role("searchbox", name="Find in the console").fill("line 001234")
    page.keyboard.press("Enter")
    expect(box.get_by_text("line 001234")).to_be_visible()
    expect(box.get_by_text("line 001233")).to_be_visible()
    shot("task-console-found")
    page.get_by_role("button", name="First line").click()
    expect(box.get_by_text("line 000000")).to_be_visible()
    box.evaluate("box => { box.scrollTop = 900 * 19 }")
    expect(box.get_by_text("line 000905")).to_be_visible()
    page.get_by_role("button", name="Follow").click()
    expect(box.get_by_text("line 030000")).to_be_visible()


def test_the_console_shows_colours_and_no_markup(page: Page, site: Site, shot: Shot) -> None:
    page.goto(address(site.tasks["everything"], "console"))
    box = page.get_by_role("log", name="Console")
    box.evaluate("box => { box.scrollTop = box.scrollHeight / 2 }")
    expect(box.get_by_text("<script>alert(").first).to_be_visible()
    expect(box.locator("script")).to_have_count(0)
    shot("task-console")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    assert "line 02999" in Path(started.value.path()).read_text()


def test_curves_are_smoothed_zoomed_hidden_and_saved(page: Page, site: Site, shot: Shot) -> None:
    page.goto(address(site.tasks["everything"], "scalars"))
    chart = page.get_by_role("region", name="Chart metric 00")
    expect(chart.locator("canvas")).to_be_visible()
    expect(page.get_by_role("region", name="Single values").get_by_role("row").filter(has_text="F1")).to_contain_text("0.913")
    shot("task-scalars")
    page.get_by_label("Smoothing", exact=True).select_option("Exponential")
    expect(page).to_have_url(re.compile("smooth=ema"))
    chart.get_by_role("button", name="train", exact=True).click()
    expect(chart.get_by_role("button", name="train", exact=True)).to_have_attribute("aria-pressed", "false")
    page.get_by_label("Across").select_option("Time since start")
    expect(chart.locator("canvas")).to_be_visible()
    plot = chart.locator(".u-over")
    size = plot.bounding_box()
    assert size
    page.mouse.move(size["x"] + size["width"] * 0.3, size["y"] + 50)
    page.mouse.down()
    page.mouse.move(size["x"] + size["width"] * 0.6, size["y"] + 60, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("zoom="))
    shot("task-scalars-zoomed")
    page.reload()
    expect(chart.get_by_role("button", name="train", exact=True)).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Show all").click()
    expect(page).not_to_have_url(re.compile("zoom="))
    page.get_by_label("Across").select_option("Iteration")
    expect(page).not_to_have_url(re.compile("x=relative"))
    expect(chart.get_by_role("row").first).to_contain_text("x 590")
    chart.get_by_role("button", name="Save metric 00").click()
    with page.expect_download() as started:
        page.get_by_role("menuitem", name="CSV").click()
    rows = Path(started.value.path()).read_text().splitlines()
    assert rows[0] == "iteration,train,validation"
    assert len(rows) == 61


def test_many_charts_are_drawn_when_they_come_into_view(page: Page, site: Site, running: str) -> None:
    report(
        site,
        [
            {"type": "training_stats_scalar", "task": running, "metric": f"m{at:02}", "variant": "v", "iter": step, "value": step + at}
            for at in range(60)
            for step in range(3)
        ],
    )
    page.goto(address(running, "scalars"))
    expect(page.get_by_role("region", name="Chart m00").locator("canvas")).to_be_visible()
    last = page.get_by_role("region", name="Chart m59")
    expect(last.locator("canvas")).to_have_count(0)
    last.scroll_into_view_if_needed()
    expect(last.locator("canvas")).to_be_visible()
    page.get_by_role("searchbox", name="Find a metric").fill("m07")
    expect(page.get_by_role("region", name=re.compile("^Chart"))).to_have_count(1)


def test_artifacts_are_looked_into(page: Page, site: Site, shot: Shot) -> None:
    page.goto(address(site.tasks["everything"], "artifacts"))
    expect(page.get_by_role("link", name="everything weights")).to_be_visible()
    page.get_by_role("button", name="notes").click()
    expect(page.get_by_text("<i>line two</i>")).to_be_visible()
    page.get_by_role("button", name="scores").click()
    expect(page.get_by_role("columnheader", name="loss")).to_be_visible()
    expect(page.get_by_role("cell", name="0.5")).to_be_visible()
    shot("task-artifacts")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    assert started.value.suggested_filename.startswith("scores")


def test_images_move_over_the_iterations(page: Page, site: Site, shot: Shot) -> None:
    page.goto(address(site.tasks["everything"], "images"))
    picture = page.get_by_role("img", name="pictures left, iteration 2")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    shot("task-images")
    page.get_by_role("button", name="Earlier iteration", exact=True).click()
    expect(page.get_by_role("img", name="pictures left, iteration 1")).to_be_visible()
    page.get_by_role("button", name="Open pictures left").click()
    viewer = page.get_by_role("dialog", name="pictures")
    expect(viewer.get_by_role("img", name="pictures left, iteration 1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("img", name="pictures right, iteration 1")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(viewer.get_by_role("img", name=re.compile("iteration 2"))).to_be_visible()
    shot("task-image")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)


def test_plots_are_drawn_and_tables_are_tables(page: Page, site: Site, shot: Shot) -> None:
    page.goto(address(site.tasks["everything"], "plots"))
    table = page.get_by_role("region", name="Plot best rows")
    expect(table.get_by_role("cell", name="a.png")).to_be_visible()
    expect(page.get_by_role("region", name="Plot weights").locator("svg.main-svg").first).to_be_visible()
    expect(page.get_by_role("region", name="Plot confusion").locator("svg.main-svg").first).to_be_visible()
    shot("task-plots")


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("console", "Nothing is printed yet"),
        ("scalars", "No scalars yet"),
        ("plots", "No plots yet"),
        ("images", "No images yet"),
        ("artifacts", "No artifacts and no models"),
        ("configuration", "No parameters"),
    ],
)
def test_an_empty_tab_tells_the_first_step(page: Page, running: str, tab: str, words: str) -> None:
    page.goto(address(running, tab))
    expect(page.get_by_role("heading", name=words)).to_be_visible()
