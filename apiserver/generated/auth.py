# Generated from schema/services/auth.conf by `trackyard generate`. Do not edit.
"""Requests of `auth.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import Request, defaulted, integer, one_of, optional, required, string, within

_ONE_OF_ADMIN = one_of("admin", "system", "user", "guest", "superuser", "annotator", "root")
_ONE_OF_ADMIN_2 = one_of("admin", "user", "guest", "superuser", "annotator")
_WITHIN_INTEGER_MAXIMUM_31536000 = within(integer, maximum=31536000)


@define(kw_only=True, eq=False, repr=False)
class CreateCredentialsRequest(Request):
    """Make a new key pair for the caller."""

    label: str | None = None
    """What people call the key pair."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(label=optional(data, "label", at, string))


@define(kw_only=True, eq=False, repr=False)
class CreateUserRequest(Request):
    """Make a user who can log in."""

    avatar: str | None = None
    """Picture of the user, as an address or data URL."""
    company: str
    """Company the user shall belong to (id)."""
    email: str
    """E-mail address, one for each user."""
    family_name: str | None = None
    """Last name of the user."""
    given_name: str | None = None
    """First name of the user."""
    name: str
    """Full name of the user."""
    role: str = "user"
    """Role of the new user."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            avatar=optional(data, "avatar", at, string),
            company=required(data, "company", at, string),
            email=required(data, "email", at, string),
            family_name=optional(data, "family_name", at, string),
            given_name=optional(data, "given_name", at, string),
            name=required(data, "name", at, string),
            role=defaulted(data, "role", at, _ONE_OF_ADMIN, "user"),
        )


@define(kw_only=True, eq=False, repr=False)
class EditCredentialsRequest(Request):
    """Change the label of a key pair of the caller."""

    access_key: str
    """Key pair to relabel."""
    label: str | None = None
    """What people call the key pair."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            access_key=required(data, "access_key", at, string),
            label=optional(data, "label", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class EditUserRequest(Request):
    """Change the role of a user of the same company."""

    role: str | None = None
    """New role of the user."""
    user: str
    """The user it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            role=optional(data, "role", at, _ONE_OF_ADMIN_2),
            user=required(data, "user", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTokenForUserRequest(Request):
    """Make a token for another user."""

    company: str | None = None
    """Company of that user; absent means whichever it is."""
    expiration_sec: int | None = None
    """Seconds until the token expires; the configured time if absent."""
    user: str
    """User to make a token for (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            company=optional(data, "company", at, string),
            expiration_sec=optional(data, "expiration_sec", at, _WITHIN_INTEGER_MAXIMUM_31536000),
            user=required(data, "user", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class LoginRequest(Request):
    """Exchange a key pair, or another valid token, for a token; also set as a cookie."""

    expiration_sec: int | None = None
    """Seconds until the token expires; the configured time if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(expiration_sec=optional(data, "expiration_sec", at, _WITHIN_INTEGER_MAXIMUM_31536000))


@define(kw_only=True, eq=False, repr=False)
class RevokeCredentialsRequest(Request):
    """Take a key pair away from the caller; tokens made with it stay valid."""

    access_key: str
    """Key pair to take away."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(access_key=required(data, "access_key", at, string))


@define(kw_only=True, eq=False, repr=False)
class ValidateTokenRequest(Request):
    """Say whether a token is valid and whose it is."""

    token: str
    """Token to look at."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(token=required(data, "token", at, string))
