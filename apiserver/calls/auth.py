"""Who calls: from Basic credentials, a token or a cookie to an identity; roles; acting for others. Source: spec 1 §7, §8."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve, frozen

from apiserver import clock
from apiserver.calls import passwords, tokens
from apiserver.calls.call import Backend, Identity
from apiserver.calls.tokens import Token
from apiserver.domain import credentials
from apiserver.generated import errors
from apiserver.settings import Settings
from apiserver.stores.collections import AUTH_USERS, COMPANIES
from apiserver.stores.documents import Document
from apiserver.stores.errors import NotFound
from apiserver.stores.filters import Eq, SetElement

SYSTEM, ROOT, ADMIN, USER, GUEST = "system", "root", "admin", "user", "guest"
COMPANY_ROLES = ("admin", "superuser", "user", "annotator", "guest")
IMPERSONATORS = (SYSTEM, ROOT, ADMIN)
_USE_NOTED_EVERY = timedelta(seconds=1)
"""PERF: `last_used` of a key pair is written at most so often, so that calls with Basic credentials do not each cost a write."""


@frozen
class Session:
    """How a call was signed in; token: the one it came with, None for Basic."""

    identity: Identity
    token: Token | None = None


@frozen
class Origin:
    """Where a call comes from, as credentials remember it; endpoint: what it asks for."""

    endpoint: str = ""
    worker: str = ""
    ip: str = ""


def authenticate(backend: Backend, authorization: str, origin: Origin) -> Session:
    """The session of an `Authorization` header. Raises: the 401 errors."""
    scheme, _, value = authorization.partition(" ")
    if not scheme:
        raise errors.NoCredentials()
    # QUIRK: spec 1 §7.2: the scheme's name is case-sensitive.
    if scheme == "Basic":
        return Session(_by_basic(backend, value, origin))
    if scheme == "Bearer":
        token = by_token(backend, value)
        return Session(token.identity, token)
    raise errors.BadAuthType()


def by_token(backend: Backend, text: str) -> Token:
    """The good token that the text is. Raises: InvalidToken."""
    token = tokens.read(backend.settings, text)
    if tokens.is_revoked(backend, token.session_id):
        raise errors.InvalidToken(reason="it was revoked")
    return token


def _by_basic(backend: Backend, value: str, origin: Origin) -> Identity:
    key, secret = _pair(value)
    user = _fixed_user(backend, key, secret, origin)
    if user is None:
        user = _by_key(backend, key, secret)
        _note_use(backend, user, key, origin)
    identity = identity_of(backend, user)
    if identity is None:
        raise errors.InvalidCredentials()
    return identity


def _pair(value: str) -> tuple[str, str]:
    if not value:
        raise errors.InvalidCredentials()
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4)).decode("latin-1")
    except ValueError as error:
        raise errors.BadCredentials() from error
    key, _, secret = text.partition(":")
    return key, secret


def _by_key(backend: Backend, key: str, secret: str) -> Document:
    installation_key = secrets_key(backend.settings)
    for user in backend.documents.list(AUTH_USERS, Eq("credentials.key", key)) if key else []:
        for entry in user.get("credentials") or ():
            if entry.get("key") == key and credentials.matches(secret, entry.get("secret") or "", installation_key):
                return user
    raise errors.InvalidCredentials()


def secrets_key(settings: Settings) -> str:
    """What secrets are sealed with; an installation's own."""
    return str(settings.get("secure.auth.credentials_key") or settings.get("secure.auth.token_secret") or "")


def stored_secret(secret: str, settings: Settings) -> str:
    """A key pair's secret as it goes into the database: sealed, unless the reference server has to be able to use it (decision 0014)."""
    return secret if settings.get("secure.auth.plain_api_secrets", False) else credentials.sealed(secret, secrets_key(settings))


def _note_use(backend: Backend, user: Document, key: str, origin: Origin) -> None:
    now = clock.now()
    entry = next(e for e in user["credentials"] if e.get("key") == key)
    used_from = origin.worker or origin.ip
    before = entry.get("last_used")
    if before is None or now - before > _USE_NOTED_EVERY or entry.get("last_used_from") != used_from:
        change = SetElement("credentials", Eq("key", key), {"last_used": now, "last_used_from": used_from})
        backend.documents.update(AUTH_USERS, Eq("id", user["id"]), change)


