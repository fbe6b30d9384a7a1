"""Signing out, and the cookie that keeps a browser signed in. Source: spec 1 §7.3, §7.4."""

from __future__ import annotations

from apiserver.calls import tokens
from apiserver.calls.call import Call, Cookie


def cookie_name(call: Call) -> str:
    return str(call.settings.get("apiserver.auth.session_auth_cookie_name", "clearml_token_basic"))


def sign_out(call: Call) -> None:
    """Make the caller's token worthless, if it came with one, and clear the cookie."""
    if call.token is not None:
        tokens.revoke(call.backend, call.token)
    call.cookies.append(Cookie(cookie_name(call), None))
