"""Tokens, without a server around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from apiserver import clock
from apiserver.calls import tokens
from apiserver.calls.call import Identity
from apiserver.generated import errors
from apiserver.settings import Settings

SETTINGS = Settings.from_dict({"secure.auth.token_secret": "a secret that is long enough for its hash"})
ANN = Identity("ann", "acme", "user", "Ann", "Acme")


def test_there_and_back() -> None:
    """The identity comes back as it went in, with a session of its own each time."""
    one, other = (tokens.read(SETTINGS, tokens.issue(SETTINGS, ANN)) for _ in range(2))
    assert one.identity == other.identity == ANN
    assert one.session_id != other.session_id
    assert one.expires is not None


def test_empty_members_are_left_out() -> None:
    """As the reference writes it."""
    text = tokens.issue(SETTINGS, Identity("ann", "acme", "user"))
    assert set(jwt.decode(text, options={"verify_signature": False})["identity"]) == {"user", "company", "role"}


def test_system_tokens_need_no_end() -> None:
    """Only when none was asked for."""
    system = Identity("s", "acme", "system")
    assert tokens.read(SETTINGS, tokens.issue(SETTINGS, system)).expires is None
    assert tokens.read(SETTINGS, tokens.issue(SETTINGS, system, expiration_s=60)).expires is not None


def test_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the second."""
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(seconds=61))
    with pytest.raises(errors.InvalidToken, match="expired"):
        tokens.read(SETTINGS, tokens.issue(SETTINGS, ANN, expiration_s=60))


def test_expires_while_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that was good a moment ago is looked at again."""
    text = tokens.issue(SETTINGS, ANN, expiration_s=60)
    assert tokens.read(SETTINGS, text).identity == ANN
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(seconds=61))
    with pytest.raises(errors.InvalidToken, match="expired"):
        tokens.read(SETTINGS, text)


@pytest.mark.parametrize("text", ["", ".", "a.b.c", "é", "\0", "eyJhbGciOiJIUzI1NiJ9.e30.", "x" * 100_000])
def test_no_tokens(text: str) -> None:
    """One error for all."""
    with pytest.raises(errors.InvalidToken):
        tokens.read(SETTINGS, text)


def test_another_installation() -> None:
    """Its tokens are worth nothing here."""
    other = Settings.from_dict({"secure.auth.token_secret": "another secret that is long enough too"})
    with pytest.raises(errors.InvalidToken):
        tokens.read(SETTINGS, tokens.issue(other, ANN))


def test_no_secret_no_tokens() -> None:
    """Without a key nothing is signed; there is no default."""
    with pytest.raises(errors.ConfigError):
        tokens.issue(Settings({}), ANN)