def identity_of(backend: Backend, user: Document) -> Identity | None:
    """The identity of a stored auth user; None when its company is gone."""
    try:
        company = backend.documents.get(COMPANIES, user["company"], fields=["name"])
    except NotFound:
        return None
    return Identity(user["id"], company["id"], user.get("role") or USER, user.get("name") or "", company.get("name") or "")


# Fixed users: name and password in the configuration


@frozen
class FixedUser:
    """One entry of the configuration. id: the same at every start."""

    username: str
    password: str
    name: str
    company: str
    role: str = USER

    @property
    def id(self) -> str:
        return hashlib.md5(f"{self.company}:{self.username}".encode(), usedforsecurity=False).hexdigest()

    @property
    def email(self) -> str:
        return f"{self.id}@example.com"


def default_company(settings: Settings) -> str:
    return str(settings.get("apiserver.default_company", "d1bd92a3b039400cbafc60a7a5b1e52b"))


def fixed_users_enabled(settings: Settings) -> bool:
    return bool(settings.get("apiserver.auth.fixed_users.enabled", False))


def guest(settings: Settings) -> Mapping[str, Any] | None:
    """The configured guest, when there is one."""
    found: Mapping[str, Any] = settings.get("services.auth.fixed_users.guest", {}) or {}
    return found if fixed_users_enabled(settings) and found.get("enabled") else None


def fixed_users(settings: Settings) -> list[FixedUser]:
    """The users of the configuration, the guest among them; none while the mode is off."""
    if not fixed_users_enabled(settings):
        return []
    company = default_company(settings)
    found = [
        FixedUser(str(u["username"]), str(u["password"]), str(u.get("name") or u["username"]), str(u.get("company") or company))
        for u in settings.get("apiserver.auth.fixed_users.users", []) or []
        if isinstance(u, Mapping) and u.get("username") and u.get("password")
    ]
    if visitor := guest(settings):
        where = str(visitor.get("default_company") or "025315a9321f49f8be07f5ac48fbcf92")
        found.append(FixedUser(str(visitor["username"]), str(visitor["password"]), str(visitor.get("name") or "Guest"), where, GUEST))
    return found


def _fixed_user(backend: Backend, username: str, password: str, origin: Origin) -> Document | None:
    """The stored user of a fixed one; None when there is no fixed user of that name. Raises: InvalidCredentials."""
    settings = backend.settings
    user = next((u for u in fixed_users(settings) if u.username == username), None)
    if user is None:
        return None
    hashed = bool(settings.get("apiserver.auth.fixed_users.pass_hashed", False))
    if not passwords.matches(password, user.password, hashed=hashed):
        raise errors.InvalidCredentials()
    if user.role == GUEST and origin.endpoint not in (guest(settings) or {}).get("allow_endpoints", ["auth.login"]):
        raise errors.InvalidCredentials("guests sign in with auth.login only")
    try:
        return backend.documents.get(AUTH_USERS, user.id)
    except NotFound as error:
        raise errors.InvalidCredentials() from error


# What an identity may do


def check_role(identity: Identity, allowed: tuple[str, ...]) -> None:
    """Raises: RoleNotAllowed."""
    if "*" not in allowed and identity.role not in allowed:
        raise errors.RoleNotAllowed(role=identity.role, allowed=allowed)


def impersonated(backend: Backend, caller: Identity | None, *, impersonate_as: str, act_as: str) -> Identity | None:
    """Whom the call acts as, when it asks to act as somebody; None otherwise. Raises: InvalidHeaders, ImpersonationError.

    impersonate_as: with that user's role; act_as: with the caller's.
    """
    if not impersonate_as and not act_as:
        return None
    if impersonate_as and act_as:
        raise errors.InvalidHeaders("only one of the two impersonation headers may be given")
    if caller is None:
        raise errors.ImpersonationError("the caller is not signed in")
    if caller.role not in IMPERSONATORS:
        raise errors.ImpersonationError("this role cannot act as others", role=caller.role)
    wanted = impersonate_as or act_as
    where = Eq("id", wanted)
    user = backend.documents.find(AUTH_USERS, where if caller.role == ROOT else where & Eq("company", caller.company))
    if user is None:
        raise errors.ImpersonationError("unknown user", id=wanted, company=caller.company)
    target = identity_of(backend, user)
    if target is None:
        raise errors.ImpersonationError("the user's company is unknown", id=wanted, company=user["company"])
    if impersonate_as:
        return evolve(target, user_name=f"{target.user_name} (impersonated by {caller.user_name})")
    return evolve(target, role=caller.role, user_name=f"{caller.user_name} (acting as {target.user_name})")
