"""The fixture `api`: a client of a fresh server in this process, on clean embedded stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apiserver.testing.client import Client
from apiserver.testing.server import SYSTEM, serving


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """Settings that a test module wants different: {dotted path: value}. Override the fixture."""
    return {}


@pytest.fixture
def api(tmp_path: Path, settings_overrides: dict[str, Any]) -> Iterator[Client]:
    """A signed-in client of an ordinary user."""
    with serving(tmp_path, settings_overrides) as client:
        yield client


@pytest.fixture
def system(api: Client) -> str:
    """A token of a user of role system."""
    return api.login(*SYSTEM)
