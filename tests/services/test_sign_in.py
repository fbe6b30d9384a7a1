"""Signing in by a name alone: who may, and who is meant (spec 8 A1, docs/webapp.md)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apiserver.testing.client import Client

HERE = {"Host": "localhost:8080", "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8080"}


def ask(api: Client, body: Any, headers: dict[str, str] | None = None, method: str = "POST") -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = api.send("/sign-in", data, {"Content-Type": "application/json", **(HERE if headers is None else headers)}, method=method)
    return answer.status, answer.body


def identity(api: Client, token: str) -> dict[str, Any]:
    return dict(api.call("users.get_current_user", {}, token=token)["user"])


def test_a_new_name_is_a_new_user_and_later_the_same(api: Client) -> None:
    status, answer = ask(api, {"name": "  Ada   Example "})
    assert status == 200
    first = identity(api, answer["token"])
    assert (first["name"], first["role"]) == ("Ada Example", "user")
    assert identity(api, ask(api, {"name": "Ada Example"})[1]["token"])["id"] == first["id"]
    assert "Ada Example" in ask(api, b"", method="GET")[1]["names"]


def test_the_token_signs_a_browser_in(api: Client) -> None:
    token = ask(api, {"name": "Default User"})[1]["token"]
    answer = api.call_raw("auth.login", {}, token=token)
    assert answer.status == 200
    assert "clearml_token_basic=" in str(answer.headers)


def test_servers_own_users_are_nobody(api: Client) -> None:
    """The name of a system user makes an ordinary one."""
    assert not any(name.startswith("__") or name == "apiserver" for name in ask(api, b"", method="GET")[1]["names"])
    assert identity(api, ask(api, {"name": "apiserver"})[1]["token"])["role"] == "user"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", {"name": ""}, {"name": "  "}, {"name": 5}, {"name": "a\0b"}, {"name": "x" * 101}, {}])
def test_what_is_no_name_is_refused(api: Client, body: Any) -> None:
    status, answer = ask(api, body)
    assert status == 400
    assert "a name is needed" in answer["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {**HERE, "Sec-Fetch-Site": "cross-site"},
        {**HERE, "Origin": "http://evil.example", "Sec-Fetch-Site": "same-site"},
        {"Host": "localhost:8080", "Origin": "http://evil.example"},
        {"Host": "evil.example:8080", "Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example:8080"},
        {**HERE, "X-Forwarded-For": "10.0.0.1"},
        {**HERE, "Forwarded": "for=10.0.0.1"},
        {**HERE, "Origin": "https://track.example.com"},
        {"Host": "192.168.1.5:8080"},
        {"Host": "[::1"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_and_machines_that_are_elsewhere_are_refused(api: Client, headers: dict[str, str], method: str) -> None:
    status, answer = ask(api, {"name": "Ada Example"}, headers, method)
    assert status == 403
    assert set(answer) == {"error"}


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]:8080", "trackyard.localhost", "LOCALHOST"])
def test_every_name_of_this_machine_is_taken(api: Client, host: str) -> None:
    assert ask(api, {"name": "Ada Example"}, {"Host": host})[0] == 200


class TestUsersConfigured:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        users = [{"username": "ada", "password": "secret", "name": "Ada"}]
        return {"apiserver.auth.fixed_users": {"enabled": True, "users": users}, "serve.sign_in_by_name": "always"}

    def test_a_name_is_not_enough(self, api: Client) -> None:
        assert ask(api, {"name": "Ada"})[0] == 403
        assert ask(api, b"", method="GET")[0] == 403


class TestNever:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"serve.sign_in_by_name": "never"}

    def test_it_is_off(self, api: Client) -> None:
        assert ask(api, {"name": "Ada"})[0] == 403


class TestOpenToTheNetwork:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"serve.host": "0.0.0.0"}

    def test_a_name_is_not_enough(self, api: Client) -> None:
        """Not even from this machine: what looks like it may be a proxy."""
        assert ask(api, {"name": "Ada"})[0] == 403


class TestAlways:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"serve.host": "0.0.0.0", "serve.sign_in_by_name": "always"}

    def test_everybody_is_let_in_by_the_servers_own_pages(self, api: Client) -> None:
        at = {"Host": "track.example.com", "Origin": "https://track.example.com", "Sec-Fetch-Site": "same-origin"}
        assert ask(api, {"name": "Ada"}, at)[0] == 200
        assert ask(api, {"name": "Ada"}, {**at, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})[0] == 403
