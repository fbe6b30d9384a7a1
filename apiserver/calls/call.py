"""Call: one request on its way through the server, free of any web framework."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from apiserver import clock
from apiserver.stores.backend import Backend

if TYPE_CHECKING:
    from apiserver.calls.endpoint import Endpoint
    from apiserver.calls.tokens import Token
    from apiserver.settings import Settings
    from apiserver.stores.documents import DocumentStore
    from apiserver.stores.events import EventStore
    from apiserver.stores.state import StateStore
    from apiserver.stores.statistics import StatisticsStore

__all__ = ["UNKNOWN_WORKER", "Backend", "Call", "Cookie", "Identity", "RawAnswer", "Version"]

Version = tuple[int, int]
"""(2, 13): compared part by part."""

UNKNOWN_WORKER = "<unknown>"


@frozen
class Identity:
    """Who calls. company is the tenant whose documents the call may touch; role decides which endpoints."""

    user: str
    company: str
    role: str
    user_name: str = ""
    company_name: str = ""


@frozen
class Cookie:
    """A cookie that the answer sets (`value` None: clears)."""

    name: str
    value: str | None


@frozen
class RawAnswer:
    """A body without envelope (spec 1 §2.3). body: bytes, or an iterable of them for long answers."""

    body: Any
    content_type: str
    filename: str = ""


@define
class Call:
    """What a handler gets besides its request.

    data: the request as it came, a dict (for a batch: see `batch`); version: the requested one. now: the call's own time, aware UTC;
    every stamp of one call uses it.
    """

    endpoint: str
    version: Version
    backend: Backend
    data: dict[str, Any] = field(factory=dict)
    batch: list[dict[str, Any]] | None = None
    headers: Mapping[str, str] = field(factory=dict)
    """Names in lower case."""
    ip: str = ""
    id: str = field(factory=lambda: uuid.uuid4().hex)
    now: datetime = field(factory=clock.now)
    endpoints: Mapping[str, Endpoint] = field(factory=dict)
    """All that this server answers, for endpoints that speak about endpoints."""
    caller: Identity | None = None
    """Who signed in; differs from `identity` under impersonation."""
    token: Token | None = None
    """The one that came with the call, if one did."""
    _identity: Identity | None = None
    cookies: list[Cookie] = field(factory=list)

    @property
    def identity(self) -> Identity:
        """Who the call acts as. Only for endpoints that require authentication."""
        if self._identity is None:
            raise RuntimeError(f"{self.endpoint} asks for an identity that the call has not")
        return self._identity

    @identity.setter
    def identity(self, value: Identity | None) -> None:
        self._identity = value

    @property
    def authenticated(self) -> bool:
        return self._identity is not None

    @property
    def company(self) -> str:
        return self.identity.company

    @property
    def user(self) -> str:
        return self.identity.user

    @property
    def worker(self) -> str:
        """The caller's machine as its SDK names it, or `<unknown>`."""
        return self.headers.get("x-clearml-worker") or self.headers.get("x-trains-worker") or UNKNOWN_WORKER

    @property
    def documents(self) -> DocumentStore:
        return self.backend.documents

    @property
    def events(self) -> EventStore:
        return self.backend.events

    @property
    def state(self) -> StateStore:
        return self.backend.state

    @property
    def statistics(self) -> StatisticsStore:
        return self.backend.statistics

    @property
    def settings(self) -> Settings:
        return self.backend.settings
