"""From what an operator names to source, target and checkpoints."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from apiserver.settings import Settings
from apiserver.stores import registry
from apiserver.stores.elastic import opening
from apiserver.stores.elastic.client import Elastic, Options
from apiserver.stores.elastic.layout import Layout

from .source import SourceError
from .targets import AUTO, ElasticTarget, StoreTarget, Target


def target_of(settings: Settings, folder: Path, *, url: str | None = None, ca_certs: str | None = None, routing: str = AUTO) -> Target:
    """An Elasticsearch by its address; else where the configuration has events. Raises: SourceError, StoreError with one clear line."""
    if url is not None:
        return ElasticTarget(_cluster(url, ca_certs), opening.layout(settings), routing)
    if registry.chosen(settings)["events"] == "elastic":
        return ElasticTarget(opening.cluster(settings, "events"), opening.layout(settings), routing)
    if not folder.is_dir():
        raise SourceError(f"{folder}: there is no such data folder; `trackyard serve --data {folder}` makes one")
    from apiserver.stores.sqlite.events import SqliteEventStore

    file = (folder / "events.db").resolve()
    return StoreTarget(SqliteEventStore(file), f"sqlite {file}", folder)


def configured_cluster(settings: Settings) -> tuple[Elastic, Layout]:
    """Where the configuration has events. Raises: SourceError when that is no Elasticsearch, StoreError."""
    if registry.chosen(settings)["events"] != "elastic":
        raise SourceError("events are not in Elasticsearch: stores.events and stores.engine say so")
    return opening.cluster(settings, "events"), opening.layout(settings)


def work_folder(folder: Path, source: str, target: str | None) -> Path:
    """Where the checkpoints of a migration are when nobody names a place: one folder for each pair of addresses."""
    told = hashlib.md5(f"{_bare(source)} {_bare(target or '')}".encode(), usedforsecurity=False).hexdigest()[:8]
    return folder / "migrations" / f"elastic-{told}"


def _bare(url: str) -> str:
    return url.rpartition("@")[2].removeprefix("http://").removeprefix("https://").rstrip("/")


def _cluster(url: str, ca_certs: str | None) -> Elastic:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{_bare(url)} is no address of an Elasticsearch; http://host:9200 is one")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    options = Options(
        hosts=[f"{parts.scheme}://{host}:{parts.port or 9200}{parts.path.rstrip('/')}"],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        client={"ca_certs": ca_certs} if ca_certs else {},
    )
    return Elastic(options)
