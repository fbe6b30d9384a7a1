"""Backend: the stores and the settings of one process; what handlers may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from apiserver.settings import Settings
    from apiserver.stores.documents import DocumentStore
    from apiserver.stores.events import EventStore
    from apiserver.stores.state import StateStore
    from apiserver.stores.statistics import StatisticsStore


@frozen
class Backend:
    """Made before the worker processes fork; connections open at first use."""

    documents: DocumentStore
    events: EventStore
    state: StateStore
    settings: Settings
    statistics: StatisticsStore

    def close(self) -> None:
        """Let go of all connections; the stores may be used again afterwards."""
        for store in (self.documents, self.events, self.state, self.statistics):
            store.close()
