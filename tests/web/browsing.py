"""A browser for tests: Debian's Chromium, driven by Playwright; what the pages complain about fails the test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
"""Kept after a run: look at them."""
WIDTH, HEIGHT = 1440, 900
STEP_MS = 15_000
"""How long a step of a test may take; long, because the machine may do other work."""
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--force-color-profile=srgb"),
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """The browser's file. Skips the test where there is none."""
    named = os.environ.get("TRACKYARD_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        pytest.skip("no chromium is installed; TRACKYARD_TEST_CHROMIUM may name one")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@define(slots=False)
class Complaints:
    """What a page said that it should not have. expected: patterns of lines that this test is about."""

    found: list[str] = field(factory=list)
    expected: list[str] = field(factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"{response.status} from {response.url}")

    def unexpected(self) -> list[str]:
        return [line for line in self.found if not any(re.search(pattern, line) for pattern in self.expected)]


def context_of(browser: Browser, base: str, **options: Any) -> BrowserContext:
    """A fresh profile, whose relative addresses are the server's."""
    made = browser.new_context(base_url=base, viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", timezone_id="UTC", **options)
    made.set_default_timeout(STEP_MS)
    return made


def sign_in(context: BrowserContext, name: str) -> None:
    """What the sign-in page does, without it."""
    token = context.request.post("/api/sign-in", data={"name": name}).json()["token"]
    answer = context.request.post("/api/v2.34/auth.login", data={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.ok, answer.text()


def shoot(page: Page, name: str) -> Path:
    """A picture of what the window shows."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    return path
