"""`login.*`: what a login page needs to know, and signing out. Source: spec 1 §11."""

from __future__ import annotations

from typing import Any

from apiserver.calls import auth
from apiserver.calls.call import Call
from apiserver.generated import login as shapes
from apiserver.logic import sessions, users


def supported_modes(call: Call, request: shapes.SupportedModesRequest) -> dict[str, Any]:
    """How one can sign in here, and whether the caller has; and whether the data is from before this server can read it (spec 6 §4.4)."""
    unmigrated = call.backend.unmigrated
    return {
        "authenticated": call.authenticated,
        "basic": {"enabled": auth.fixed_users_enabled(call.settings), "guest": users.guest_mode(call.settings)},
        "sso": {},
        "sso_providers": [],
        "server_errors": {
            "missed_es_upgrade": bool(unmigrated and unmigrated.missed_es_upgrade),
            "es_connection_error": bool(unmigrated and unmigrated.es_connection_error),
        },
    }


def logout(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Sign out, if the caller was signed in."""
    sessions.sign_out(call)
    return {}
