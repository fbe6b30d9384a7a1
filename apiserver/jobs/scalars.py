"""Brings reported scalars into the form that is quick to read, where reports alone have not done so (docs/events.md)."""

from __future__ import annotations

from apiserver.stores.backend import Backend

BUDGET_S = 20.0
"""Less than the holder of the jobs may be silent."""


def pack_scalars(backend: Backend) -> str:
    """Goes on where it stopped. Says how many points were packed."""
    packed = backend.events.tidy(BUDGET_S)
    return f"{packed} points of scalars packed into blocks" if packed else ""
