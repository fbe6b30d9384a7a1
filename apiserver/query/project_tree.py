"""The tree of projects: descendants and ancestors. Reading only.

A project's `path` holds the ids of all projects above it, the top one first, its `parent` the last of them. Descendants are found by
`path`, never by name, and whatever their company (spec 2 §11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apiserver.stores.collections import PROJECTS
from apiserver.stores.documents import Document, DocumentStore
from apiserver.stores.filters import In


def descendants(documents: DocumentStore, ids: Iterable[str], *, fields: Sequence[str] | None = None) -> list[Document]:
    """All projects below any of these, at any depth, without themselves (unless one lies below another)."""
    wanted = list(dict.fromkeys(ids))
    return documents.list(PROJECTS, In("path", wanted), fields=fields) if wanted else []


def with_descendants(documents: DocumentStore, ids: Iterable[str]) -> list[str]:
    """The ids themselves, whether or not such projects exist, and those of all projects below them; each once."""
    wanted = list(dict.fromkeys(ids))
    return list(dict.fromkeys([*wanted, *(project["id"] for project in descendants(documents, wanted, fields=["id"]))]))


def widened(documents: DocumentStore, data: Mapping[str, Any]) -> dict[str, Any]:
    """A list request with `include_subprojects` carried out: `project` takes in all descendants (spec 2 §1.8)."""
    result = dict(data)
    if not result.pop("include_subprojects", False) or not (given := result.get("project")):
        return result
    items = [given] if isinstance(given, str) else given
    if isinstance(items, list) and all(item is None or isinstance(item, str) for item in items):
        below = with_descendants(documents, [item for item in items if item])
        result["project"] = [*items, *(key for key in below if key not in items)]
    return result
