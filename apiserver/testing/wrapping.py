"""WrappedDocuments: a document store that passes everything on to another; for stores that do some of it in another way."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from apiserver.stores.collections import Collection
from apiserver.stores.documents import Document, DocumentStore, Measure, Updated
from apiserver.stores.filters import EVERYTHING, Change, Filter, Order


class WrappedDocuments(DocumentStore):
    """Subclasses override methods, or `asked` and `writing`, which are called before a question and before a write are passed on."""

    def __init__(self, inner: DocumentStore) -> None:
        self.inner = inner
        self.capabilities = inner.capabilities

    def asked(self, collection: Collection) -> None:
        """A question is about to be passed on."""

    def writing(self, collection: Collection) -> None:
        """A write is about to be passed on."""

    def get(self, collection: Collection, key: str, *, fields: Sequence[str] | None = None) -> Document:
        self.asked(collection)
        return self.inner.get(collection, key, fields=fields)

    def find(
        self, collection: Collection, where: Filter, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Document | None:
        self.asked(collection)
        return self.inner.find(collection, where, fields=fields, order=order)

    def list(self, collection: Collection, where: Filter = EVERYTHING, **options: Any) -> builtins.list[Document]:
        self.asked(collection)
        return self.inner.list(collection, where, **options)

    def iterate(self, collection: Collection, where: Filter = EVERYTHING, **options: Any) -> Iterator[Document]:
        self.asked(collection)
        return self.inner.iterate(collection, where, **options)

    def count(self, collection: Collection, where: Filter = EVERYTHING, *, numeric: bool = False) -> int:
        self.asked(collection)
        return self.inner.count(collection, where, numeric=numeric)

    def distinct(self, collection: Collection, path: str, where: Filter = EVERYTHING) -> builtins.list[Any]:
        self.asked(collection)
        return self.inner.distinct(collection, path, where)

    def map_keys(self, collection: Collection, path: str, where: Filter = EVERYTHING, *, depth: int = 1) -> builtins.list[tuple[str, ...]]:
        self.asked(collection)
        return self.inner.map_keys(collection, path, where, depth=depth)

    def group(
        self, collection: Collection, where: Filter, *, by: Sequence[str], measures: Sequence[Measure], order: Sequence[Order] = ()
    ) -> builtins.list[Document]:
        self.asked(collection)
        return self.inner.group(collection, where, by=by, measures=measures, order=order)

    def insert(self, collection: Collection, *documents: Document) -> None:
        self.writing(collection)
        self.inner.insert(collection, *documents)

    def replace(self, collection: Collection, document: Document) -> None:
        self.writing(collection)
        self.inner.replace(collection, document)

    def update(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        self.writing(collection)
        return self.inner.update(collection, where, *changes)

    def update_many(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        self.writing(collection)
        return self.inner.update_many(collection, where, *changes)

    def find_and_update(self, collection: Collection, where: Filter, *changes: Change, **options: Any) -> Document | None:
        self.writing(collection)
        return self.inner.find_and_update(collection, where, *changes, **options)

    def delete(self, collection: Collection, where: Filter) -> int:
        self.writing(collection)
        return self.inner.delete(collection, where)

    def transaction(self) -> AbstractContextManager[None]:
        return self.inner.transaction()

    def ping(self) -> None:
        self.inner.ping()

    def close(self) -> None:
        self.inner.close()
