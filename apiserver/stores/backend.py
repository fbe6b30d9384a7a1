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
class Unmigrated:
    """Why no store may be used: the data has the shape of an older release. Source: spec 6 §4.4.

    text: one line for operators; missed_es_upgrade, es_connection_error: what clients are told.
    """

    text: str
    missed_es_upgrade: bool = False
    es_connection_error: bool = False


@frozen
class Backend:
    """Made before the worker processes fork; connections open at first use. unmigrated: set where every use of a store fails."""

    documents: DocumentStore
    events: EventStore
    state: StateStore
    settings: Settings
    statistics: StatisticsStore
    unmigrated: Unmigrated | None = None

    def close(self) -> None:
        """Let go of all connections; the stores may be used again afterwards."""
        for store in (self.documents, self.events, self.state, self.statistics):
            store.close()
