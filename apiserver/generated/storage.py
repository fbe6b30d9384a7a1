# Generated from schema/services/storage.conf by `trackyard generate`. Do not edit.
"""Requests of `storage.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import Request, boolean, given, inside, list_of, one_of, optional, string

_ONE_OF_AZURE_AWS_GOOGLE = one_of("azure", "aws", "google")
_LIST_OF_ONE_OF_AZURE_AWS_GOOGLE = list_of(_ONE_OF_AZURE_AWS_GOOGLE)


def _buckets(value: Any, where: str) -> dict[str, Any]:
    """Access to one bucket."""
    data, at = inside(value, where)
    return given(
        {
            "acl": optional(data, "acl", at, string),
            "bucket": optional(data, "bucket", at, string),
            "host": optional(data, "host", at, string),
            "key": optional(data, "key", at, string),
            "multipart": optional(data, "multipart", at, boolean, True),
            "region": optional(data, "region", at, string),
            "secret": optional(data, "secret", at, string),
            "secure": optional(data, "secure", at, boolean, True),
            "subdir": optional(data, "subdir", at, string),
            "token": optional(data, "token", at, string),
            "use_credentials_chain": optional(data, "use_credentials_chain", at, boolean, False),
            "verify": optional(data, "verify", at, boolean, True),
        }
    )


_LIST_OF_BUCKETS = list_of(_buckets)


def _aws(value: Any, where: str) -> dict[str, Any]:
    """Access to Amazon S3 and what speaks its protocol."""
    data, at = inside(value, where)
    return given(
        {
            "buckets": optional(data, "buckets", at, _LIST_OF_BUCKETS),
            "key": optional(data, "key", at, string),
            "region": optional(data, "region", at, string),
            "secret": optional(data, "secret", at, string),
            "token": optional(data, "token", at, string),
            "use_credentials_chain": optional(data, "use_credentials_chain", at, boolean, False),
        }
    )


def _containers(value: Any, where: str) -> dict[str, Any]:
    """Access to one blob container."""
    data, at = inside(value, where)
    return given(
        {
            "account_key": optional(data, "account_key", at, string),
            "account_name": optional(data, "account_name", at, string),
            "container_name": optional(data, "container_name", at, string),
        }
    )


_LIST_OF_CONTAINERS = list_of(_containers)


def _azure(value: Any, where: str) -> dict[str, Any]:
    """Access to Azure blob storage."""
    data, at = inside(value, where)
    return given(
        {
            "containers": optional(data, "containers", at, _LIST_OF_CONTAINERS),
        }
    )


def _buckets_2(value: Any, where: str) -> dict[str, Any]:
    """Access to one bucket."""
    data, at = inside(value, where)
    return given(
        {
            "bucket": optional(data, "bucket", at, string),
            "credentials_json": optional(data, "credentials_json", at, string),
            "project": optional(data, "project", at, string),
            "subdir": optional(data, "subdir", at, string),
        }
    )


_LIST_OF_BUCKETS_2 = list_of(_buckets_2)


def _google(value: Any, where: str) -> dict[str, Any]:
    """Access to Google Cloud Storage."""
    data, at = inside(value, where)
    return given(
        {
            "buckets": optional(data, "buckets", at, _LIST_OF_BUCKETS_2),
            "credentials_json": optional(data, "credentials_json", at, string),
            "project": optional(data, "project", at, string),
        }
    )


@define(kw_only=True, eq=False, repr=False)
class ResetSettingsRequest(Request):
    """Forget how some storage providers are reached."""

    keys: list[str] | None = None
    """Providers to reset; none if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(keys=optional(data, "keys", at, _LIST_OF_ONE_OF_AZURE_AWS_GOOGLE))


@define(kw_only=True, eq=False, repr=False)
class SetSettingsRequest(Request):
    """Set how outside storage is reached."""

    aws: dict[str, Any] | None = None
    """Access to Amazon S3 and what speaks its protocol."""
    azure: dict[str, Any] | None = None
    """Access to Azure blob storage."""
    google: dict[str, Any] | None = None
    """Access to Google Cloud Storage."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            aws=optional(data, "aws", at, _aws),
            azure=optional(data, "azure", at, _azure),
            google=optional(data, "google", at, _google),
        )
