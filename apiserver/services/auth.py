"""`auth.*`: signing in and out, API key pairs, users that sign in. Source: spec 1 §10."""

from __future__ import annotations

from typing import Any

from apiserver.calls import auth, tokens
from apiserver.calls.call import Call, Cookie, Identity
from apiserver.calls.errors import ApiError
from apiserver.domain import credentials
from apiserver.generated import auth as shapes
from apiserver.generated import errors
from apiserver.logic import sessions, users
from apiserver.stores.collections import AUTH_USERS, COMPANIES
from apiserver.stores.documents import Document
from apiserver.stores.errors import NotFound
from apiserver.stores.filters import Eq, PullWhere, Push, Set, SetElement


def login(call: Call, request: shapes.LoginRequest) -> dict[str, Any]:
    """A token for the caller, or for whom it acts as; also as a cookie."""
    user = _stored(call, call.user, call.company)
    try:
        company = call.documents.get(COMPANIES, call.company, fields=["name"])
    except NotFound as error:
        raise errors.InvalidId(company=call.company) from error
    role = call.identity.role if call.caller is not call.identity else user.get("role") or call.identity.role
    identity = Identity(call.user, call.company, role, user.get("name") or "", company.get("name") or "")
    token = tokens.issue(call.settings, identity, expiration_s=request.expiration_sec)
    call.cookies.append(Cookie(sessions.cookie_name(call), token))
    return {"token": token}


def logout(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Make the caller's token worthless, if it came with one, and clear the cookie."""
    sessions.sign_out(call)
    return {}


def get_token_for_user(call: Call, request: shapes.GetTokenForUserRequest) -> dict[str, Any]:
    """A token for any user."""
    where = Eq("id", request.user)
    user = call.documents.find(AUTH_USERS, where & Eq("company", request.company) if request.company else where)
    identity = auth.identity_of(call.backend, user) if user else None
    if identity is None:
        raise errors.InvalidUserId(user=request.user)
    return {"token": tokens.issue(call.settings, identity, expiration_s=request.expiration_sec)}


def validate_token(call: Call, request: shapes.ValidateTokenRequest) -> dict[str, Any]:
    """Whether a token is good, and whose it is. QUIRK: spec 1 §10: a revoked one tells no reason."""
    try:
        token = tokens.read(call.settings, request.token)
    except ApiError as error:
        return {"valid": False, "msg": str(error.details.get("reason", error.message))}
    good = not tokens.is_revoked(call.backend, token.session_id)
    return {"valid": good, "user": token.identity.user, "company": token.identity.company}


def create_user(call: Call, request: shapes.CreateUserRequest) -> dict[str, Any]:
    """A new user who can sign in once somebody makes credentials for it."""
    return {"id": users.create(call, request)}


def edit_user(call: Call, request: shapes.EditUserRequest) -> dict[str, Any]:
    """Give a user of the company another role; it counts from the next token on."""
    if not request.role:
        raise errors.ValidationError("role is required")
    user = _stored(call, request.user, call.company)
    updated = call.documents.update(AUTH_USERS, Eq("id", user["id"]), Set("role", request.role)).modified
    return {"updated": updated, "fields": {"role": request.role}}


def create_credentials(call: Call, request: shapes.CreateCredentialsRequest) -> dict[str, Any]:
    """A new key pair for the caller. The secret is shown now and never again."""
    _refuse_protected(call)
    pair = {"key": credentials.new_key(), "secret": credentials.new_secret()}
    entry = {**pair, "secret": auth.stored_secret(pair["secret"], call.settings)}
    label = {"label": request.label} if request.label is not None else {}
    if not call.documents.update(AUTH_USERS, _own(call), Push("credentials", [{**entry, **label}])).matched:
        raise errors.InvalidUserId(user=call.user)
    return {"credentials": {"access_key": pair["key"], "secret_key": pair["secret"], **label}}


def get_credentials(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """The caller's keys without their secrets. QUIRK: spec 1 §2.2: `last_used` has no offset here."""
    user = _stored(call, call.user, call.company)
    return {"credentials": [_shown(entry) for entry in user.get("credentials") or ()]}


def _shown(entry: Document) -> dict[str, Any]:
    shown = {"access_key": entry["key"], **{k: v for k in ("label", "last_used_from") if (v := entry.get(k)) is not None}}
    if used := entry.get("last_used"):
        shown["last_used"] = used.replace(tzinfo=None).isoformat()
    return shown


def edit_credentials(call: Call, request: shapes.EditCredentialsRequest) -> dict[str, Any]:
    """Give a key another label, or none."""
    if _entry(call, request.access_key) is None:
        raise errors.InvalidAccessKey(access_key=request.access_key)
    call.documents.update(AUTH_USERS, _own(call), SetElement("credentials", Eq("key", request.access_key), {"label": request.label}))
    return {"updated": 1}


def revoke_credentials(call: Call, request: shapes.RevokeCredentialsRequest) -> dict[str, Any]:
    """Take a key pair away; tokens made with it live on until they end."""
    _refuse_protected(call)
    if _entry(call, request.access_key) is None:
        raise errors.InvalidUser("no such access key", access_key=request.access_key)
    call.documents.update(AUTH_USERS, _own(call), PullWhere("credentials", Eq("key", request.access_key)))
    return {"revoked": 1}


def fixed_users_mode(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Whether users sign in with a name and a password from the configuration."""
    missed = call.backend.unmigrated is not None and call.backend.unmigrated.missed_es_upgrade
    # NOTE: only what is true is there (spec 6 §4.4).
    server_errors = {"missed_es_upgrade": True} if missed else {}
    return {"enabled": auth.fixed_users_enabled(call.settings), "guest": users.guest_mode(call.settings), "server_errors": server_errors}


def _own(call: Call) -> Any:
    return Eq("id", call.user) & Eq("company", call.company)


def _stored(call: Call, user_id: str, company: str) -> Document:
    user = call.documents.find(AUTH_USERS, Eq("id", user_id) & Eq("company", company))
    if user is None:
        raise errors.InvalidUserId(user=user_id, company=company)
    return user


def _entry(call: Call, access_key: str) -> Document | None:
    entries = _stored(call, call.user, call.company).get("credentials") or ()
    return next((entry for entry in entries if entry.get("key") == access_key), None)


def _refuse_protected(call: Call) -> None:
    """Users that the configuration makes keep exactly its key pairs. Raises: InvalidUserId."""
    configured = call.settings.get("secure.credentials", {}) or {}
    if call.user.startswith("__") and call.user.strip("_") in configured:
        raise errors.InvalidUserId("this user's key pairs are set by configuration", user=call.user)
