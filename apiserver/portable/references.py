"""What documents and events name, and what is not there. For stores and for the records of a file alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field

from apiserver.portable.reading import DOCUMENTS, EVENTS, Reader, Section, collection_of
from apiserver.stores.collections import MODELS, TASKS, Collection, Field
from apiserver.stores.documents import Document

SHOWN = 5


@define
class Missing:
    """How many references of one kind lead nowhere, and some of them: (where, what)."""

    count: int = 0
    shown: list[tuple[str, str]] = field(factory=list)

    def add(self, where: str, what: str, count: int = 1) -> None:
        self.count += count
        if len(self.shown) < SHOWN:
            self.shown.append((where, what))


@define
class References:
    """First `learn` every document, then `look` at them and at the owners of events. Keeps 8 bytes of each id's hash."""

    _known: dict[str, set[int]] = field(factory=dict)
    missing: dict[str, Missing] = field(factory=dict)

    def learn(self, section: Section, ids: Iterable[str]) -> None:
        self._known.setdefault(collection_of(section).name, set()).update(map(_short, ids))

    def look(self, section: Section, documents: Iterable[Document]) -> None:
        collection = collection_of(section)
        for document in documents:
            for path, referred, key in _named(collection, document):
                if key and _short(key) not in self._known.get(referred, ()):
                    self.missing.setdefault(f"{collection.name}.{path} → {referred}", Missing()).add(document["id"], key)

    def look_at_events(self, section: Section, owners: Iterable[tuple[str, int]]) -> None:
        """owners: (id of a task or model, its events)."""
        for key, count in owners:
            if not any(_short(key) in self._known.get(collection.name, ()) for collection in (TASKS, MODELS)):
                self.missing.setdefault(f"events of type {section.name} → task or model", Missing()).add(f"{count} events", key, count)

    def as_json(self) -> dict[str, Any]:
        return {name: {"count": one.count, "shown": one.shown} for name, one in sorted(self.missing.items())}


def of_stores(reader: Reader) -> References:
    """Of everything that the stores hold."""
    found = References()
    sections = reader.sections()
    documents = [section for section in sections if section.store == DOCUMENTS]
    for section in documents:
        found.learn(section, (document["id"] for document in reader.backend.documents.iterate(collection_of(section), fields=["id"])))
    for section in documents:
        found.look(section, reader.backend.documents.iterate(collection_of(section)))
    for section in sections:
        if section.store == EVENTS:
            found.look_at_events(section, reader.owners(section))
    return found


def _short(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")


def _named(collection: Collection, document: Document) -> Iterator[tuple[str, str, str]]:
    """(path, collection, id) of every declared reference that the document has."""
    for path, referred in _declared(collection.fields):
        for value in _at(document, path):
            if isinstance(value, str):
                yield ".".join(path), referred, value


def _declared(fields: Mapping[str, Field], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, declared in fields.items():
        if declared.reference:
            yield (*above, name), declared.reference
        if declared.kind in ("embedded", "list"):
            yield from _declared(declared.fields, (*above, name))


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
