"""Signing in and out, the frame around pages, and what the server sends along with them."""

from __future__ import annotations

import re
import urllib.request

from playwright.sync_api import Page, expect

from tests.web.browsing import Complaints
from tests.web.conftest import NAME, Shot, Site


def test_a_name_signs_in_and_the_wanted_page_opens(stranger_page: Page) -> None:
    """A deep link of somebody who is not signed in leads there after signing in."""
    page = stranger_page
    page.goto("/settings?tab=x#y")
    expect(page).to_have_url(re.compile(r"/login\?redirect="))
    page.get_by_label("Your name").fill("Ada Example")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/settings\?tab=x#y$"))
    expect(page.get_by_role("button", name="Signed in as Ada Example")).to_be_visible()


def test_logging_out_ends_it_everywhere(page: Page, complaints: Complaints) -> None:
    complaints.expected.append("status of 401")
    page.goto("/")
    page.get_by_role("button", name=f"Signed in as {NAME}").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page.get_by_role("heading", name="Sign in to Trackyard")).to_be_visible()
    assert page.request.post("/api/v2.34/users.get_current_user", data={}).status == 401


def test_a_redirect_leads_nowhere_else(stranger_page: Page, site: Site) -> None:
    stranger_page.goto("/login?redirect=//example.com/x")
    stranger_page.get_by_label("Your name").fill("Ada Example")
    stranger_page.get_by_role("button", name="Sign in").click()
    expect(stranger_page).to_have_url(re.compile(f"^{re.escape(site.base)}/"))


def test_the_theme_is_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name=f"Signed in as {NAME}").click()
    page.get_by_role("menuitem", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_search_finds_by_name_and_by_id(page: Page, site: Site, shot: Shot) -> None:
    page.goto("/")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search")
    box.fill("yolo")
    found = page.get_by_role("listbox", name="Found").get_by_role("option")
    expect(found.filter(has_text="yolo wide")).to_be_visible()
    expect(found.filter(has_text="yolo baseline").first).to_be_visible()
    shot("search")
    box.fill(site.tasks["unet"])
    expect(found).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(site.tasks["unet"]))


def test_the_keys_are_explained(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_text("Search").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_an_unknown_page_says_so(page: Page) -> None:
    page.goto("/no/such/page")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_files_are_packed_and_kept_and_pages_are_not(site: Site) -> None:
    def get(path: str, accept: str = "br, gzip") -> tuple[dict[str, str], bytes]:
        request = urllib.request.Request(site.base + path, headers={"Accept-Encoding": accept})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return {name.lower(): value for name, value in answer.headers.items()}, answer.read()

    headers, body = get("/some/deep/link")
    assert headers["cache-control"] == "no-store"
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    script = re.search(rb'src="\./(assets/index-[^"]+\.js)"', body)
    assert script
    headers, packed = get("/" + script[1].decode())
    assert (headers["content-encoding"], headers["cache-control"]) == ("br", "public, max-age=31536000, immutable")
    headers, plain = get("/" + script[1].decode(), "identity")
    assert "content-encoding" not in headers
    assert len(plain) > 2 * len(packed)
