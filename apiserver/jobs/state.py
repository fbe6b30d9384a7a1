"""Removes what has expired from the state store, where the engine does not do so by itself."""

from __future__ import annotations

from apiserver.stores.backend import Backend


def sweep(backend: Backend) -> str:
    """Says how much went."""
    gone = backend.state.sweep()
    return f"{gone} expired entries removed" if gone else ""
