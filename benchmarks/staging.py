"""StagedDocuments: a document store over another that keeps what it was just given in memory, for loaders of whole lives of documents.

A task that is created, started, reported to and completed is stored once, as it is in the end. Questions and changes by id are answered
from memory, by the meaning that all engines share (`stores/match.py`, `stores/changes.py`); before any other question everything is
written down. One thread only.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from apiserver.stores import changes as meaning
from apiserver.stores.collections import MODELS, PROJECTS, TASKS, Collection
from apiserver.stores.documents import Document, DocumentStore, Updated
from apiserver.stores.filters import EVERYTHING, All, Change, Eq, Filter, In, Order
from apiserver.stores.match import compile_filter, project, sort
from apiserver.testing.wrapping import WrappedDocuments


class StagedDocuments(WrappedDocuments):
    """See the module's text. `flush` writes everything down; nothing is written by itself before a question needs it."""

    def __init__(self, store: DocumentStore, collections: Sequence[Collection] = (TASKS, MODELS, PROJECTS)) -> None:
        super().__init__(store)
        self._staged = {collection.name for collection in collections}
        self._new: dict[str, tuple[Collection, dict[str, Document]]] = {}
        self._held: dict[tuple[str, str], Document | None] = {}
        self._dirty: dict[tuple[str, str], Collection] = {}

    def flush(self) -> None:
        """Store all that is kept."""
        new, dirty = self._new, self._dirty
        self._new, self._dirty = {}, {}
        with self.inner.transaction():
            for collection, documents in new.values():
                self.inner.insert(collection, *documents.values())
            for (name, key), collection in dirty.items():
                document = self._held[name, key]
                assert document is not None
                self.inner.replace(collection, document)
        # NOTE: the few projects stay, since every call about a task touches one.
        self._held = {place: document for place, document in self._held.items() if place[0] == PROJECTS.name and document is not None}

    # By id

    def _ids(self, collection: Collection, where: Filter) -> builtins.list[str] | None:
        """The ids a condition names; None: the store has to look, and has everything by then."""
        if collection.name not in self._staged:
            return None
        found = _named(where)
        if found is None:
            self.flush()
        return found

    def _document(self, collection: Collection, key: str) -> Document | None:
        if collection.name in self._new and key in self._new[collection.name][1]:
            return self._new[collection.name][1][key]
        place = (collection.name, key)
        if place not in self._held:
            self._held[place] = self.inner.find(collection, Eq("id", key))
        return self._held[place]

    def _matching(self, collection: Collection, ids: Sequence[str], where: Filter) -> builtins.list[Document]:
        """NOTE: not copies."""
        test = compile_filter(where)
        found = (self._document(collection, key) for key in dict.fromkeys(ids))
        return [document for document in found if document is not None and test(document)]

    def _change(self, collection: Collection, document: Document, changes: Sequence[Change]) -> None:
        meaning.apply(document, changes)
        if collection.name not in self._new or document["id"] not in self._new[collection.name][1]:
            self._dirty[collection.name, document["id"]] = collection

    # Reading

    def asked(self, collection: Collection) -> None:
        self.flush()

    def find(
        self, collection: Collection, where: Filter, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Document | None:
        found = self.list(collection, where, fields=fields, order=order, limit=1)
        return found[0] if found else None

    def list(
        self,
        collection: Collection,
        where: Filter = EVERYTHING,
        *,
        fields: Sequence[str] | None = None,
        order: Sequence[Order] = (),
        skip: int = 0,
        limit: int | None = None,
        numeric: bool = False,
    ) -> builtins.list[Document]:
        ids = self._ids(collection, where)
        if ids is None:
            return self.inner.list(collection, where, fields=fields, order=order, skip=skip, limit=limit, numeric=numeric)
        found = sort(self._matching(collection, ids, where), order) if order else self._matching(collection, ids, where)
        return [_cut(document, fields) for document in found[skip:][:limit]]

    def count(self, collection: Collection, where: Filter = EVERYTHING, *, numeric: bool = False) -> int:
        ids = self._ids(collection, where)
        if ids is None:
            return self.inner.count(collection, where, numeric=numeric)
        return len(self._matching(collection, ids, where))

    # Writing

    def insert(self, collection: Collection, *documents: Document) -> None:
        if collection.name not in self._staged or collection is PROJECTS:
            self.inner.insert(collection, *documents)
            self._held = {place: document for place, document in self._held.items() if document is not None}
            return
        kept = self._new.setdefault(collection.name, (collection, {}))[1]
        for document in documents:
            kept[document["id"]] = meaning.copied(document)

    def update(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        return self._update(collection, where, changes, many=False)

    def update_many(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        return self._update(collection, where, changes, many=True)

    def _update(self, collection: Collection, where: Filter, changes: Sequence[Change], *, many: bool) -> Updated:
        ids = self._ids(collection, where)
        if ids is None:
            self.writing(collection)
            return self.inner.update_many(collection, where, *changes) if many else self.inner.update(collection, where, *changes)
        found = self._matching(collection, ids, where)[: None if many else 1]
        for document in found:
            self._change(collection, document, changes)
        return Updated(matched=len(found), modified=len(found))

    def writing(self, collection: Collection) -> None:
        """One that goes past what is kept."""
        if collection.name in self._staged:
            self.flush()
            self._held.clear()

    # The store

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """NOTE: an exception undoes nothing that is kept; a loader ends there."""
        yield

    def close(self) -> None:
        self.flush()
        self.inner.close()


def _named(where: Filter) -> list[str] | None:
    """The ids that a condition is about; None: it names none."""
    if isinstance(where, All):
        return next((found for part in where.parts if (found := _named(part)) is not None), None)
    if isinstance(where, Eq) and where.path == "id":
        return [where.value]
    return list(where.values) if isinstance(where, In) and where.path == "id" else None


def _cut(document: Document, fields: Sequence[str] | None) -> Document:
    """A copy with these fields. PERF: of what is kept only, where the fields say what that is."""
    if fields is None or any(name.startswith("-") for name in fields):
        return project(meaning.copied(document), fields)
    found: Document = meaning.copied(project(document, fields))
    return found
