"""The status machine is the table of the contract, force skips it, and the other rules of `domain/task_status.py` hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apiserver.domain import task_status
from apiserver.domain.task_status import STATUSES, active_duration, allowed, editable, returns_to, stops_at_once

NOW = datetime(2024, 5, 1, tzinfo=UTC)
TABLE = """
created     = yes yes - - - - - -
queued      yes = yes yes - - - - -
in_progress yes - = yes - yes yes - -
stopped     yes yes yes = yes yes yes yes yes
closed      yes - - yes = yes - yes yes
failed      yes yes - yes - = - - yes
completed   yes - yes - - - = - yes
publishing  - - - - - - - = yes
published   - - - - - - - - =
"""
COLUMNS = ("created", "queued", "in_progress", "stopped", "closed", "failed", "completed", "publishing", "published")
CELLS = [(row.split()[0], new, cell) for row in TABLE.strip().splitlines() for new, cell in zip(COLUMNS, row.split()[1:], strict=True)]


@pytest.mark.parametrize(("current", "new", "cell"), CELLS)
def test_table(current: str, new: str, cell: str) -> None:
    """Each cell of the table of transitions is as documented."""
    assert allowed(current, new) == (cell != "-")
    assert allowed(current, new, strict=True) == (cell == "yes")
    assert allowed(current, new, force=True)


@pytest.mark.parametrize("new", STATUSES)
def test_status_without_row(new: str) -> None:
    """A status that is in no row leads nowhere without force, and with force everywhere."""
    for odd in ("unknown", "banana", ""):
        assert allowed(odd, new) == (odd == new)
        assert allowed(odd, new, force=True)


def test_editable() -> None:
    """Force opens queued and running tasks to piecewise edits, never finished ones."""
    assert [s for s in STATUSES if editable(s)] == ["created"]
    assert [s for s in STATUSES if editable(s, force=True)] == ["created", "queued", "in_progress"]


@pytest.mark.parametrize(
    ("status", "tags", "worker", "age_s", "expected"),
    [
        ("in_progress", [], "w", 10, False),
        ("in_progress", [], "w", 600, True),
        ("in_progress", [], None, 10, True),
        ("in_progress", ["development"], "w", 10, True),
        ("queued", [], "w", 10, True),
        ("completed", [], "w", 10, False),
    ],
)
def test_stops_at_once(status: str, tags: list[str], worker: str | None, age_s: int, expected: bool) -> None:
    """A task with a live worker is asked to stop; any other is stopped at once."""
    assert stops_at_once(status, tags, worker, NOW - timedelta(seconds=age_s), now=NOW, timeout_s=600) is expected


def test_stops_at_once_without_update() -> None:
    """A task that never changed has no live worker."""
    assert stops_at_once("in_progress", [], "w", None, now=NOW, timeout_s=600)


def test_active_duration() -> None:
    """Only a running task that has a start gets whole seconds."""
    start = NOW - timedelta(seconds=90, milliseconds=900)
    assert active_duration("in_progress", start, NOW) == 90
    assert active_duration("in_progress", None, NOW) is None
    assert active_duration("stopped", start, NOW) is None


def test_returns_to() -> None:
    """Archiving stops a running task and sends a waiting one back."""
    assert returns_to("in_progress", "created") == "stopped"
    assert returns_to("queued", "failed") == "failed"
    assert returns_to("queued", None) == task_status.CREATED
