"""Which documents a company may see. The one place for it: everything that reads or writes on behalf of a caller goes through here.

A document whose company is the empty text is public. Source: spec 2 §1.1.
"""

from __future__ import annotations

from apiserver.stores.filters import Eq, Filter, In

PUBLIC = ""
"""The company of a public document."""


def own(company: str) -> Filter:
    """Documents of the company itself: what it may change."""
    return Eq("company", company)


def own_or_public(company: str) -> Filter:
    """Documents the company may read: its own and the public ones."""
    return In("company", (company, PUBLIC))


def visible(company: str, *, allow_public: bool) -> Filter:
    """Own documents, with the public ones where they are allowed."""
    return own_or_public(company) if allow_public else own(company)
