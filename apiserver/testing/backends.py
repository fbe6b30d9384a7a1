"""Opening clean backends for tests: each a context manager that closes what it opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.registry import open_embedded


@contextmanager
def embedded(folder: Path, settings_overrides: Mapping[str, Any] | None = None) -> Iterator[Backend]:
    """SQLite files in the folder."""
    backend = open_embedded(folder, Settings.from_dict(settings_overrides or {}))
    try:
        yield backend
    finally:
        backend.close()
