"""A source as an old server left it, on a real Elasticsearch 5.6."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.migrations.old_elastic import OldServer
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_5


@pytest.fixture(scope="module")
def old_address() -> str:
    return shared(ELASTIC_5)


@pytest.fixture
def old(old_address: str) -> Iterator[OldServer]:
    """With the templates of release 0.15, and nothing in it."""
    server = OldServer(old_address)
    server.put_templates()
    yield server
    server.drop()
