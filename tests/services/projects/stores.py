"""Plain: a document store without transactions, as MongoDB without a replica set is one, that can die at any write."""

from __future__ import annotations

import builtins
from contextlib import AbstractContextManager, nullcontext

from apiserver.stores.collections import Collection
from apiserver.stores.documents import Document, DocumentStore, Updated
from apiserver.stores.filters import Change, Eq, Filter
from apiserver.testing.wrapping import WrappedDocuments


class Crash(BaseException):
    """The process is gone: nothing that it still tries is done."""


class Plain(WrappedDocuments):
    """Every write of one document stands alone: `update_many` and `delete` of many are so many writes.

    dies_at: the number of the write that is not made, nor any after it; 0: none.
    """

    def __init__(self, inner: DocumentStore, dies_at: int = 0) -> None:
        super().__init__(inner)
        self.capabilities = {"transactions": False, "text": True}
        self._dies_at, self.writes = dies_at, 0

    def writing(self, collection: Collection) -> None:
        self.writes += 1
        if self._dies_at and self.writes >= self._dies_at:
            raise Crash

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()

    def insert(self, collection: Collection, *documents: Document) -> None:
        for document in documents:
            super().insert(collection, document)

    def update_many(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        done = [self.update(collection, Eq("id", key) & where, *changes) for key in self._ids(collection, where)]
        return Updated(sum(one.matched for one in done), sum(one.modified for one in done))

    def delete(self, collection: Collection, where: Filter) -> int:
        gone = 0
        for key in self._ids(collection, where):
            gone += super().delete(collection, Eq("id", key) & where)
        return gone

    def _ids(self, collection: Collection, where: Filter) -> builtins.list[str]:
        return [document["id"] for document in self.inner.list(collection, where, fields=["id"])]


class Dying(Plain):
    """The store with its transactions as they are, and a write that is not made."""

    def __init__(self, inner: DocumentStore, dies_at: int = 0) -> None:
        super().__init__(inner, dies_at)
        self.capabilities = inner.capabilities

    def transaction(self) -> AbstractContextManager[None]:
        return self.inner.transaction()
