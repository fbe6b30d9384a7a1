"""API key pairs."""

from __future__ import annotations

import string

from apiserver.domain import credentials


def test_shape() -> None:
    """As clients and their tools know it."""
    for _ in range(200):
        assert len(key := credentials.new_key()) == 30
        assert set(key) <= set(string.ascii_uppercase + string.digits)
        assert len(secret := credentials.new_secret()) == 67
        assert secret[0] not in "-_"


def test_sealed() -> None:
    """Only with the secret and the installation's key; the sealed form itself opens nothing."""
    stored = credentials.sealed("secret", "key")
    assert "secret" not in stored
    assert credentials.matches("secret", stored, "key")
    assert not credentials.matches("secret", stored, "other key")
    assert not credentials.matches("Secret", stored, "key")
    assert not credentials.matches(stored, stored, "key")


def test_plain() -> None:
    """As the reference stores them; an empty one opens nothing."""
    assert credentials.matches("sécret", "sécret", "key")
    assert not credentials.matches("", "", "key")
