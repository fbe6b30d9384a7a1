"""Projects out of the stores into an archive. Source: spec 6 §9.2. Docs: docs/exchange.md."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import define, field, frozen

from apiserver import clock
from apiserver.domain import names
from apiserver.exchange import texts
from apiserver.stores.backend import Backend
from apiserver.stores.collections import AUTH_USERS, MODELS, PROJECTS, TASKS, USERS, Collection
from apiserver.stores.documents import Document
from apiserver.stores.events import TYPES, Entity, Event, Selection
from apiserver.stores.filters import EVERYTHING, Eq, Filter, In, NotIn, Order

ARCHIVED = "archived"
EXPORTED = "Exported:"
FILES_PORT = 8081
PAGE = 1000


class NotExported(Exception):
    """Nothing was written; one line says why."""


@frozen
class Wanted:
    """What to export. projects, tasks: ids or names; neither: every project. statuses: of tasks; empty: all of them.

    metadata: what is written as metadata.json, none when empty. translate: {beginning of a url: what it becomes}. mark: put a tag with the
    time on what is exported.
    """

    projects: Sequence[str] = ()
    tasks: Sequence[str] = ()
    statuses: Sequence[str] = ("published",)
    events: bool = True
    users: bool = False
    mark: bool = False
    metadata: Mapping[str, Any] = field(factory=dict)
    translate: Mapping[str, str] = field(factory=dict)


@frozen
class Exported:
    """What was written. missing: urls of the file server whose files are not in its folder."""

    file: Path
    projects: int
    models: int
    tasks: int
    events: int
    artifacts: Path | None = None
    files: int = 0
    missing: Sequence[str] = ()


def export(backend: Backend, wanted: Wanted, company: str, target: Path, *, files: Path | None = None) -> Exported:
    """Write `<stem>_<md5>.zip` beside where `target` names the stem; with `files`, the file server's folder, `.artifacts` too.

    Both appear when they are whole. Raises: NotExported.
    """
    return _Export(backend, wanted, company).write(target, files)


@define
class _Writer:
    """An archive that is being written; the sum is of the members' bytes in their order."""

    zip: zipfile.ZipFile
    sum: Any = field(factory=lambda: hashlib.md5(usedforsecurity=False))

    def member(self, name: str, parts: Iterable[bytes]) -> None:
        with self.zip.open(name, "w", force_zip64=True) as out:
            for part in parts:
                self.sum.update(part)
                out.write(part)


