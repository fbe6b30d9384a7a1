"""`server.*`. Its cases on the wire are in the conversation `server-debug`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apiserver.generated.bindings import ENDPOINTS
from apiserver.stores.collections import TASKS
from apiserver.stores.filters import Eq, Set
from apiserver.testing.client import CallFailed, Client
from apiserver.testing.server import USER


def test_info_by_version(api: Client) -> None:
    """The installation's id comes with 2.8 and goes with 2.12."""
    assert set(api.call("server.info", version="2.7")) == {"version", "build", "commit"}
    uid = api.call("server.info", version="2.8")["uid"]
    assert len(uid) == 36
    assert uid == api.call("server.info", version="2.11")["uid"]
    assert api.call("server.info") == {"version": "2.3.0", "build": "", "commit": "", "api_version": "2.34"}


def test_version_from_the_environment(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the reference: what the variables say is what clients read."""
    monkeypatch.setenv("CLEARML_SERVER_VERSION", "9.8.7")
    monkeypatch.setenv("TRAINS_SERVER_BUILD", "77")
    assert api.call("server.info", version="2.7") == {"version": "9.8.7", "build": "77", "commit": ""}


@pytest.mark.embedded("its settings name a MongoDB that is not there")
class TestConfig:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {
            "apiserver.auth.fixed_users.users": [{"username": "jane", "password": "hidden-1", "name": "Jane"}],
            "services.auth.fixed_users.guest.password": "hidden-2",
            "services.storage_credentials.aws.s3.secret": "hidden-3",
            "hosts.mongo": {"backend": {"host": "mongodb://me:hidden-4@db.example/backend"}},
        }

    def test_shows_no_secret(self, api: Client, system: str) -> None:
        """Neither the section of secrets nor any other value that is one, whatever path is asked for."""
        shown = json.dumps(api.call("server.config", token=system))
        for path in (
            "apiserver.auth",
            "apiserver.auth.fixed_users",
            "services.auth.fixed_users.guest",
            "services.storage_credentials",
            "hosts",
        ):
            shown += json.dumps(api.call("server.config", {"path": path}, token=system))
        assert "hidden-" not in shown
        assert USER[1] not in shown
        assert "mongodb://me:***@db.example/backend" in shown
        assert '"default_expiration_sec": 2592000' in shown

    @pytest.mark.parametrize("path", ["secure", "secure.credentials", "nope", "apiserver.default_company", "apiserver..auth", "."])
    def test_what_it_refuses(self, api: Client, system: str, path: str) -> None:
        """400, for secrets, for what is not there, for what is no section."""
        with pytest.raises(CallFailed) as caught:
            api.call("server.config", {"path": path}, token=system)
        assert (caught.value.code, caught.value.subcode) == (400, 12)


def test_endpoints(api: Client, system: str) -> None:
    """Every built action with its handlers, newest first."""
    listed = api.call("server.endpoints", token=system)["endpoints"]
    assert set(listed) == {name for name, endpoint in ENDPOINTS.items() if endpoint.built}
    assert [row["min_version"] for row in listed["server.info"]] == ["2.12", "2.8", "1.0"]
    assert listed["projects.create"][0]["required_fields"] == ["name"]


def test_statistics_option(api: Client) -> None:
    """Read, set, read; who set it is remembered, and times have no offset."""
    before = api.call("server.report_stats_option")
    assert before == {"supported": True, "enabled": False, "current_version": "2.3.0"}
    after = api.call("server.report_stats_option", {"enabled": True})
    assert (after["enabled"], after["enabled_user"], after["enabled_version"]) == (True, "__tests__", "2.3.0")
    assert "+" not in after["enabled_time"]
    assert api.call("server.report_stats_option", {"enabled": None}) == after


class TestUnsupported:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"apiserver.statistics.supported": False}

    def test_option_is_not_there(self, api: Client) -> None:
        """Nothing can be switched on that the operator switched off."""
        assert api.call("server.report_stats_option", {"enabled": True}) == {"supported": False}


def test_statistics(api: Client, system: str) -> None:
    """Counts of the company."""
    api.call("tasks.create", {"name": "one", "type": "training"})
    stats = api.call("server.get_stats", token=system)
    assert stats["server"]["users"]["count"] == 1
    assert stats["server"]["experiments"] == {}
    for started, took, iterations in ((0, 90, 10), (1, 31, None)):
        task = api.call("tasks.create", {"name": f"run {started}", "type": "training"})["id"]
        began = datetime(2026, 1, 1, tzinfo=UTC)
        given = {"started": began, "last_update": began + timedelta(seconds=took), "status": "completed"}
        changes = [Set(name, value) for name, value in given.items()]
        api.backend.documents.update(TASKS, Eq("id", task), *changes, *([Set("last_iteration", iterations)] if iterations else []))
    found = api.call("server.get_stats", token=system)["server"]["experiments"]
    assert found == {"count": 2, "avg_run_time_sec": 60, "avg_iterations": 5}
