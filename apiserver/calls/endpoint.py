"""Endpoint and Binding: a row of the routing table, and the rule that picks a handler by version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import field, frozen

from apiserver.calls.coerce import Request

Version = tuple[int, int]

NEWEST: Version = (2, 34)
"""The API version this server speaks at least."""


@frozen
class Binding:
    """One handler of an endpoint, serving requested versions from `min_version` up to the next binding's.

    handler: None while it is not built. request: the enforced model, None where the handler takes the raw dict.
    required_fields: asked for before anything else (dotted paths; present with null is enough). batch: takes JSON lines.
    """

    min_version: Version
    handler: Callable[..., Any] | None
    request: type[Request] | None = None
    required_fields: tuple[str, ...] = ()
    batch: bool = False

    @property
    def version(self) -> str:
        """As `meta.endpoint.actual_version` shows it: `2.13`."""
        return f"{self.min_version[0]}.{self.min_version[1]}"


@frozen
class Endpoint:
    """One `service.action`.

    bindings: lowest version first. authorize: True asks for credentials, False never looks at them, None tries them and goes on without.
    allow_roles: role names in schema order, or `*`; only looked at where authorize is True. built: whether handlers exist.
    """

    name: str
    bindings: tuple[Binding, ...]
    authorize: bool | None = True
    allow_roles: tuple[str, ...] = ("*",)
    internal: bool = False
    built: bool = True
    batch: bool = False
    versions: tuple[Version, ...] = field(default=())
    """The documented ones. They take no part in dispatch."""

    def binding(self, version: Version) -> Binding | None:
        """The handler with the highest minimum that is not above the requested version, or None (the API answers 404/0).

        Source: spec 1 §3.
        """
        chosen = None
        for binding in self.bindings:
            if binding.min_version > version:
                break
            chosen = binding
        return chosen

    @property
    def service(self) -> str:
        return self.name.partition(".")[0]

    @property
    def action(self) -> str:
        return self.name.partition(".")[2]


def max_version(endpoints: Iterable[Endpoint]) -> Version:
    """What a request without version asks for: the newest of `NEWEST` and every handler's minimum."""
    return max([NEWEST, *(binding.min_version for endpoint in endpoints for binding in endpoint.bindings)])
