"""`/healthz` and `/readyz`: for balancers, without credentials, at the API's port and below /api."""

from __future__ import annotations

import logging

import pytest
from attrs import evolve

from apiserver.app import create_api
from apiserver.calls import health
from apiserver.stores.errors import Unavailable
from apiserver.testing.client import Client
from apiserver.testing.server import USER

UP = {"documents": "up", "events": "up", "state": "up", "statistics": "up"}


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_server_that_is_well(api: Client, prefix: str) -> None:
    alive, ready = (api.send(f"{prefix}/{path}", method="GET") for path in ("healthz", "readyz"))
    assert (alive.status, alive.body) == (200, {"status": "alive"})
    assert (ready.status, ready.body) == (200, {"status": "ready", "parts": UP})
    assert api.send(f"{prefix}/readyz", method="HEAD").status == 200
    assert ready.headers["Cache-Control"] == "no-store"


class Down:
    def __init__(self) -> None:
        self.asked = 0

    def ping(self) -> None:
        self.asked += 1
        raise Unavailable("secret-host:6379 cannot be reached")


def test_the_part_that_is_down_is_named(api: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 and which; why is in the log, not in an answer for everybody. Many probes ask once a second; the process stays alive."""
    state = Down()
    sick = Client(create_api(evolve(api.backend, state=state)), api.backend, *USER)
    with caplog.at_level(logging.WARNING):
        answers = [sick.send("/readyz", method="GET") for _ in range(20)]
    assert {answer.status for answer in answers} == {503}
    assert answers[0].body == {"status": "not ready", "parts": {**UP, "state": "down"}}
    assert answers[0].headers["Retry-After"]
    assert b"secret-host" not in answers[0].text
    assert "secret-host" in caplog.text
    assert state.asked == 1
    assert sick.send("/healthz", method="GET").status == 200
    monkeypatch.setattr(health, "KEPT_S", 0.0)
    state.ping = lambda: None  # type: ignore[method-assign]
    assert sick.send("/readyz", method="GET").status == 200
