"""Settings: key pairs from their making to their end, and the profile."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.web import browsing
from tests.web.conftest import Shot, Site


def test_a_key_pair_is_made_named_used_and_revoked(page: Page, context: BrowserContext, site: Site, shot: Shot) -> None:
    """The block that is shown once signs a client in, at the addresses that it names."""
    browsing.sign_in(context, "Grace Example")
    page.goto("/settings/credentials")
    expect(page.get_by_role("heading", name="No key pairs")).to_be_visible()
    page.get_by_role("button", name="New key pair").click()
    page.get_by_label("Name").fill("laptop")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Your new key pair")
    block = dialog.locator("pre").inner_text()
    assert f"web_server: {site.server.web}" in block
    assert f"api_server: {site.server.api}" in block
    assert f"files_server: {site.server.files}" in block
    pair = re.search(r'access_key: "(\w+)", secret_key: "([\w-]+)"', block)
    assert pair
    shot("credentials")
    login = page.request.post(f"{site.server.api}/auth.login", headers={"Authorization": _basic(pair[1], pair[2])}, data={})
    assert login.ok
    dialog.get_by_role("button", name="Done").click()

    row = page.get_by_role("row").filter(has_text=pair[1])
    row.get_by_role("button", name="Name").click()
    page.get_by_label("Name", exact=True).fill("old laptop")
    page.get_by_role("button", name="Save").click()
    expect(row.get_by_text("old laptop")).to_be_visible()
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="No key pairs")).to_be_visible()
    login = page.request.post(f"{site.server.api}/auth.login", headers={"Authorization": _basic(pair[1], pair[2])}, data={})
    assert login.status == 401


def test_the_name_is_changed(page: Page, context: BrowserContext) -> None:
    browsing.sign_in(context, "Jane Example")
    page.goto("/settings")
    page.get_by_label("Name").fill("Jane Other")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Signed in as Jane Other")).to_be_visible()


def _basic(key: str, secret: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
