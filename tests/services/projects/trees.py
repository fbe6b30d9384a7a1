"""What tests of the tree of projects share: the whole tree as stored, and whether it agrees with itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from apiserver.app import create_api
from apiserver.stores.collections import MODELS, PROJECT_CHANGES, PROJECTS, TASKS
from apiserver.stores.documents import DocumentStore
from apiserver.testing.client import Client

Row = Mapping[str, Any]


def over(api: Client, documents: DocumentStore) -> Client:
    """A client of a server on the same stores, but for the documents."""
    backend = attrs.evolve(api.backend, documents=documents)
    return Client(create_api(backend), backend, api.key, api.secret)


def check_tree(documents: DocumentStore) -> dict[str, tuple[str, tuple[str, ...]]]:
    """{id: (name, path)} of all projects, after checking that each agrees with the one above it, and that nothing is under way."""
    rows: dict[str, Row] = {row["id"]: row for row in documents.list(PROJECTS)}
    for row in rows.values():
        parent = rows[row["parent"]] if row.get("parent") else None
        above = [*(parent.get("path") or ()), parent["id"]] if parent else []
        assert (row.get("path") or []) == above, row["name"]
        assert row["name"] == (f"{parent['name']}/{row['basename']}" if parent else row["basename"]), row["name"]
    assert documents.list(PROJECT_CHANGES) == []
    return {key: (row["name"], tuple(row.get("path") or ())) for key, row in rows.items()}


def contents(documents: DocumentStore) -> dict[str, Any]:
    """{id: project} of all tasks and models, with what else refers to them."""
    tasks = {row["id"]: (row.get("project"), row.get("parent"), str(row["models"])) for row in documents.list(TASKS)}
    return tasks | {row["id"]: (row.get("project"), row.get("task")) for row in documents.list(MODELS)}
