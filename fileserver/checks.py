"""Two ways to look at a token: in this process, or by asking the API server (spec 6 §1.2)."""

from __future__ import annotations

import base64
import json
import logging
import time
import urllib.error
import urllib.request
from threading import Lock
from typing import TYPE_CHECKING, Any

import falcon

from fileserver.auth import Check

if TYPE_CHECKING:
    from apiserver.calls.call import Backend
    from apiserver.settings import Settings

log = logging.getLogger(__name__)

_REFUSED = "The token is not valid any more; sign in again"
_ASK_TIMEOUT_S = 10
_MOST_REMEMBERED = 10_000


def of(settings: Settings, backend: Backend | None) -> Check:
    """By the backend of this process if it has one, else by `hosts.api_server`."""
    if backend is not None:
        return _here(backend)
    pair = settings.get("secure.credentials.fileserver", {})
    return Remote(
        settings.get("hosts.api_server", "http://localhost:8008"),
        key=pair.get("user_key", ""),
        secret=pair.get("user_secret", ""),
        remember_s=settings.get("fileserver.auth.tokens_cache_threshold_sec", 60),
    )


def _here(backend: Backend) -> Check:
    from apiserver.calls import auth
    from apiserver.calls.errors import ApiError

    def check(token: str) -> str:
        try:
            auth.by_token(backend, token)
        except ApiError as error:
            return error.message or _REFUSED
        return ""

    return check


class Remote:
    """Asks `auth.validate_token`, as the internal user `__fileserver__`, and remembers good tokens for a while.

    QUIRK: spec 6 §1.2: a revoked token comes back as not valid without a reason.
    """

    def __init__(self, api_server: str, *, key: str, secret: str, remember_s: float) -> None:
        self._url = f"{api_server.rstrip('/')}/auth.validate_token"
        self._basic = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._remember_s = remember_s
        self._good: dict[str, float] = {}
        self._lock = Lock()

    def __call__(self, token: str) -> str:
        with self._lock:
            if self._good.get(token, 0.0) > time.monotonic():
                return ""
        answer = self._ask(token)
        if not answer.get("valid"):
            return str(answer.get("msg") or _REFUSED)
        with self._lock:
            if len(self._good) >= _MOST_REMEMBERED:
                self._good.clear()
            self._good[token] = time.monotonic() + self._remember_s
        return ""

    def _ask(self, token: str) -> dict[str, Any]:
        headers = {"Authorization": self._basic, "Content-Type": "application/json", "X-Trackyard-Client": "fileserver"}
        request = urllib.request.Request(self._url, json.dumps({"token": token}).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=_ASK_TIMEOUT_S) as answer:
                data: dict[str, Any] = json.load(answer)["data"]
                return data
        except urllib.error.HTTPError as error:
            log.error("%s answered %d; is secure.credentials.fileserver the same on both servers?", self._url, error.code)
            raise falcon.HTTPBadGateway(description=f"The API server answered {error.code} when asked about the token") from error
        except (OSError, ValueError, KeyError) as error:
            log.error("cannot ask %s about a token: %s", self._url, error)
            raise falcon.HTTPServiceUnavailable(description="The API server cannot be asked about the token now", retry_after=5) from error
