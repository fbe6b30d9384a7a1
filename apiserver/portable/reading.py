"""Reader: the records of one installation's stores, section by section, each in portions that can be begun at any time.

A section is a collection of documents, the events of one company and type, the statistics of one company and kind, or a set of the state
store that is worth keeping. The order in which sections are read is a promise: docs/backup.md, "What a backup is of".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from attrs import define, field, frozen

from apiserver import clock
from apiserver.calls.tokens import REVOKED
from apiserver.portable.encoding import Record, completed, document_record
from apiserver.stores.backend import Backend
from apiserver.stores.collections import (
    ALL,
    AUTH_USERS,
    COMPANIES,
    MODELS,
    PROJECT_CHANGES,
    PROJECTS,
    QUEUES,
    SETTINGS,
    STORAGE_SETTINGS,
    TASKS,
    TRASHED_TASKS,
    URLS_TO_DELETE,
    USERS,
    VERSIONS,
    Collection,
)
from apiserver.stores.events import NO_LINES, TYPES
from apiserver.stores.filters import EVERYTHING, Filter, Ne, Order, Range
from apiserver.stores.statistics import KINDS, Kind, Row

DOCUMENTS, EVENTS, STATISTICS, STATE = "documents", "events", "statistics", "state"
ORDER = (
    PROJECT_CHANGES, QUEUES, TRASHED_TASKS, TASKS, MODELS, URLS_TO_DELETE, PROJECTS, STORAGE_SETTINGS, USERS, AUTH_USERS, COMPANIES,
    SETTINGS, VERSIONS,
)  # fmt: skip
"""Collections in the order of reading: what refers to others before what it refers to, so that what a document names is read after it."""
NOT_CARRIED = "trackyard.secrets"
"""The setting that says with which key pairs are sealed: each server looks at its own when it starts."""
DOCUMENTS_AT_ONCE, EVENTS_AT_ONCE, ROWS_AT_ONCE = 200, 4000, 4000
PLOTS_AT_ONCE = 100
_LARGE = ("plot", "training_stats_vector")


@frozen
class Section:
    """store: one of four; name: `database.collection`, type of events, kind of statistics, key of the state; company: of the middle two."""

    store: str
    name: str
    company: str = ""

    @property
    def key(self) -> str:
        return f"{self.store}/{self.name}/{self.company}" if self.store in (EVENTS, STATISTICS) else f"{self.store}/{self.name}"


@frozen
class Portion:
    """records: as JSON knows them. after: where the next begins. first: records of the section before. lines: as of an event store."""

    records: list[Record]
    after: Any
    first: int = 0
    lines: Mapping[str, int] = NO_LINES


def collection_of(section: Section) -> Collection:
    """Raises: KeyError, for a collection that this release does not know."""
    return _COLLECTIONS[section.name]


def kind_of(section: Section) -> Kind:
    """Raises: KeyError."""
    return _KINDS[section.name]


_COLLECTIONS = {f"{collection.database}.{collection.name}": collection for collection in ALL}
_KINDS = {kind.name: kind for kind in KINDS}
assert len(ORDER) == len(ALL), "a collection that nobody carries"


@define
class Reader:
    """See the module's text. size: what portions hold, as a part of the usual; for tests."""

    backend: Backend
    size: float = 1.0
    _companies: list[str] = field(factory=list)

    @contextmanager
    def snapshot(self) -> Iterator[bool]:
        """One moment of documents and events together, where the stores can give that; yields whether they do.

        The moment is that at which the snapshot of the events begins: nobody changes documents from before theirs until then.
        """
        with ExitStack() as stack:
            with self.backend.documents.paused():
                whole = stack.enter_context(self.backend.documents.snapshot())
                whole &= stack.enter_context(self.backend.events.snapshot())
            stack.enter_context(self.backend.statistics.snapshot())
            yield whole

    def sections(self) -> list[Section]:
        """Those that there can be, events first; empty ones of documents too."""
        found = [Section(EVENTS, kind, company) for company in self._with_events() for kind in TYPES]
        found += [Section(DOCUMENTS, f"{collection.database}.{collection.name}") for collection in ORDER]
        for kind in KINDS:
            found += [Section(STATISTICS, kind.name, company) for company in self._known(self.backend.statistics.companies(kind))]
        return [*found, Section(STATE, REVOKED)]

    def _with_events(self) -> list[str]:
        return self._known(self.backend.events.companies())

    def _known(self, names: list[str]) -> list[str]:
        """Companies by their ids. NOTE: an engine may know them in lower case only."""
        if not self._companies:
            self._companies = sorted(company["id"] for company in self.backend.documents.list(COMPANIES, fields=["id"]))
        by_lower = {company.lower(): company for company in reversed(self._companies)}
        return [name if name in self._companies else by_lower.get(name, name) for name in names]

    def count(self, section: Section) -> int:
        """How many records it has."""
        if section.store == DOCUMENTS:
            return self.backend.documents.count(collection_of(section), _carried(section))
        if section.store == EVENTS:
            return sum(count for _, count in self.owners(section))
        if section.store == STATISTICS:
            return self.backend.statistics.total(kind_of(section), section.company)
        return len(self._members(section))

    def owners(self, section: Section) -> Iterator[tuple[str, int]]:
        """The tasks and models of a section of events, with how many they have."""
        after = ""
        while found := self.backend.events.owners(section.company, section.name, after=after, size=1000):
            yield from ((owner.id, owner.count) for owner in found)
            after = found[-1].id

    def portions(self, section: Section, after: Any = None, *, first: int = 0) -> Iterator[Portion]:
        """All records of a section. after, first: those of the portion that was last, and all records up to its end."""
        give = {DOCUMENTS: self._documents, EVENTS: self._events, STATISTICS: self._statistics, STATE: self._state}[section.store]
        for portion in give(section, after):
            yield Portion(portion.records, portion.after, first, portion.lines)
            first += len(portion.records)

    def _documents(self, section: Section, after: Any) -> Iterator[Portion]:
        collection, size = collection_of(section), self._size(DOCUMENTS_AT_ONCE)
        while True:
            where = _carried(section) if after is None else _carried(section) & Range("id", gt=after)
            found = self.backend.documents.list(collection, where, order=[Order("id")], limit=size)
            if not found:
                return
            after = found[-1]["id"]
            yield Portion([document_record(document) for document in found], after)
            if len(found) < size:
                return

    def _events(self, section: Section, after: Any) -> Iterator[Portion]:
        size = self._size(PLOTS_AT_ONCE if section.name in _LARGE else EVENTS_AT_ONCE)
        for portion in self.backend.events.scan(section.company, section.name, size=size, after=after):
            yield Portion([completed(event) for event in portion.events], portion.after, 0, portion.lines)

    def _statistics(self, section: Section, after: Any) -> Iterator[Portion]:
        kind = kind_of(section)
        while True:
            found = self.backend.statistics.rows(kind, section.company, size=self._size(ROWS_AT_ONCE), after=after)
            if found.rows:
                yield Portion([_row(kind, row) for row in found.rows], found.after)
            if found.after is None:
                return
            after = found.after

    def _state(self, section: Section, after: Any) -> Iterator[Portion]:
        members = self._members(section)
        if members and after is None:
            yield Portion([{"member": member, "score": score} for member, score in members], True)

    def _members(self, section: Section) -> list[tuple[str, float]]:
        """Of sessions that were signed out, those whose tokens have not ended by themselves."""
        state = self.backend.state
        scores = [(member, state.score(section.name, member)) for member in state.members(section.name, above=clock.now().timestamp())]
        return [(member, score) for member, score in scores if score is not None]

    def _size(self, usual: int) -> int:
        return max(1, int(usual * self.size))


def _carried(section: Section) -> Filter:
    return Ne("id", NOT_CARRIED) if collection_of(section) is SETTINGS else EVERYTHING


def _row(kind: Kind, row: Row) -> Record:
    """Figures as every engine has them."""
    found: Record = {"timestamp": int(row["timestamp"])}
    found |= {label: row[label] for label in kind.labels if row.get(label) is not None}
    figures = {name: float(row[name]) for name in kind.figures if row.get(name) is not None}
    return found | {name: float(int(value)) if name in kind.whole else value for name, value in figures.items()}
