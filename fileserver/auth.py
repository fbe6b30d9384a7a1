"""Who may use the file server: a token of the API server, in a header or a cookie (spec 6 §1.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import falcon

Check = Callable[[str], str]
"""Tells what is wrong with a token, in words for its owner; an empty text: nothing."""


class Guard:
    """Asks each request for a good token. `enabled=False` lets everybody in."""

    def __init__(self, check: Check, *, enabled: bool, cookie_names: Sequence[str]) -> None:
        self._check = check
        self._enabled = enabled
        self._cookie_names = tuple(cookie_names)

    def require(self, req: falcon.Request, *, optional: bool = False) -> None:
        """Raises: HTTPUnauthorized. optional: no token at all is fine too, a bad one is not."""
        if not self._enabled:
            return
        token = self._token(req)
        if not token:
            if optional:
                return
            raise falcon.HTTPUnauthorized(description="A token is needed: send `Authorization: Bearer <token>`, or sign in to the web app")
        if problem := self._check(token):
            raise falcon.HTTPUnauthorized(description=problem)

    def _token(self, req: falcon.Request) -> str:
        header = req.auth
        if header is not None:
            # QUIRK: spec 6 §1.2: the scheme's name is case-sensitive, and a cookie does not make up for a wrong header.
            if not header.startswith("Bearer "):
                raise falcon.HTTPUnauthorized(description="Only bearer token authorization is supported")
            return header[len("Bearer ") :].strip()
        for name in self._cookie_names:
            for value in req.get_cookie_values(name) or []:
                if value:
                    return value
        return ""
