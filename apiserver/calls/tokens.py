"""Tokens: JWTs signed with the installation's own key. Source: spec 1 §7.3."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

import jwt
from attrs import frozen

from apiserver import build_info, clock
from apiserver.calls.call import Backend, Identity
from apiserver.generated import errors
from apiserver.settings import Settings

ALGORITHM = "HS256"
REVOKED = "revoked_tokens"
"""Sorted set of the state store: session id by the time its token ends."""
_MEMBERS = ("user", "company", "role", "user_name", "company_name")


@frozen
class Token:
    """A good token. expires: epoch seconds; None: never."""

    identity: Identity
    session_id: str
    expires: int | None


def issue(settings: Settings, identity: Identity, *, expiration_s: int | None = None) -> str:
    """A new token. Without an expiration the default one, for the role `system` none. Raises: ValidationError."""
    most = settings.get("apiserver.auth.max_expiration_sec", 31_536_000)
    if expiration_s and expiration_s > most:
        raise errors.ValidationError(f"expiration_sec may be {most} at most", expiration_sec=expiration_s)
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "identity": {name: value for name in _MEMBERS if (value := getattr(identity, name))},
        "session_id": uuid.uuid4().hex,
        "iat": now,
        "auth_type": "Bearer",
        "env": settings.get("secure.env") or settings.get("env", "<unknown>"),
        "api_version": build_info.API_VERSION,
        "server_version": build_info.server_version(),
        "server_build": build_info.server_build(),
        "feature_set": "basic",
    }
    if not expiration_s and identity.role != "system":
        expiration_s = settings.get("apiserver.auth.default_expiration_sec", 2_592_000)
    if expiration_s:
        claims["exp"] = now + int(expiration_s)
    return jwt.encode(claims, _key(settings), ALGORITHM)


def read(settings: Settings, text: str) -> Token:
    """The token, if its signature and times are good; whether it was revoked is another question. Raises: InvalidToken."""
    token = _verified(text, _key(settings))
    if token.expires is not None and token.expires <= clock.now().timestamp():
        raise errors.InvalidToken(reason="Signature has expired")
    return token


@lru_cache(maxsize=1024)
def _verified(text: str, key: str) -> Token:
    """PERF: 100 of the 330 us of a status poll; clients send one token thousands of times. Refused ones are not remembered, and what
    can change, the end of a token and whether it was revoked, is looked at with every call."""
    try:
        claims = jwt.decode(text, key, [ALGORITHM], options={"verify_iat": False, "verify_aud": False, "verify_sub": False})
    except jwt.InvalidTokenError as error:
        raise errors.InvalidToken(reason=str(error)) from error
    found = claims.get("identity")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in ("user", "company", "role")):
        raise errors.InvalidToken(reason="it names no identity")
    identity = Identity(**{name: str(found.get(name) or "") for name in _MEMBERS})
    return Token(identity, str(claims.get("session_id") or ""), None if claims.get("exp") is None else int(claims["exp"]))


def is_revoked(backend: Backend, session_id: str) -> bool:
    """Whether somebody signed out with this token."""
    return bool(session_id) and backend.state.score(REVOKED, session_id) is not None


def revoke(backend: Backend, token: Token) -> None:
    """Make the token worthless from now on, in every process; forget those that have ended by themselves."""
    now = clock.now().timestamp()
    ends = token.expires or now + backend.settings.get("apiserver.auth.default_expiration_sec", 2_592_000)
    backend.state.expire_members(REVOKED, up_to=now)
    if token.session_id:
        backend.state.add_member(REVOKED, token.session_id, float(ends))


def _key(settings: Settings) -> str:
    key = settings.get("secure.auth.token_secret")
    if not key:
        raise errors.ConfigError("secure.auth.token_secret is not set")
    return str(key)
