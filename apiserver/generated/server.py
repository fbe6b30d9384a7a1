# Generated from schema/services/server.conf by `trackyard generate`. Do not edit.
"""Requests of `server.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import Request, boolean, optional, string


@define(kw_only=True, eq=False, repr=False)
class ConfigRequest(Request):
    """The configuration in use, or one section of it, without secrets."""

    path: str | None = None
    """Dotted path of the section; everything if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(path=optional(data, "path", at, string))


@define(kw_only=True, eq=False, repr=False)
class ReportStatsOptionRequest(Request):
    """Read or set whether usage is reported."""

    enabled: bool | None = None
    """Whether usage may be reported; absent only reads."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(enabled=optional(data, "enabled", at, boolean))
