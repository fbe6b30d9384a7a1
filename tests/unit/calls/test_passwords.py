"""Passwords, plain and hashed."""

from __future__ import annotations

import base64

import bcrypt
import pytest

from apiserver.calls import passwords

HASH = base64.b64encode(bcrypt.hashpw(b"right", bcrypt.gensalt(4))).decode()


def test_plain() -> None:
    """Equal, and not empty."""
    assert passwords.matches("right", "right", hashed=False)
    for given, configured in (("wrong", "right"), ("", ""), ("", "right"), ("right", "")):
        assert not passwords.matches(given, configured, hashed=False)


def test_hashed() -> None:
    """By the hash, never by its text; the memory of good ones does not let others in."""
    for _ in range(2):
        assert passwords.matches("right", HASH, hashed=True)
        assert not passwords.matches("wrong", HASH, hashed=True)
        assert not passwords.matches(HASH, HASH, hashed=True)


@pytest.mark.parametrize("configured", ["", "right", "!!", base64.b64encode(b"right").decode(), base64.b64encode(b"$2b$04$short").decode()])
def test_broken_hashes(configured: str) -> None:
    """A wrong configuration lets nobody in, and breaks nothing."""
    assert not passwords.matches("right", configured, hashed=True)


def test_no_password_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered cannot be turned back, and is limited."""
    monkeypatch.setattr(passwords, "_known_good", set())
    monkeypatch.setattr(passwords, "_MOST_KNOWN", 2)
    for number in range(5):
        configured = base64.b64encode(bcrypt.hashpw(b"pass%d" % number, bcrypt.gensalt(4))).decode()
        assert passwords.matches(f"pass{number}", configured, hashed=True)
    assert 0 < len(passwords._known_good) <= 2
    assert all(len(mark) == 32 for mark in passwords._known_good)
