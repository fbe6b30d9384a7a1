"""Passwords of fixed users, plain or hashed. Source: spec 1 §7.5."""

from __future__ import annotations

import base64
import hmac
import secrets

import bcrypt

from apiserver.domain import credentials

_BCRYPT_BYTES = 72
"""bcrypt looks at no more, and its library refuses longer ones."""
_MOST_KNOWN = 256
_KEY = secrets.token_bytes(32)
_known_good: set[bytes] = set()


def matches(password: str, configured: str, *, hashed: bool) -> bool:
    """Whether the password is the configured one. hashed: that is the base64 of a bcrypt hash. Nothing matches an empty one."""
    if not hashed:
        return credentials.matches(password, configured, "")
    # PERF: a bcrypt check takes some 200 ms by design, and clients of fixed users may send the password with each call. What was right
    # once is remembered by a hash with a key of this process: no password stays in memory, and none can be found by trying.
    mark = hmac.digest(_KEY, f"{configured}\0{password}".encode(), "sha256")
    if mark in _known_good:
        return True
    if not _bcrypt_matches(password, configured):
        return False
    if len(_known_good) >= _MOST_KNOWN:
        _known_good.clear()
    _known_good.add(mark)
    return True


def _bcrypt_matches(password: str, configured: str) -> bool:
    try:
        return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], base64.b64decode(configured))
    except ValueError:
        return False
