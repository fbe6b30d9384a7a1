"""Fixtures of what only the Elasticsearch engine has to show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apiserver.stores.elastic.client import Elastic
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.sqlite.state import SqliteStateStore
from apiserver.testing.elastic import place
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_7


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqliteStateStore]:
    """Where processes meet."""
    store = SqliteStateStore(tmp_path / "state.db")
    yield store
    store.close()


@pytest.fixture
def server() -> tuple[Elastic, Layout]:
    """This process's part of a running Elasticsearch 7, empty."""
    return place(shared(ELASTIC_7))
