"""`storage.*`: settings of a company over those of the operator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apiserver.stores.collections import STORAGE_SETTINGS
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.documents_together import in_threads


def settings(api: Client, token: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = api.call("storage.get_settings", token=token)["settings"]
    return found


def refused(api: Client, name: str, data: dict[str, Any]) -> tuple[int, int]:
    with pytest.raises(CallFailed) as caught:
        api.call(name, data)
    return caught.value.code, caught.value.subcode


def test_nothing_stored(api: Client) -> None:
    """The configured defaults, which are empty; nothing to reset, and reading stores nothing."""
    assert settings(api) == {
        "aws": {"key": "", "secret": "", "token": "", "region": "", "use_credentials_chain": False, "buckets": []},
        "google": {"project": None, "credentials_json": None, "buckets": []},
        "azure": {"containers": []},
        "last_update": None,
    }
    assert api.call("storage.reset_settings", {"keys": ["aws"]}) == {"updated": 0}
    assert api.backend.documents.count(STORAGE_SETTINGS) == 0


def test_of_the_own_company_only(api: Client, stranger: str) -> None:
    """Neither read nor changed by another one."""
    api.call("storage.set_settings", {"aws": {"key": "ours", "secret": "hidden"}})
    assert settings(api, stranger)["aws"]["key"] == ""
    assert api.call("storage.reset_settings", {"keys": ["aws"]}, token=stranger) == {"updated": 0}
    api.call("storage.set_settings", {"aws": {"key": "theirs"}}, token=stranger)
    assert (settings(api)["aws"]["key"], settings(api, stranger)["aws"]["key"]) == ("ours", "theirs")


def test_a_refused_call_changes_nothing(api: Client) -> None:
    """Not the good sections of it either."""
    api.call("storage.set_settings", {"aws": {"key": "k"}})
    before = settings(api)
    good = {"aws": {"key": "new"}}
    for bad, code in [
        ({"google": {"credentials_json": "{"}}, (400, 12)),
        ({"google": {"buckets": [5]}}, (400, 12)),
        ({"azure": {"containers": [{"account_key": "k"}]}}, (400, 800)),
    ]:
        assert refused(api, "storage.set_settings", {**good, **bad}) == code
    assert refused(api, "storage.set_settings", {"aws": None, "foo": {}}) == (400, 12)
    assert refused(api, "storage.reset_settings", {"keys": ["aws", "gcs"]}) == (400, 12)
    assert settings(api) == before


def test_unknown_fields_are_not_stored(api: Client) -> None:
    api.call("storage.set_settings", {"aws": {"key": "k", "profile": "p", "$where": 1, "buckets": [{"a.b": 1, "bucket": "b"}]}})
    stored = api.backend.documents.list(STORAGE_SETTINGS)[0]["aws"]
    assert set(stored) == {"key", "use_credentials_chain", "buckets"}
    assert "a.b" not in stored["buckets"][0]


def test_many_first_writes_at_once(api: Client) -> None:
    """One document comes of it, with a section of each."""
    token = api.login(api.key, api.secret)
    sections: list[dict[str, Any]] = [{"aws": {"key": "k"}}, {"google": {"project": "p"}}, {"azure": {"containers": []}}]
    in_threads(6, lambda number: api.call("storage.set_settings", sections[number % 3], token=token))
    assert api.backend.documents.count(STORAGE_SETTINGS) == 1
    stored = settings(api)
    assert (stored["aws"]["key"], stored["google"]["project"]) == ("k", "p")


class TestConfigured:
    """What an operator configured holds until the company stores a section."""

    @pytest.fixture
    def settings_overrides(self, tmp_path: Path) -> dict[str, Any]:
        self.file = tmp_path / "google.json"
        return {
            "services.storage_credentials.aws.s3.secret": "configured",
            "services.storage_credentials.aws.s3.credentials": [{"bucket": "b", "key": "k", "secret": "s"}, {"bucket": "useless"}],
            "services.storage_credentials.google.storage": {"project": "p", "credentials_json": str(self.file)},
            "services.storage_credentials.azure.storage": {"containers": [{"account_name": "a", "account_key": "k"}]},
        }

    def test_defaults(self, api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """The environment fills gaps; a file with credentials gives its content, one that cannot be read nothing."""
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-env")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not this one")
        found = settings(api)
        assert (found["aws"]["key"], found["aws"]["secret"]) == ("from-env", "configured")
        assert [bucket["bucket"] for bucket in found["aws"]["buckets"]] == ["b"]
        assert found["azure"]["containers"][0] == {
            "account_name": "a", "account_key": "k", "container_name": None, "use_default_credential": False,
        }  # fmt: skip
        assert found["google"]["credentials_json"] is None
        self.file.write_text('{"type": "service_account"}')
        assert json.loads(settings(api)["google"]["credentials_json"]) == {"type": "service_account"}
        self.file.write_text("no json")
        assert settings(api)["google"]["credentials_json"] is None

    def test_stored_sections_hide_them(self, api: Client) -> None:
        """Even an empty one, until it is reset."""
        api.call("storage.set_settings", {"aws": {}})
        assert settings(api)["aws"]["secret"] is None
        assert settings(api)["google"]["project"] == "p"
        assert api.call("storage.reset_settings", {}) == {"updated": 1}
        assert settings(api)["aws"]["secret"] is None
        assert api.call("storage.reset_settings", {"keys": ["aws"]}) == {"updated": 1}
        assert settings(api)["aws"]["secret"] == "configured"

    def test_a_stored_text_is_never_the_name_of_a_file(self, api: Client) -> None:
        """A caller cannot make the server read a file of its machine."""
        self.file.write_text('{"secret": "of the machine"}')
        name = str(self.file)
        api.call("storage.set_settings", {"google": {"credentials_json": json.dumps(name), "buckets": [{"credentials_json": name}]}})
        found = settings(api)["google"]
        assert found["credentials_json"] == json.dumps(name)
        assert found["buckets"][0]["credentials_json"] == name
