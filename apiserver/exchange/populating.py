"""Examples of the configuration, imported at the very first start: `apiserver.pre_populate`. Source: spec 6 §9.1."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from apiserver.exchange.archives import BadArchive
from apiserver.exchange.importing import PUBLIC, Options, import_
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.collections import PROJECTS, SETTINGS, VERSIONS
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey, StoreError
from apiserver.stores.filters import Eq, Set

log = logging.getLogger(__name__)

MARK = "trackyard.pre_populate"
WANTED, DONE = "wanted", "done"
_LOCK_S = 120


class NotPopulated(Exception):
    """An archive is bad, and the configuration says that the start is to end then."""


def is_wanted(backend: Backend) -> bool:
    """Asked before the stores get their first documents: whether examples are configured, and are not there since the stores are empty.

    It stays so until `populate` has ended, however often servers are started and killed meanwhile.
    """
    if not backend.settings.get("apiserver.pre_populate.enabled"):
        return False
    if not backend.documents.count(VERSIONS):
        try:
            backend.documents.insert(SETTINGS, {"id": MARK, "value": WANTED})
        except DuplicateKey:
            log.debug("another server that starts has asked, too")
    return backend.documents.count(SETTINGS, Eq("id", MARK) & Eq("value", WANTED)) > 0


def populate(backend: Backend, files: Path) -> int:
    """Import all archives, by one of the servers that start; how many. files: where artifacts go unless the configuration says otherwise.

    Raises: NotPopulated.
    """
    with backend.state.lock(MARK, ttl_s=_LOCK_S, wait_s=_LOCK_S + 30) as got:
        if not got:
            log.info("another server imports the examples")
            return 0
        if not backend.documents.count(SETTINGS, Eq("id", MARK) & Eq("value", WANTED)):
            return 0
        count = _import_all(backend, files)
        backend.documents.update(SETTINGS, Eq("id", MARK), Set("value", DONE))
        return count


def _import_all(backend: Backend, files: Path) -> int:
    about = backend.settings.get("apiserver.pre_populate") or {}
    folder = Path(str(about.get("artifacts_path") or files))
    count = 0
    for file in _archives(about.get("zip_files")):
        try:
            import_(backend, file, Options(), files=folder)
            count += 1
        except (BadArchive, StoreError, OSError) as error:
            if about.get("fail_on_error"):
                raise NotPopulated(f"apiserver.pre_populate: {error}") from error
            log.warning("apiserver.pre_populate: %s", error)
    _feature(backend, backend.settings)
    return count


def _archives(named: Any) -> Iterator[Path]:
    for one in [named] if isinstance(named, str) else named or []:
        path = Path(str(one))
        if path.is_dir():
            yield from sorted(path.glob("*.zip"))
        elif path.is_file():
            yield path
        else:
            log.warning("apiserver.pre_populate.zip_files: %s is not there", path)


def _feature(backend: Backend, settings: Settings) -> None:
    """The order of public projects, where one is configured."""
    order = settings.get("services.projects.featured.order") or []
    if not order:
        return
    default = int(settings.get("services.projects.featured.public_default", 9999))
    for project in backend.documents.list(PROJECTS, Eq("company", PUBLIC), fields=["name"]):
        backend.documents.update(PROJECTS, Eq("id", project["id"]), Set("featured", _place(project, order, default)))


def _place(project: Document, order: Sequence[Mapping[str, Any]], default: int) -> int:
    name = str(project.get("name") or "")
    for place, one in enumerate(order):
        pattern = one.get("name_regex")
        if one.get("id") == project["id"] or one.get("name") == name or (pattern and re.match(str(pattern), name)):
            return place
    return default
