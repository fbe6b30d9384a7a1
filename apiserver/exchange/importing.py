"""An archive into the stores. Source: spec 6 §9.3. Docs: docs/exchange.md.

The whole archive is read and checked before anything is written, so that one that is broken leaves nothing behind. What is written replaces
documents of the same ids, so that an import that was interrupted is simply done again.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from attrs import define, evolve, field, frozen

from apiserver import clock
from apiserver.calls import auth
from apiserver.domain import names
from apiserver.exchange import shapes, texts
from apiserver.exchange.archives import Archive, BadArchive
from apiserver.migrations.elastic.mending import Bad, event_of
from apiserver.stores.backend import Backend
from apiserver.stores.collections import AUTH_USERS, MODELS, PROJECTS, TASKS, USERS, Collection
from apiserver.stores.documents import Document
from apiserver.stores.errors import DuplicateKey, StoreError
from apiserver.stores.events import TYPES, Event
from apiserver.stores.filters import Eq, In, Ne, Set

PUBLIC = ""
EXAMPLE_USER, EXAMPLE_USER_NAME = "__allegroai__", "Allegro.ai"
"""Whose examples are when nobody else is named. NOTE: names of the format: files and databases of the reference hold them."""
EXAMPLE_PREFIX = "e-"
EXAMPLE_SPACE = uuid.UUID("bda3acc1-e612-506c-bade-80071b6cf039")
EVENTS_AT_ONCE = 1000
METADATA_BYTES = 32 * 1024 * 1024
LONGEST_ID = 100
Ids = Literal["keep", "new", "example", "private"]


@frozen
class Options:
    """company: where it goes; None: as the archive says, else public examples. user: whose it is. ids: None: as the archive says."""

    company: str | None = None
    user: str | None = None
    ids: Ids | None = None
    max_bytes: int = 64 * 1024**3


@frozen
class Imported:
    """What was written. company: empty for public examples. renamed: {project that was in the way: its new name}. bad_events: not taken."""

    company: str
    user: str
    projects: int
    models: int
    tasks: int
    events: int
    bad_events: int
    files: int
    renamed: Mapping[str, str] = field(factory=dict)


def import_(backend: Backend, file: Path, options: Options, *, files: Path | None = None) -> Imported:
    """Import an archive; with `files`, the file server's folder, also what `.artifacts` beside it holds.

    Raises: BadArchive, and nothing is written; StoreError.
    """
    beside = file.with_suffix(".artifacts")
    with Archive(file, options.max_bytes) as archive:
        found = _Import(backend, archive, options)
        found.check()
        if files is None or not beside.is_file():
            return found.write()
        with Archive(beside, options.max_bytes) as artifacts:
            artifacts.check_paths()
            for name in artifacts.names():
                for _ in artifacts.pieces(name):
                    pass
            artifacts.again()
            imported = found.write()
            return evolve(imported, files=artifacts.extract(files))


@define
class _Import:
    backend: Backend
    archive: Archive
    options: Options
    metadata: dict[str, Any] = field(factory=dict)
    people: dict[str, Any] = field(factory=dict)
    ids: dict[str, str] = field(factory=dict)
    bad_events: int = 0
    events: int = 0

    # Checking

    def check(self) -> None:
        """Read everything once. Raises: BadArchive."""
        members = set(self.archive.names())
        self.metadata = self._object(texts.METADATA) if texts.METADATA in members else {}
        self.people = self._object(texts.USERS) if texts.USERS in members else {}
        if not members & {texts.PROJECT_MEMBER, texts.TASK_MEMBER, texts.MODEL_MEMBER}:
            raise BadArchive(f"{self.archive.file} is no export: it holds neither projects nor tasks nor models")
        scheme = self._scheme()
        for member in (texts.PROJECT_MEMBER, texts.MODEL_MEMBER, texts.TASK_MEMBER):
            if member not in members:
                continue
            seen: set[str] = set()
            for document in self._documents(member, renamed=False):
                key = document["id"]
                if len(key) > LONGEST_ID:
                    raise BadArchive(f"{self.archive.file}: {member} has an id of more than {LONGEST_ID} characters")
                if key in seen:
                    raise BadArchive(f"{self.archive.file}: {member} has the id {key!r} twice")
                seen.add(key)
                _check_shape(self.archive.file, member, document)
                if (new := _new_id(scheme, key, document, member)) != key:
                    self.ids[key] = new
        for member in members:
            if texts.events_of(member) is not None:
                for text in self._elements(member):
                    self._guard(member, texts.parsed, text)
        self.archive.again()

    def _scheme(self) -> Ids:
        if self.options.ids is not None:
            return self.options.ids
        for name, scheme in _SCHEMES.items():
            if self.metadata.get(name):
                return scheme
        return "keep"

    def _object(self, member: str) -> dict[str, Any]:
        try:
            return texts.parsed(self.archive.read(member, METADATA_BYTES).decode())
        except (texts.BadText, UnicodeDecodeError) as error:
            raise BadArchive(f"{self.archive.file}: {member}: {error}") from error

    def _elements(self, member: str) -> Iterator[str]:
        for line in self.archive.lines(member):
            if text := self._guard(member, texts.element, line):
                yield text

    def _documents(self, member: str, *, renamed: bool = True) -> Iterator[Document]:
        for text in self._elements(member):
            yield self._guard(member, texts.document, texts.renamed(text, self.ids) if renamed else text)

    def _guard(self, member: str, read: Any, given: Any) -> Any:
        try:
            return read(given)
        except texts.BadText as error:
            raise BadArchive(f"{self.archive.file}: {member}: {error}") from error

    # Writing

    def write(self) -> Imported:
        company, user = self._company(), self._user_id()
        people = self._people(company)
        self._owner(company, user)
        members = set(self.archive.names())
        models = self._store(MODELS, texts.MODEL_MEMBER, members, company, user, people, shapes.model)
        projects, renamed = self._projects(members, company, user, people)
        tasks = self._tasks(members, company, user, people)
        self._forget(company)
        return Imported(company, user, projects, models, tasks, self.events, self.bad_events, 0, renamed)

    def _company(self) -> str:
        if self.options.company is not None:
            return self.options.company
        if "public" in self.metadata and not self.metadata["public"]:
            return auth.default_company(self.backend.settings)
        return PUBLIC

    def _user_id(self) -> str:
        return str(self.options.user or self.metadata.get("user_id") or EXAMPLE_USER)

    def _owner(self, company: str, user: str) -> None:
        if self.options.user is None and not self.backend.documents.count(USERS, Eq("id", user)):
            name = str(self.metadata.get("user_name") or (EXAMPLE_USER_NAME if user == EXAMPLE_USER else user))
            self._insert(USERS, {"id": user, "company": company, "name": name, "created": clock.now()})

    def _people(self, company: str) -> dict[str, str]:
        """{id in the archive: id here} of the users of the archive; those that are not known are made, without key pairs."""
        found: dict[str, str] = {}
        rows = {one.get("_id"): one for one in self.people.get("backend") or [] if isinstance(one, dict)}
        for one in self.people.get("auth") or []:
            if not isinstance(one, dict) or not isinstance(key := one.get("_id"), str):
                continue
            email = one.get("email")
            known = self.backend.documents.find(AUTH_USERS, Eq("email", email)) if isinstance(email, str) else None
            if known is not None:
                found[key] = known["id"]
                continue
            found[key] = key
            self._new_person(key, one, rows.get(key) or {}, company or auth.default_company(self.backend.settings))
        return found

    def _new_person(self, key: str, account: Mapping[str, Any], person: Mapping[str, Any], company: str) -> None:
        name = str(account.get("name") or key)
        common: Document = {"id": key, "company": company, "created": clock.now()}
        email = {"email": account["email"]} if isinstance(account.get("email"), str) else {}
        self._insert(AUTH_USERS, {**common, "name": name, "role": "user", "credentials": [], **email})
        known = {one: person[one] for one in ("given_name", "family_name", "avatar") if isinstance(person.get(one), str)}
        self._insert(USERS, {**common, "name": str(person.get("name") or name), **known})

    def _insert(self, collection: Collection, document: Document) -> None:
        """An id that is known is not made again."""
        try:
            self.backend.documents.insert(collection, document)
        except DuplicateKey:
            return

    def _of_company(self, document: Document, company: str, user: str, people: Mapping[str, str]) -> Document:
        document.pop("company_origin", None)
        document["company"] = company
        document["user"] = people.get(str(document.get("user") or ""), user)
        return document

    def _store(
        self, collection: Collection, member: str, members: set[str], company: str, user: str, people: Mapping[str, str], shaped: Any
    ) -> int:
        count = 0
        for document in self._documents(member) if member in members else ():
            self.backend.documents.replace(collection, shaped(self._of_company(document, company, user, people)))
            count += 1
        return count

    def _projects(self, members: set[str], company: str, user: str, people: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        renamed: dict[str, str] = {}
        count = 0
        for document in self._documents(texts.PROJECT_MEMBER) if texts.PROJECT_MEMBER in members else ():
            count += 1
            project = shapes.project(self._of_company(document, company, user, people))
            if given := self.metadata.get("project_name"):
                project["name"] = str(given) if count == 1 else f"{given} {count}"
                project["basename"] = names.basename(project["name"])
            for name in ("logo_url", "logo_blob"):
                if self.metadata.get(name):
                    project[name] = self.metadata[name]
            self._make_way(project, company, renamed)
            self.backend.documents.replace(PROJECTS, project)
        return count, renamed

    def _make_way(self, project: Document, company: str, renamed: dict[str, str]) -> None:
        """Another project of the name, and all below it, get another one."""
        documents = self.backend.documents
        name = str(project["name"])
        other = documents.find(PROJECTS, Eq("company", company) & Eq("name", name) & Ne("id", project["id"]))
        if other is None:
            return
        new = f"{name}_{clock.now():%Y-%m-%d_%H-%M-%S}"
        renamed[name] = new
        for one in [other, *documents.list(PROJECTS, Eq("company", company) & In("path", [other["id"]]))]:
            changed = new + str(one["name"])[len(name) :]
            documents.update(PROJECTS, Eq("id", one["id"]), Set("name", changed), Set("basename", names.basename(changed)))

    def _tasks(self, members: set[str], company: str, user: str, people: Mapping[str, str]) -> int:
        if texts.TASK_MEMBER not in members:
            return 0
        origin = {new: old for old, new in self.ids.items()}
        order: list[tuple[float, str]] = []
        for document in self._documents(texts.TASK_MEMBER):
            task = shapes.task(self._of_company(document, company, user, people))
            self.backend.documents.replace(TASKS, task)
            at = task.get("last_update")
            order.append((at.timestamp() if isinstance(at, datetime) else 0.0, task["id"]))
        for _, key in sorted(order):
            self.backend.events.delete(company, [key])
            member = texts.events_member(origin.get(key, key))
            if member in members:
                self._events(member, key, company)
        return len(order)

    def _events(self, member: str, task: str, company: str) -> None:
        chunk: list[Event] = []
        for text in self._elements(member):
            event = self._guard(member, texts.parsed, text)
            event["task"] = task
            if "company_id" in event:
                event["company_id"] = company
            try:
                if event.get("type") not in TYPES:
                    raise Bad("no type")
                chunk.append(event_of(event, event["type"]))
            except Bad:
                self.bad_events += 1
                continue
            if len(chunk) == EVENTS_AT_ONCE:
                self._add(company, chunk)
                chunk = []
        if chunk:
            self._add(company, chunk)

    def _add(self, company: str, chunk: Sequence[Event]) -> None:
        self.backend.events.add(company, chunk)
        self.events += len(chunk)

    def _forget(self, company: str) -> None:
        """The lists of tags that servers keep."""
        try:
            self.backend.state.delete(*self.backend.state.keys(f"tag_names/{company}/"))
        except StoreError:
            return


_SCHEMES: dict[str, Ids] = {"new_ids": "new", "example_ids": "example", "private_ids": "private"}


def _new_id(scheme: Ids, key: str, document: Mapping[str, Any], member: str) -> str:
    is_project = member == texts.PROJECT_MEMBER
    if scheme == "new":
        return uuid.uuid4().hex
    if scheme == "example":
        if is_project:
            return uuid.uuid5(EXAMPLE_SPACE, str(document.get("name") or key)).hex
        return key if key.startswith(EXAMPLE_PREFIX) else EXAMPLE_PREFIX + key
    if scheme == "private":
        return uuid.uuid4().hex if is_project else key.removeprefix(EXAMPLE_PREFIX)
    return key


_OBJECTS = ("execution", "output", "hyperparams", "configuration", "container", "script", "runtime", "labels", "design", "last_metrics")
_TEXTS = ("project", "parent", "status", "type", "comment", "uri", "framework", "report", "basename", "description")
_LISTS = ("tags", "system_tags", "path", "unique_metrics")


def _check_shape(file: Path, member: str, document: Mapping[str, Any]) -> None:
    """What every server relies on in a document. Raises: BadArchive."""

    def bad(name: str, what: str) -> BadArchive:
        return BadArchive(f"{file}: {member}: {name} of {document['id']} is {what}")

    if not isinstance(document.get("name"), str) or not document["name"]:
        raise bad("the name", "no text")
    for name in _OBJECTS:
        if document.get(name) is not None and not isinstance(document[name], dict):
            raise bad(name, "no object")
    for name in _TEXTS:
        if document.get(name) is not None and not isinstance(document[name], str):
            raise bad(name, "no text")
    for name in _LISTS:
        found = document.get(name)
        if found is not None and not (isinstance(found, list) and all(isinstance(one, str) for one in found)):
            raise bad(name, "no list of texts")
    for name in ("created", "started", "completed", "last_update", "status_changed", "published"):
        if document.get(name) is not None and not isinstance(document[name], datetime):
            raise bad(name, "no date")
    try:
        json.dumps(document, default=str).encode()
    except (ValueError, RecursionError) as error:
        raise bad("the content", f"not to be stored: {error}") from error
