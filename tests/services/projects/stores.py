"""Plain: a document store without transactions, as MongoDB without a replica set is one, that can die at any write."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from apiserver.stores.collections import Collection
from apiserver.stores.documents import Document, DocumentStore, Measure, Updated
from apiserver.stores.filters import EVERYTHING, Change, Eq, Filter, Order


class Crash(BaseException):
    """The process is gone: nothing that it still tries is done."""


class Plain(DocumentStore):
    """Every write of one document stands alone: `update_many` and `delete` of many are so many writes.

    dies_at: the number of the write that is not made, nor any after it; 0: none.
    """

    capabilities = {"transactions": False, "text": True}

    def __init__(self, inner: DocumentStore, dies_at: int = 0) -> None:
        self._inner, self._dies_at, self.writes = inner, dies_at, 0

    def _write(self) -> None:
        self.writes += 1
        if self._dies_at and self.writes >= self._dies_at:
            raise Crash

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()

    def insert(self, collection: Collection, *documents: Document) -> None:
        for document in documents:
            self._write()
            self._inner.insert(collection, document)

    def replace(self, collection: Collection, document: Document) -> None:
        self._write()
        self._inner.replace(collection, document)

    def update(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        self._write()
        return self._inner.update(collection, where, *changes)

    def update_many(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        done = [self.update(collection, Eq("id", key) & where, *changes) for key in self._ids(collection, where)]
        return Updated(sum(one.matched for one in done), sum(one.modified for one in done))

    def find_and_update(
        self,
        collection: Collection,
        where: Filter,
        *changes: Change,
        order: Sequence[Order] = (),
        fields: Sequence[str] | None = None,
        before: bool = False,
    ) -> Document | None:
        self._write()
        return self._inner.find_and_update(collection, where, *changes, order=order, fields=fields, before=before)

    def delete(self, collection: Collection, where: Filter) -> int:
        gone = 0
        for key in self._ids(collection, where):
            self._write()
            gone += self._inner.delete(collection, Eq("id", key) & where)
        return gone

    def _ids(self, collection: Collection, where: Filter) -> builtins.list[str]:
        return [document["id"] for document in self._inner.list(collection, where, fields=["id"])]

    def get(self, collection: Collection, key: str, *, fields: Sequence[str] | None = None) -> Document:
        return self._inner.get(collection, key, fields=fields)

    def find(
        self, collection: Collection, where: Filter, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Document | None:
        return self._inner.find(collection, where, fields=fields, order=order)

    def list(self, collection: Collection, where: Filter = EVERYTHING, **options: Any) -> builtins.list[Document]:
        return self._inner.list(collection, where, **options)

    def iterate(self, collection: Collection, where: Filter = EVERYTHING, **options: Any) -> Iterator[Document]:
        return self._inner.iterate(collection, where, **options)

    def count(self, collection: Collection, where: Filter = EVERYTHING, *, numeric: bool = False) -> int:
        return self._inner.count(collection, where, numeric=numeric)

    def distinct(self, collection: Collection, path: str, where: Filter = EVERYTHING) -> builtins.list[Any]:
        return self._inner.distinct(collection, path, where)

    def map_keys(self, collection: Collection, path: str, where: Filter = EVERYTHING, *, depth: int = 1) -> builtins.list[tuple[str, ...]]:
        return self._inner.map_keys(collection, path, where, depth=depth)

    def group(
        self, collection: Collection, where: Filter, *, by: Sequence[str], measures: Sequence[Measure], order: Sequence[Order] = ()
    ) -> builtins.list[Document]:
        return self._inner.group(collection, where, by=by, measures=measures, order=order)

    def ping(self) -> None:
        self._inner.ping()

    def close(self) -> None:
        self._inner.close()


class Dying(Plain):
    """The store with its transactions as they are, and a write that is not made."""

    def __init__(self, inner: DocumentStore, dies_at: int = 0) -> None:
        super().__init__(inner, dies_at)
        self.capabilities = inner.capabilities

    def transaction(self) -> AbstractContextManager[None]:
        return self._inner.transaction()
