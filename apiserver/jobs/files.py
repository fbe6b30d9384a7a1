"""The job `files`: asks the file server to delete the files of what was deleted. Source: spec 6 §2.3.

Only files on the file server; rows of cloud storages wait until this server can delete there.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from apiserver import clock
from apiserver.calls import auth, tokens
from apiserver.calls.call import Identity
from apiserver.domain.storage import fileserver_path
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import URLS_TO_DELETE
from apiserver.stores.documents import Document
from apiserver.stores.filters import Eq, Exists, Filter, In, Inc, Ne, Order, Range, Set

log = logging.getLogger(__name__)

CHUNK = 10_000
"""Files of one request."""

USER = "__apiserver__"
_CREATED, _FAILED = "created", "failed"


class Unreachable(Exception):
    """The file server did not answer as it should. The text says what happened."""


def delete_files(backend: Backend) -> str:
    """Work off what is due; says how much there was, or nothing when there was nothing."""
    if not backend.settings.get("services.async_urls_delete.enabled", True):
        return ""
    deleted = failed = 0
    done: set[str] = set()
    while rows := [row for row in _due(backend, clock.now()) if row["id"] not in done]:
        done.update(row["id"] for row in rows)
        gone, left = _delete(backend, rows)
        deleted += gone
        failed += left
    return f"deleted {deleted} files, {failed} not yet" if deleted or failed else ""


def _due(backend: Backend, now: datetime) -> list[Document]:
    """Rows of the file server whose next attempt may be made, those with the fewest attempts first."""
    settings = backend.settings
    waited = now - timedelta(seconds=settings.get("services.async_urls_delete.retry_timeout_sec", 60))
    where: Filter = (
        Ne("status", _FAILED)
        & Eq("storage_type", "fileserver")
        & Range("retry_count", lt=_max_retries(settings))
        & (Exists("last_failure_time", present=False) | Range("last_failure_time", lt=waited))
    )
    return backend.documents.list(URLS_TO_DELETE, where, order=[Order("retry_count"), Order("url")], limit=CHUNK)


def _max_retries(settings: Settings) -> int:
    return int(settings.get("services.async_urls_delete.max_retries", 3))


def _delete(backend: Backend, rows: Sequence[Document]) -> tuple[int, int]:
    """Ask for all of them at once; (deleted, not deleted)."""
    prefixes = backend.settings.get("services.async_urls_delete.fileserver.url_prefixes", ["https://", "http://"])
    paths: dict[str, Document] = {}
    for row in rows:
        path = fileserver_path(row["url"], prefixes)
        if path is None:
            _give_up(backend, row, "the URL is not one of the file server's (services.async_urls_delete.fileserver.url_prefixes)")
        else:
            paths[path] = row
    if not paths:
        return 0, len(rows)
    try:
        answer = _ask(backend.settings, list(paths))
    except Unreachable as error:
        log.warning("cannot delete %d files: %s", len(paths), error)
        _fail(backend, [row["id"] for row in paths.values()], str(error))
        return 0, len(rows)
    gone = [row["id"] for path, row in paths.items() if path in answer.get("deleted", {})]
    backend.documents.delete(URLS_TO_DELETE, In("id", gone))
    reasons = {path: reason for reason, failed in answer.get("errors", {}).items() for path in failed}
    for path, row in paths.items():
        if path not in answer.get("deleted", {}):
            _fail(backend, [row["id"]], reasons.get(path, "Not succeeded"))
    return len(gone), len(rows) - len(gone)


def _ask(settings: Settings, paths: list[str]) -> Mapping[str, Any]:
    """What the file server's `delete_many` answers. Raises: Unreachable."""
    host = str(settings.get("hosts.fileserver") or f"http://127.0.0.1:{settings.get('serve.files_port', 8081)}").rstrip("/")
    life_s = settings.get("services.async_urls_delete.fileserver.token_expiration_sec", 600)
    token = tokens.issue(settings, Identity(USER, auth.default_company(settings), auth.SYSTEM), expiration_s=life_s)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{host}/delete_many", json.dumps({"files": paths}).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=settings.get("services.async_urls_delete.fileserver.timeout_sec", 300)) as answer:
            found: Mapping[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise Unreachable(f"{host} answered {error.code}") from error
    except (OSError, ValueError) as error:
        raise Unreachable(f"{host}: {error}") from error


def _fail(backend: Backend, ids: Sequence[str], reason: str) -> None:
    """Note a failed attempt; after the last one the row stays as `failed`, for the operator to see."""
    where = In("id", ids)
    noted = (Set("last_failure_time", clock.now()), Set("last_failure_reason", reason), Inc("retry_count"))
    backend.documents.update_many(URLS_TO_DELETE, where, *noted)
    used_up = where & Range("retry_count", gte=_max_retries(backend.settings))
    backend.documents.update_many(URLS_TO_DELETE, used_up, Set("status", _FAILED))


def _give_up(backend: Backend, row: Document, reason: str) -> None:
    changes = (Set("status", _FAILED), Set("last_failure_time", clock.now()), Set("last_failure_reason", reason))
    backend.documents.update(URLS_TO_DELETE, Eq("id", row["id"]), *changes)
