"""`login.*`: what a login page asks, and signing out. Its cases on the wire are in the conversation `protocol`."""

from __future__ import annotations

from apiserver.testing.client import Client
from apiserver.testing.server import USER


def test_modes_without_fixed_users(api: Client) -> None:
    """Anonymous callers learn how one signs in, and nothing else."""
    assert api.call("login.supported_modes", token="") == {
        "authenticated": False,
        "basic": {"enabled": False, "guest": {"enabled": False}},
        "sso": {},
        "sso_providers": [],
        "server_errors": {"missed_es_upgrade": False, "es_connection_error": False},
    }
    assert api.call("login.supported_modes")["authenticated"] is True


def test_logout_twice(api: Client) -> None:
    """Signing out always works, and clears the cookie; the first time it ends the token."""
    token = api.login(*USER)
    for _ in range(2):
        answer = api.send("/login.logout", headers={"Cookie": f"clearml_token_basic={token}"})
        assert answer.status == 200
        assert answer.headers["Set-Cookie"].startswith("clearml_token_basic=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0;")
    assert api.call("login.supported_modes", token=token)["authenticated"] is False
