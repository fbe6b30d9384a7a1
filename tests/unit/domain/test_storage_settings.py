"""Settings of outside storage as they are stored, configured and shown."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.domain import storage_settings


def test_nothing_is_complete() -> None:
    """An empty section shows every name."""
    nothing = {"key": None, "secret": None, "token": None, "region": None, "use_credentials_chain": False, "buckets": []}
    assert storage_settings.shown("aws", {}) == nothing
    assert storage_settings.shown("google", {}) == {"project": None, "credentials_json": None, "buckets": []}
    assert storage_settings.shown("azure", {}) == {"containers": []}


@pytest.mark.parametrize(
    ("bucket", "usable"),
    [
        ({"key": "k", "secret": "s"}, True),
        ({"use_credentials_chain": True}, True),
        ({"key": "k"}, False),
        ({"secret": "s"}, False),
        ({"key": "", "secret": "s"}, False),
        ({}, False),
    ],
)
def test_buckets_that_nobody_can_open(bucket: dict[str, Any], usable: bool) -> None:
    assert len(storage_settings.shown("aws", {"buckets": [bucket]})["buckets"]) == usable


@pytest.mark.parametrize(("given", "shown"), [("'b/'", "b"), ('"b"', "b"), ("/b/c//", "/b/c"), (None, ""), ("", "")])
def test_names_as_people_paste_them(given: str | None, shown: str) -> None:
    (bucket,) = storage_settings.shown("aws", {"buckets": [{"bucket": given, "subdir": given, "use_credentials_chain": True}]})["buckets"]
    assert (bucket["bucket"], bucket["subdir"]) == (shown, shown)
    assert storage_settings.shown("google", {"buckets": [{"bucket": given, "subdir": given}]})["buckets"][0]["subdir"] == shown


def test_a_null_switch_is_its_default() -> None:
    bucket = {"key": "k", "secret": "s", "multipart": None, "secure": False, "verify": None}
    shown = storage_settings.shown("aws", {"buckets": [bucket]})["buckets"][0]
    assert (shown["multipart"], shown["secure"], shown["verify"], shown["use_credentials_chain"]) == (True, False, True, False)


def test_what_is_configured() -> None:
    """In the SDK's form; the environment fills what is empty, of AWS alone."""
    environment = {"AWS_ACCESS_KEY_ID": "ek", "AWS_DEFAULT_REGION": "er", "GOOGLE_APPLICATION_CREDENTIALS": "/x"}
    aws = storage_settings.configured("aws", {"key": "", "region": "r", "credentials": [{"bucket": "b"}, "junk"]}, environment)
    assert aws == {
        "key": "ek", "secret": "", "token": "", "region": "r", "use_credentials_chain": False, "buckets": [{"bucket": "b"}],
    }  # fmt: skip
    google = storage_settings.configured("google", {"credentials": "junk"}, environment)
    assert google == {"project": None, "credentials_json": None, "buckets": []}
    assert storage_settings.configured("azure", {"containers": [{"account_name": "a"}]}, {}) == {"containers": [{"account_name": "a"}]}


@pytest.mark.parametrize("text", ["", "no", "{", "[" * 100_000])
def test_credentials_that_are_no_json(text: str) -> None:
    assert storage_settings.problem({"google": {"credentials_json": text}})
    assert not storage_settings.problem({"google": {"buckets": [{"credentials_json": text}]}})


def test_containers_that_lack_something() -> None:
    containers = [{"account_name": "a", "account_key": "k"}, {"account_name": "a"}, {}]
    assert storage_settings.missing({"azure": {"containers": containers}}) == [
        "azure.containers.1.account_key", "azure.containers.2.account_name", "azure.containers.2.account_key",
    ]  # fmt: skip
    assert storage_settings.missing({"aws": {}}) == []