@define
class _Export:
    backend: Backend
    wanted: Wanted
    company: str
    events: int = 0
    urls: dict[str, None] = field(factory=dict)
    users: dict[str, None] = field(factory=dict)

    def write(self, target: Path, files: Path | None) -> Exported:
        projects, tasks, models = self._chosen()
        if not (projects or tasks):
            raise NotExported("there is nothing to export: no such project or task, or none with these statuses")
        self.users = dict.fromkeys(str(one["user"]) for one in (*projects, *tasks, *models) if one.get("user"))
        stem = target.name.removesuffix(".zip")
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=target.parent, prefix=".exporting-")
        try:
            with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
                writer = _Writer(archive)
                self._members(writer, projects, tasks, models)
            file = target.with_name(f"{stem}_{writer.sum.hexdigest()}.zip")
            count, missing = self._artifacts(file.with_suffix(".artifacts"), files) if files else (0, [])
            os.chmod(half, 0o644 if not self.wanted.users else 0o600)
            os.replace(half, file)
        except BaseException:
            if os.path.exists(half):
                os.unlink(half)
            raise
        self._write_map(target.with_name(f"{stem}.map"), file, (*projects, *models, *tasks))
        beside = file.with_suffix(".artifacts") if files and count else None
        return Exported(file, len(projects), len(models), len(tasks), self.events, beside, count, missing)

    # What

    def _chosen(self) -> tuple[list[Document], list[Document], list[Document]]:
        """(projects, tasks, models), each by name and id, so that parents come before children."""
        documents = self.backend.documents
        own = Eq("company", self.company)
        if self.wanted.projects or not self.wanted.tasks:
            roots = self._named(PROJECTS, self.wanted.projects) if self.wanted.projects else documents.list(PROJECTS, own)
            ids = [one["id"] for one in roots]
            below = documents.list(PROJECTS, own & In("path", ids))
            projects = {one["id"]: one for one in (*roots, *below)}
            tasks = {one["id"]: one for one in documents.iterate(TASKS, own & In("project", list(projects)) & self._visible())}
        else:
            projects, tasks = {}, {}
        for task in self._named(TASKS, self.wanted.tasks) if self.wanted.tasks else ():
            tasks[task["id"]] = task
            if (project := task.get("project")) and project not in projects:
                projects |= {one["id"]: one for one in documents.list(PROJECTS, own & Eq("id", project))}
        used = [item["model"] for one in tasks.values() for item in _model_items(one) if isinstance(item.get("model"), str)]
        models = {one["id"]: one for one in documents.iterate(MODELS, own & (In("id", used) | In("task", list(tasks))))}
        return _sorted(projects), _sorted(tasks), _sorted(models)

    def _visible(self) -> Filter:
        found: Filter = NotIn("system_tags", [ARCHIVED])
        return found & In("status", list(self.wanted.statuses)) if self.wanted.statuses else found

    def _named(self, collection: Collection, wanted: Sequence[str]) -> list[Document]:
        found = self.backend.documents.list(
            collection, Eq("company", self.company) & (In("id", list(wanted)) | In("name", list(wanted))), order=[Order("name")]
        )
        known = {one["id"] for one in found} | {one.get("name") for one in found}
        if lost := [one for one in wanted if one not in known]:
            raise NotExported(f"there is no {collection.name} {lost[0]!r}")
        return found

    # Writing

    def _members(self, writer: _Writer, projects: list[Document], tasks: list[Document], models: list[Document]) -> None:
        if self.wanted.metadata:
            writer.member(texts.METADATA, [json.dumps(self.wanted.metadata, indent=2).encode()])
        if self.wanted.users:
            writer.member(texts.USERS, [json.dumps(self._users(), default=texts.extended).encode()])
        writer.member(texts.MODEL_MEMBER, texts.lines(texts.written(self._model(one)) for one in models))
        ids = {one["id"] for one in projects}
        places = {one["id"]: _place(one, ids) for one in projects}
        writer.member(texts.PROJECT_MEMBER, texts.lines(texts.written(self._project(one, places[one["id"]])) for one in projects))
        if self.wanted.events:
            for task in tasks:
                writer.member(texts.events_member(task["id"]), texts.lines(self._events(task)))
        writer.member(texts.TASK_MEMBER, texts.lines(texts.written(self._task(one)) for one in tasks))

    def _common(self, found: Document, collection: Collection) -> Document:
        """Without whose it was, and with the defaults that are not stored."""
        clean = {name: declared.default for name, declared in collection.fields.items() if declared.default not in (None, "")}
        clean |= {name: value for name, value in found.items() if name != "company_origin"}
        clean |= {"company": "", "user": found.get("user", "") if self.wanted.users else ""}
        clean.pop("last_changed_by", None)
        tags = [tag for tag in clean.get("tags") or [] if not str(tag).startswith(EXPORTED)]
        clean["tags"] = [*tags, f"{EXPORTED} {clock.now():%Y-%m-%d %H:%M:%S}"] if self.wanted.mark else tags
        return clean

    def _project(self, found: Document, place: Mapping[str, Any]) -> Document:
        return {**self._common(found, PROJECTS), **place}

    def _model(self, found: Document) -> Document:
        clean = self._common(found, MODELS)
        if isinstance(clean.get("uri"), str):
            clean["uri"] = self._url(clean["uri"])
        return clean

    def _task(self, found: Document) -> Document:
        clean = self._common(found, TASKS)
        clean |= {"status_message": "", "status_reason": ""}
        clean["output"] = {name: value for name, value in (clean.get("output") or {}).items() if name != "destination"}
        execution = dict(clean.get("execution") or {})
        execution["artifacts"] = {
            key: {**one, "uri": self._url(one["uri"])} if isinstance(one, dict) and isinstance(one.get("uri"), str) else one
            for key, one in (execution.get("artifacts") or {}).items()
        }
        clean["execution"] = execution
        return clean

    def _events(self, task: Document) -> Iterator[str]:
        entity = Entity(self.company, task["id"])
        for kind in TYPES:
            after: Sequence[Any] | None = None
            while True:
                page = self.backend.events.page(Selection((entity,), (kind,)), size=PAGE, after=after)
                for event in page.events:
                    self.events += 1
                    yield json.dumps(self._event(event), ensure_ascii=False)
                if page.next is None:
                    break
                after = page.next

    def _event(self, event: Event) -> Event:
        if isinstance(event.get("url"), str):
            event["url"] = self._url(event["url"])
        if isinstance(event.get("source_urls"), list):
            urls = [one for one in event["source_urls"] if isinstance(one, str)]
            event["source_urls"] = [self._url(one) for one in urls]
            if isinstance(event.get("plot_str"), str):
                for one in urls:
                    event["plot_str"] = event["plot_str"].replace(one, self._url(one))
        return event

    def _url(self, url: str) -> str:
        self.urls[url] = None
        for old, new in self.wanted.translate.items():
            if url.startswith(old):
                return new + url[len(old) :]
        return url

    def _users(self) -> dict[str, list[Any]]:
        """NOTE: without credentials: what seals them is not exported, and they would open the server they come from."""

        def rows(collection: Collection, where: Filter) -> list[Document]:
            found = self.backend.documents.list(collection, where & In("id", list(self.users)))
            return [{"_id": one.pop("id"), **{**one, **({"credentials": []} if "credentials" in one else {})}} for one in found]

        auth = rows(AUTH_USERS, In("role", ["admin", "user"]))
        known = {one["_id"] for one in auth}
        return {"auth": auth, "backend": [one for one in rows(USERS, EVERYTHING) if one["_id"] in known]}

    def _artifacts(self, target: Path, files: Path) -> tuple[int, list[str]]:
        """Files of the file server that the exported documents name, by their paths in it."""
        root = files.resolve()
        missing: list[str] = []
        count = 0
        handle, half = tempfile.mkstemp(dir=target.parent, prefix=".exporting-")
        try:
            with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
                for url in self.urls:
                    if not is_file_server(url):
                        continue
                    name = unquote(urlsplit(url).path).lstrip("/")
                    file = (root / name).resolve()
                    if not name or not file.is_relative_to(root) or not file.is_file():
                        missing.append(url)
                        continue
                    archive.write(file, name)
                    count += 1
            os.chmod(half, 0o644)
            if count:
                os.replace(half, target)
        finally:
            if os.path.exists(half):
                os.unlink(half)
        return count, missing

    def _write_map(self, target: Path, file: Path, entities: Iterable[Document]) -> None:
        """NOTE: bookkeeping that the reference writes beside an export; nothing here reads it."""
        updates = {one["id"]: at.isoformat() if (at := one.get("last_update")) else None for one in entities}
        told = hashlib.md5(json.dumps(dict(self.wanted.metadata)).encode(), usedforsecurity=False).hexdigest()
        target.write_text(json.dumps({"files": [file.name], "entities": updates, "metadata_hash": told}, indent=1))


def is_file_server(url: str) -> bool:
    """Whether a url is one of a file server (spec 6 §9.2)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and ((parts.hostname or "").startswith("files.") or port == FILES_PORT)


def _model_items(task: Document) -> Iterator[Mapping[str, Any]]:
    models = task.get("models") or {}
    for side in ("input", "output"):
        yield from (item for item in models.get(side) or [] if isinstance(item, Mapping))


def _sorted(found: Mapping[str, Document]) -> list[Document]:
    return sorted(found.values(), key=lambda one: (str(one.get("name") or ""), one["id"]))


def _place(project: Document, ids: set[str]) -> dict[str, Any]:
    """Name, parent and path without the parents that are not exported: it becomes a root."""
    path = [str(one) for one in project.get("path") or []]
    first = next((place for place, one in enumerate(path) if one in ids), len(path))
    pieces = str(project.get("name") or "").split(names.SEPARATOR)
    name = names.SEPARATOR.join(pieces[first:]) if len(pieces) > first else str(project.get("name"))
    place: dict[str, Any] = {"name": name, "basename": names.basename(name), "path": path[first:]}
    place["parent"] = project.get("parent") if project.get("parent") in ids else None
    return place
