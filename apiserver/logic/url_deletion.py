"""Files of what was deleted: their URLs wait in a collection until the job `files` removes them (spec 6 §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from posixpath import dirname
from urllib.parse import urlsplit, urlunsplit

from apiserver.calls.call import Call
from apiserver.domain.storage import storage_type
from apiserver.settings import Settings
from apiserver.stores.collections import URLS_TO_DELETE
from apiserver.stores.documents import DocumentStore
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Eq, Set, Unset


def enabled(settings: Settings) -> bool:
    """Whether the server deletes files itself; if not, clients do, from the URLs that answers give them."""
    return bool(settings.get("services.async_urls_delete.enabled", True))


def schedule(call: Call, owner: str, urls: Iterable[str], *, folders: bool = False) -> set[str]:
    """Put the URLs on the list, as files; with `folders`, those of the file server as the folders they lie in.

    owner: id of the task, model or project whose deletion caused it. Returns the URLs that are now taken care of; others belong to
    no known storage (or the server does not delete files at all).
    Source: spec 6 §2.2.
    """
    if not enabled(call.settings):
        return set()
    prefixes = call.settings.get("services.async_urls_delete.fileserver.url_prefixes", ["https://", "http://"])
    taken: set[str] = set()
    rows: dict[str, tuple[str, str]] = {}
    for url in urls:
        storage = storage_type(url, prefixes)
        if storage is None:
            continue
        taken.add(url)
        folder = _folder(url) if folders and storage == "fileserver" else None
        rows[folder or url] = (storage, "folder" if folder else "file")
    for url, (storage, kind) in rows.items():
        _put(call.documents, call.company, call.user, owner, url, storage, kind, call.now)
    return taken


def _folder(url: str) -> str | None:
    """The URL of the folder a file lies in; None for a file at the top."""
    parts = urlsplit(url)
    folder = dirname(parts.path)
    return urlunsplit((parts.scheme, parts.netloc, folder, "", "")) if folder.strip("/") else None


def _put(documents: DocumentStore, company: str, user: str, owner: str, url: str, storage: str, kind: str, now: datetime) -> None:
    """A new row, or the old one of the same URL made new."""
    fresh = {"user": user, "task": owner, "created": now, "storage_type": storage, "type": kind, "retry_count": 0, "status": "created"}
    again = (*(Set(k, v) for k, v in fresh.items()), Unset("last_failure_time"), Unset("last_failure_reason"))
    known = Eq("company", company) & Eq("url", url)
    if documents.update(URLS_TO_DELETE, known, *again).matched:
        return
    try:
        documents.insert(URLS_TO_DELETE, {"id": uuid.uuid4().hex, "company": company, "url": url, **fresh})
    except DuplicateKey:
        documents.update(URLS_TO_DELETE, known, *again)
