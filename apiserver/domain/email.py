"""E-mail addresses, as far as a server that sends no mail has to know them."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?\.[A-Za-z]{2,63}|[^@\s]{1,64}@localhost")


def is_email(text: str) -> bool:
    """Whether it looks like an address: something, an at sign, a domain with a dot."""
    return _EMAIL.fullmatch(text) is not None and ".." not in text
