"""The migrations of the databases on MongoDB: those of the reference server, recorded as it records them. Source: spec 6 §3.

The steps are in `migrations/mongo/`. One that failed ends the run: nothing after it is tried, and no server works on such data.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import Any

from attrs import evolve

from apiserver import clock
from apiserver.stores import migrations
from apiserver.stores.errors import Refused, StoreError, Unavailable
from apiserver.stores.migrations import MigrationFailed, Migrations, NotMigrated, Progress, Status, Step, Tell
from apiserver.stores.mongo.connection import Connections, Options, Place, translated

log = logging.getLogger(__name__)

FOLDER = "mongo"
_SIGNS_OF_LIFE = {"backend": ("company", "user", "versions", "task", "project", "model"), "auth": ("user",)}
"""Databases with a document in one of these are not new. NOTE: the reference looks at collections (spec 6 §3.1); those that a start
which was cut off left with their indexes alone are new, too."""
_NUMBER = re.compile(r"\d+(\.\d+)*", re.ASCII)
Version = tuple[int, ...]


class MongoMigrations(Migrations):
    """Of both databases together. Opens connections at first use."""

    store, engine = "documents", "mongo"

    def __init__(
        self, places: Mapping[str, Place], options: Options | None = None, *, renamed_users: Mapping[str, str] | None = None
    ) -> None:
        """renamed_users: {old id of a fixed user: today's}, see 0003."""
        self._places = places
        self._connections = Connections(places, options or Options())
        # NOTE: one update of a million documents takes its time, which is no reason to give up.
        self._patient = Connections(places, evolve(self._connections.options, timeout_s=0))
        self._renamed_users = renamed_users or {}

    def status(self, *, count: bool = False) -> Status:
        self._connections.check()
        with translated():
            found, empty = self._version(), self._empty()
            steps = [self._step(step, found, empty, count) for step in _steps()]
        notes = []
        if empty:
            notes.append("the databases are new: there is nothing to change, and they begin with today's shape")
        elif found > _number(_steps()[-1].VERSION):
            notes.append(f"the data was migrated by a newer release ({_text(found)}), of whose shapes this one may know nothing")
        return Status(self.store, self.engine, self._places["backend"].shown, _text(found), steps, notes)

    def _step(self, step: ModuleType, found: Version, empty: bool, count: bool) -> Step:
        done = empty or _number(step.VERSION) <= found
        return Step(step.VERSION, step.WHAT, done, int(step.left(self._databases())) if count and not done else None)

    def refuse_old(self) -> None:
        """Raises: NotMigrated, when something is pending."""
        status = self.status()
        for note in status.notes if status.version else ():
            log.warning("%s", note)
        if status.pending:
            raise NotMigrated(
                f"MongoDB at {status.where} holds the data of an older release ({status.version or 'before 0.12.1'}), and nothing works on"
                f" it before it is migrated: make a backup, look at `trackyard migrate status`, then `trackyard migrate run` "
                f"({len(status.pending)} steps), or set stores.migrate_at_start"
            )

    def run(self, tell: Tell) -> None:
        self._connections.check()
        with translated():
            if self._empty():
                return
            found = self._version()
        for step in _steps():
            if _number(step.VERSION) > found:
                try:
                    with translated():
                        self._run(step, tell)
                except (MigrationFailed, Unavailable):
                    raise
                except StoreError as error:
                    raise MigrationFailed(f"migration {step.VERSION}: a change was refused: {error}") from error

    def _run(self, step: ModuleType, tell: Tell) -> None:
        databases = self._databases()
        log.info("migration %s: %s", step.VERSION, step.WHAT)
        walk = migrations.module(f"{FOLDER}.changing").Walk(partial(_tell, tell, step.VERSION))
        try:
            step.run(databases, walk)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            log.exception("migration %s", step.VERSION)
            raise MigrationFailed(f"migration {step.VERSION} met a document that it cannot read ({error!r}); nothing was lost") from error
        if getattr(step, "LASTING", False) and (left := step.left(databases)):
            raise MigrationFailed(
                f"migration {step.VERSION} left {left} documents as they were: is another server working on these databases? "
                "Stop it, and run this again"
            )
        # NOTE: after both databases are done, as the reference does: a step that was killed runs again.
        record = {"_id": uuid.uuid4().hex, "num": step.VERSION, "created": clock.now(), "desc": "Applied on server startup"}
        databases.backend["versions"].insert_one(record)

    def verify(self) -> list[str]:
        self._connections.check()
        with translated():
            if self._empty():
                return []
            found, databases = self._version(), self._databases()
            problems = [f"migration {step.VERSION} is pending" for step in _steps() if _number(step.VERSION) > found]
            for step in _steps():
                if _number(step.VERSION) <= found and getattr(step, "LASTING", False) and (left := step.left(databases)):
                    problems.append(f"{left} documents have the shape from before {step.VERSION}: {step.WHAT}")
            return problems + [_line(name, row) for name in ("project", "queue") for row in _same_names(databases.backend[name])]

    def close(self) -> None:
        self._connections.close()
        self._patient.close()

    def _databases(self) -> Any:
        kind = migrations.module(f"{FOLDER}.changing").Databases
        return kind(self._patient.database("backend"), self._patient.database("auth"), self._renamed_users)

    def _empty(self) -> bool:
        """Whether nobody has used the databases yet."""
        databases = ((self._connections.database(name), collections) for name, collections in _SIGNS_OF_LIFE.items())
        return all(database[name].find_one({}, {"_id": 1}) is None for database, collections in databases for name in collections)

    def _version(self) -> Version:
        """The newest that is recorded. Raises: Refused for what is no version."""
        found: Version = ()
        for row in self._connections.database("backend")["versions"].find({}, {"num": 1}):
            if not isinstance(number := row.get("num"), str) or not _NUMBER.fullmatch(number):
                raise Refused(f"MongoDB at {self._places['backend'].shown}: versions.num of {row['_id']!r} is no version: {number!r}")
            found = max(found, _number(number))
        return found


def _steps() -> list[ModuleType]:
    return migrations.numbered(FOLDER)


def _number(text: str) -> Version:
    """For comparing: 0.16.10 is newer than 0.16.9, and 1.0 is 1.0.0."""
    parts = [int(part) for part in text.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _text(version: Version) -> str:
    return ".".join(str(part) for part in (*version, 0, 0)[: max(3, len(version))]) if version else ""


def _tell(tell: Tell, number: str, done: int, total: int) -> None:
    tell(Progress(MongoMigrations.store, number, done, total))


def _same_names(collection: Any) -> list[dict[str, Any]]:
    """Documents that are equal in what has to be unique: the reference's own migration could leave them (spec 6 §3.3, the trap)."""
    stages: list[dict[str, Any]] = [
        {"$group": {"_id": {"name": "$name", "company": "$company"}, "ids": {"$push": "$_id"}}},
        {"$match": {"ids.1": {"$exists": True}}},
        {"$limit": 100},
    ]
    return list(collection.aggregate(stages, allowDiskUse=True))


def _line(name: str, row: Mapping[str, Any]) -> str:
    return f"{name}s {', '.join(map(str, row['ids']))} have the same name, {row['_id'].get('name')!r}: rename all but one"
