# Generated from schema/services/login.conf by `trackyard generate`. Do not edit.
"""Requests of `login.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import Request


@define(kw_only=True, eq=False, repr=False)
class SupportedModesRequest(Request):
    """Say how people can log in, and whether the caller already is."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls()
