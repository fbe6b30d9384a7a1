# Generated from schema/services/users.conf by `trackyard generate`. Do not edit.
"""Requests of `users.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import Request, boolean, mapping, optional, required, string


@define(kw_only=True, eq=False, repr=False)
class CreateRequest(Request):
    """Make the record of a user that can already log in."""

    avatar: str | None = None
    """Picture of the user, as an address or data URL."""
    company: str
    """Company the user shall belong to (id)."""
    family_name: str | None = None
    """Last name of the user."""
    given_name: str | None = None
    """First name of the user."""
    id: str
    """Id of the new user."""
    name: str
    """Full name of the user."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            avatar=optional(data, "avatar", at, string),
            company=required(data, "company", at, string),
            family_name=optional(data, "family_name", at, string),
            given_name=optional(data, "given_name", at, string),
            id=required(data, "id", at, string),
            name=required(data, "name", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteRequest(Request):
    """Delete the record of a user; the login stays."""

    user: str
    """The user it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(user=required(data, "user", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetByIdRequest(Request):
    """One user by id."""

    user: str
    """The user it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(user=required(data, "user", at, string))


@define(kw_only=True, eq=False, repr=False)
class SetPreferencesRequest(Request):
    """Set some preferences of the caller."""

    preferences: dict[str, Any]
    """What to set; keys are dotted paths, values replace what is there."""
    return_updated: bool = True
    """Return all preferences afterwards."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            preferences=required(data, "preferences", at, mapping),
            return_updated=optional(data, "return_updated", at, boolean, True),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateRequest(Request):
    """Change the names of a user."""

    user: str
    """The user it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(user=required(data, "user", at, string))
