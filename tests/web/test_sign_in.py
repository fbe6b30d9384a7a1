"""The sign-in page where a name is not enough: users with passwords, and key pairs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.running import Server, served
from tests.web import browsing
from tests.web.browsing import Complaints

USERS = '[{username: ada, password: "right one", name: "Ada Example"}]'


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of the test's own, with the configuration that the test names: {variable: value}."""
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)
    with served(tmp_path_factory.mktemp("server"), "--workers", "1") as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server, complaints: Complaints) -> Iterator[Page]:
    """Of somebody who is not signed in."""
    complaints.expected.append("status of 40[13]")
    context = browsing.context_of(browser, server.web)
    opened = context.new_page()
    complaints.watch(opened)
    yield opened
    assert complaints.unexpected() == []
    context.close()


@pytest.mark.parametrize(
    "server",
    [{"TRACKYARD__apiserver__auth__fixed_users__enabled": "true", "TRACKYARD__apiserver__auth__fixed_users__users": USERS}],
    indirect=True,
)
def test_configured_users_need_their_password(page: Page) -> None:
    page.goto("/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").get_by_text("This user name and password do not fit.")).to_be_visible()
    page.get_by_label("Password").fill("right one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Signed in as Ada Example")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing is recorded yet")).to_be_visible()


@pytest.mark.parametrize("server", [{"TRACKYARD__serve__sign_in_by_name": "never"}], indirect=True)
def test_a_key_pair_signs_in(page: Page, server: Server) -> None:
    page.goto("/")
    expect(page.get_by_label("Your name")).to_have_count(0)
    page.get_by_label("Access key").fill(server.key)
    page.get_by_label("Secret key").fill(server.secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Signed in as Trackyard user")).to_be_visible()
