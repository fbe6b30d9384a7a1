"""Writer: puts records into an installation's stores. What is put again replaces itself, so that whoever carries them may be killed."""

from __future__ import annotations

from attrs import define

from apiserver.portable.encoding import restored
from apiserver.portable.reading import DOCUMENTS, EVENTS, STATISTICS, Portion, Reader, Section, collection_of, kind_of
from apiserver.stores.backend import Backend
from apiserver.stores.collections import AUTH_USERS, COMPANIES, MODELS, PROJECTS, QUEUES, SETTINGS, TASKS, USERS, VERSIONS
from apiserver.stores.errors import DuplicateKey, InvalidValue
from apiserver.stores.events import LOG
from apiserver.stores.filters import EVERYTHING

_OF_A_FIRST_START = (AUTH_USERS, COMPANIES, QUEUES, SETTINGS, USERS, VERSIONS)
"""Collections that a server puts something into when it starts on nothing."""


@define
class Writer:
    """run: what the records come from; statistics of one run are not doubled. merge: the stores may hold something already."""

    backend: Backend
    run: str
    merge: bool = False

    def put(self, section: Section, portion: Portion) -> None:
        """Raises: StoreError; DuplicateKey when a document of another id has the same name."""
        if section.store == DOCUMENTS:
            self._documents(section, portion)
        elif section.store == EVENTS:
            self._events(section, portion)
        elif section.store == STATISTICS:
            self.backend.statistics.put(kind_of(section), section.company, portion.records, run=self.run, first=portion.first)
        else:
            for record in portion.records:
                self.backend.state.add_member(section.name, record["member"], record["score"])

    def _documents(self, section: Section, portion: Portion) -> None:
        collection = collection_of(section)
        try:
            self.backend.documents.put(collection, [restored(record) for record in portion.records])
        except DuplicateKey as error:
            raise DuplicateKey(f"{error.collection} (another document of the target has this already)", error.fields) from error
        except InvalidValue as error:
            first, last = portion.records[0]["id"], portion.records[-1]["id"]
            raise InvalidValue(f"{section.name}, between the ids {first} and {last}: {error}") from error

    def _events(self, section: Section, portion: Portion) -> None:
        if self.merge and section.name == LOG:
            # NOTE: lines have no identity of their own; a log that is carried takes the place of the one that is there.
            for task in dict.fromkeys(event["task"] for event in portion.records):
                if task not in portion.lines or not portion.lines[task]:
                    self.backend.events.clear_log(section.company, task, before_ms=None, include=(), exclude=())
        self.backend.events.put(section.company, portion.records, lines=portion.lines)


def contents(backend: Backend) -> dict[str, int]:
    """{section: records} of what is not empty."""
    reader = Reader(backend)
    counts = {section.key: reader.count(section) for section in reader.sections()}
    return {key: count for key, count in counts.items() if count}


def is_as_first_started(backend: Backend) -> bool:
    """Whether there is nothing but what a server makes when it starts on nothing, and the samples of an empty queue."""
    documents = backend.documents
    if any(documents.count(collection) for collection in (TASKS, MODELS, PROJECTS)) or backend.events.companies():
        return False
    return documents.count(COMPANIES) <= 1 and documents.count(QUEUES) <= 1


def forget_first_start(backend: Backend) -> None:
    """Take away what a first start made."""
    for collection in _OF_A_FIRST_START:
        backend.documents.delete(collection, EVERYTHING)
