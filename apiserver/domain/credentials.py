"""API key pairs: making them, and keeping their secrets so that a copy of the database opens no door."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string

KEY_LETTERS = string.ascii_uppercase + string.digits
KEY_LENGTH = 30
SECRET_BYTES = 50
_SCHEME = "hmac-sha256$"


def new_key() -> str:
    """30 characters A-Z and 0-9 (spec 1 §10)."""
    return "".join(secrets.choice(KEY_LETTERS) for _ in range(KEY_LENGTH))


def new_secret() -> str:
    """67 URL-safe characters, the first a letter or digit, so that no command line takes it for an option."""
    while (secret := secrets.token_urlsafe(SECRET_BYTES))[0] in "-_":
        pass
    return secret


def sealed(secret: str, installation_key: str) -> str:
    """The secret as it is stored: a keyed hash.

    NOTE: a plain keyed hash is enough (and fast enough for each call) because secrets are random; only passwords need a slow one.
    """
    return _SCHEME + hmac.new(installation_key.encode(), secret.encode(), hashlib.sha256).hexdigest()


def matches(secret: str, stored: str, installation_key: str) -> bool:
    """Whether the secret is the stored one, which may be sealed or, as the reference server keeps it, plain."""
    if not stored:
        return False
    if stored.startswith(_SCHEME):
        return hmac.compare_digest(sealed(secret, installation_key), stored)
    return hmac.compare_digest(secret.encode(), stored.encode())


def derived(secret: str, name: str) -> tuple[str, str]:
    """A key and a secret that are always the same for an installation's secret and a name."""
    key, made = (hmac.digest(secret.encode(), f"{name}.{part}".encode(), hashlib.sha256).hex() for part in ("key", "secret"))
    return key[:32].upper(), made
