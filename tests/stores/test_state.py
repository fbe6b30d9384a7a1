"""Every state engine keeps the contract."""

from __future__ import annotations

from apiserver.testing.state import StateStoreSuite


class TestStateStore(StateStoreSuite):
    """See the suite."""
