"""Signing in to the web app by a name alone: what the reference's app does with a key pair that everybody knows (spec 8 A1).

Here no pair is known to everybody, so the server does it, and only where `serve.sign_in_by_name` lets it (decision 0212).
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from apiserver import clock
from apiserver.calls import auth, people, sites, tokens
from apiserver.calls.call import Backend
from apiserver.stores.collections import AUTH_USERS
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Eq, In

LOCAL, ALWAYS, NEVER = "local", "always", "never"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_TOKEN_LIVES_S = 60
"""The token is exchanged for the cookie at once, by `auth.login`."""
MOST_LETTERS = 100


class Refused(Exception):
    """The text says why, to whoever wants in."""


@frozen
class ByName:
    """listens_locally: nobody but this machine reaches the server."""

    backend: Backend
    listens_locally: bool

    def check(self, headers: Mapping[str, str]) -> None:
        """headers: names in lower case. Raises: Refused."""
        settings = self.backend.settings
        mode = settings.get("serve.sign_in_by_name", LOCAL)
        if auth.fixed_users_enabled(settings):
            raise Refused("users of this server sign in with a name and a password")
        if mode not in (LOCAL, ALWAYS):
            raise Refused("signing in by name is switched off (serve.sign_in_by_name)")
        if not sites.cookie_counts(headers, _listed(settings.get("apiserver.cors.origins", "*"))):
            raise Refused("this is for the server's own pages")
        if mode == LOCAL and not (self.listens_locally and _from_here(headers)):
            raise Refused("signing in by name is for browsers on the server's own machine (serve.sign_in_by_name)")

    def names(self) -> list[str]:
        """Who could be meant."""
        found = self.backend.documents.list(AUTH_USERS, self._people(), fields=["name"])
        return sorted({str(user["name"]) for user in found if user.get("name")}, key=str.casefold)

    def token(self, name: Any) -> str:
        """A token, good for a minute, for the person of that name, who is made if unknown. Raises: Refused."""
        wanted = " ".join(name.split()) if isinstance(name, str) else ""
        if not wanted or len(wanted) > MOST_LETTERS or not wanted.isprintable():
            raise Refused(f"a name is needed, of {MOST_LETTERS} letters at most")
        user = self._known(wanted) or self._new(wanted)
        identity = auth.identity_of(self.backend, user)
        if identity is None:
            raise Refused("the company of this user is gone")
        return tokens.issue(self.backend.settings, identity, expiration_s=_TOKEN_LIVES_S)

    def _people(self) -> Any:
        return Eq("company", auth.default_company(self.backend.settings)) & In("role", auth.COMPANY_ROLES)

    def _known(self, name: str) -> dict[str, Any] | None:
        found = self.backend.documents.list(AUTH_USERS, self._people() & Eq("name", name))
        return min(found, key=lambda user: str(user.get("created")), default=None)

    def _new(self, name: str) -> dict[str, Any]:
        company = auth.default_company(self.backend.settings)
        # NOTE: an address made of the name lets one of two calls at once win; the other finds its user.
        email = f"{hashlib.sha256(f'{company}:{name}'.encode()).hexdigest()[:32]}@example.com"
        with contextlib.suppress(DuplicateKey):
            people.insert(self.backend.documents, name=name, company=company, role=auth.USER, email=email, now=clock.now())
        found = self.backend.documents.find(AUTH_USERS, Eq("email", email) & Eq("company", company))
        if found is None:
            raise Refused("this name cannot be used")
        return found


def _listed(origins: Any) -> Collection[str]:
    return [origins] if isinstance(origins, str) else list(origins or ())


def _from_here(headers: Mapping[str, str]) -> bool:
    """Whether a browser on this machine asked for this machine.

    NOTE: a page of another name may stand at this address (DNS rebinding): then Host and Origin name it. A proxy's requests come from this
    machine as well, whoever is behind it.
    """
    if any(headers.get(name) for name in _FORWARDED):
        return False
    origin = headers.get("origin")
    return _is_local("//" + headers.get("host", "")) and (origin is None or _is_local(origin))


def _is_local(url: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
