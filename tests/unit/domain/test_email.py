"""What counts as an e-mail address."""

from __future__ import annotations

import pytest

from apiserver.domain.email import is_email


@pytest.mark.parametrize("text", ["a@b.cd", "ann.o'neil+x@mail.example.com", "a@localhost", "3cd2831cdf07aede577ec69d4671c92c@example.com"])
def test_addresses(text: str) -> None:
    """Those that people and the configuration have."""
    assert is_email(text)


@pytest.mark.parametrize(
    "text", ["", "a", "@b.cd", "a@", "a@b", "a b@c.de", "a@b..de", "a@-b.de", "a@b.de\n", "a@b@c.de", "x" * 65 + "@b.cd"]
)
def test_no_addresses(text: str) -> None:
    """What no mail could reach."""
    assert not is_email(text)
