"""What was acknowledged is found, whichever process asks, and no write pays for a refresh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apiserver.stores.elastic.client import Elastic
from apiserver.stores.elastic.events import ElasticEventStore
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.events import LOG, Entity, Selection
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.testing.events import COMPANY, event, of, scalars

Server = tuple[Elastic, Layout]


@pytest.fixture
def refreshes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The refreshes that are asked for."""
    seen: list[str] = []
    ask = Elastic.ask

    def listening(self: Elastic, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if path.endswith("_refresh"):
            seen.append(path)
        return ask(self, method, path, *rest, **more)

    monkeypatch.setattr(Elastic, "ask", listening)
    return seen


def _processes(server: Server, state: SqliteStateStore) -> tuple[ElasticEventStore, ElasticEventStore]:
    """Two stores that share nothing but the servers, as two processes do."""
    one, two = (ElasticEventStore(server[0], state, layout=server[1]) for _ in range(2))
    # NOTE: indices would be refreshed by themselves once a second.
    server[0].ask("PUT", f"/{server[1].prefix}events-*/_settings", {"index": {"refresh_interval": "-1"}})
    return one, two


def _made(server: Server, state: SqliteStateStore) -> None:
    ElasticEventStore(server[0], state, layout=server[1]).add(COMPANY, [event(task="first"), event(LOG, task="first")])


def test_another_process_sees_what_was_acknowledged(server: Server, state: SqliteStateStore) -> None:
    """At once, again and again, without the server's own refreshes."""
    _made(server, state)
    one, two = _processes(server, state)
    for number in range(1, 6):
        one.add(COMPANY, scalars(number))
        assert two.count(of()) == number
        two.add(COMPANY, [event(LOG, msg=str(number))])
        assert (one.count(of(LOG)), one.count(of())) == (number, number)
    assert two.delete(COMPANY, ["task"]) == 10
    assert (one.count(of()), one.count(of(LOG))) == (0, 0)


def test_refreshes_come_with_the_first_read_only(server: Server, state: SqliteStateStore, refreshes: list[str]) -> None:
    """None for writes, one for many reads, and none for tasks that report nothing."""
    _made(server, state)
    one, two = _processes(server, state)
    for number in range(10):
        one.add(COMPANY, [event(iter=number)])
    assert refreshes == []
    for _ in range(3):
        assert one.count(of()) == 10
    assert len(refreshes) == 1
    quiet = Selection((Entity(COMPANY, "quiet"),), ("plot",))
    two.count(quiet)
    seen = len(refreshes)
    for number in range(3):
        one.add(COMPANY, [event("plot", iter=number)])
        two.count(quiet)
    assert len(refreshes) == seen


def test_marks_that_are_lost_do_no_harm(server: Server, state: SqliteStateStore, tmp_path: Path) -> None:
    """The state store may be flushed at any time."""
    _made(server, state)
    one, two = _processes(server, state)
    one.add(COMPANY, [event(iter=1)])
    assert two.count(of()) == 1
    for number in range(2, 5):
        one.add(COMPANY, [event(iter=number)])
        state.delete(*state.keys("events_written"))
        assert two.count(of()) == number
