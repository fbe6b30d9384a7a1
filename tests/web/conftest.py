"""Fixtures: one running server with data that the real SDK recorded, one browser, and for each test a page that is signed in.

    def test_projects_are_listed(page: Page, site: Site, shot: Shot) -> None:
        page.goto("/projects")
        expect(page.get_by_role("link", name="vision")).to_be_visible()
        shot("projects")

A test fails when the page logs an error, breaks its content security policy, or gets an answer of 500.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apiserver import assets
from tests.e2e.running import RUN_S, Server, served
from tests.web import browsing
from tests.web.browsing import Complaints

NAME = "Trackyard user"
"""Whom tests sign in as: the person whose key pair the SDK used."""
Shot = Callable[[str], Path]
FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=browsing.STEP_MS)


@frozen
class Site:
    """The server and what is on it. tasks: {name: id} of what `record.py` recorded; projects: {name: id}."""

    server: Server
    tasks: dict[str, str]
    projects: dict[str, str]

    @property
    def base(self) -> str:
        return self.server.web

    def call(self, action: str, **data: Any) -> dict[str, Any]:
        return self.server.call(action, **data)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """NOTE: shared by all tests of this process: a test that changes things does so in a project of its own (`own_project`)."""
    if not assets.load():
        pytest.fail("the web app is not built: run `make web`")
    folder = tmp_path_factory.mktemp("site")
    with served(folder, "--workers", "1") as server:
        script = shutil.copy(Path(__file__).with_name("record.py"), folder)
        # NOTE: the SDK forks a process that reports while a thread of it starts git to look for a repository, and the two can wait for each
        # other for ever.
        settings = folder / "clearml.conf"
        settings.write_text("sdk.development.report_use_subprocess: false\n")
        done = subprocess.run(
            [sys.executable, str(script)], cwd=folder, env={**server.environment(folder / "home"), "CLEARML_CONFIG_FILE": str(settings)},
            capture_output=True, text=True, timeout=RUN_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        tasks = json.loads(done.stdout.splitlines()[-1])
        projects = {project["name"]: project["id"] for project in server.call("projects.get_all", page=0, page_size=500)["projects"]}
        yield Site(server, tasks, projects)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture
def complaints() -> Complaints:
    """Append a pattern to `expected` for what a test provokes."""
    return Complaints()


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A fresh browser profile, signed in."""
    made = browsing.context_of(browser, site.base)
    browsing.sign_in(made, NAME)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints, request: pytest.FixtureRequest) -> Iterator[Page]:
    yield from _watched(context, complaints, request)


@pytest.fixture
def stranger_page(browser: Browser, site: Site, complaints: Complaints, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of somebody who is not signed in."""
    made = browsing.context_of(browser, site.base)
    # Being told so is how the app finds out.
    complaints.expected.append(r"status of 401")
    yield from _watched(made, complaints, request)
    made.close()


def _watched(context: BrowserContext, complaints: Complaints, request: pytest.FixtureRequest) -> Iterator[Page]:
    opened = context.new_page()
    complaints.watch(opened)
    yield opened
    if request.node.stash.get(FAILED, False):
        browsing.shoot(opened, f"failed-{request.node.name}")
    assert complaints.unexpected() == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def shot(page: Page) -> Shot:
    """Keeps a picture of the page below build/screenshots."""
    return lambda name: browsing.shoot(page, name)


@pytest.fixture
def own_project(site: Site, request: pytest.FixtureRequest) -> str:
    """The id of a new project of this test alone, named after it."""
    return str(site.call("projects.create", name=f"own/{request.node.name}", description="")["id"])
