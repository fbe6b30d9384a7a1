"""DocumentStore: tasks, projects, models, queues, users and the other documents. The interface only; engines are in `<engine>/`.

The contract that every engine keeps (`apiserver/testing/documents.py` is its suite):

- A document is a dict with a text `id`; its other values are None, bool, int (64 bits), float, str, aware UTC datetimes (kept to
  the millisecond, truncated), lists and dicts with text keys. NaN and infinities are kept. What is returned is the caller's own.
- One call that changes one document is atomic: filter, read and write are one step among all threads and processes. A call on
  many documents is atomic for each of them; SQLite does the whole call in one transaction, MongoDB need not.
- A write is durable when the call returns, and every later read by anyone sees it.
- `fields` is a projection: dotted paths to include (`id` is included always), or, all with a leading `-`, to exclude. Missing
  paths are simply absent. None: everything.
- `numeric=True` on reads is the collation en_US with numericOrdering (spec 2 §1.10): digits inside texts compare as numbers, in
  equality, ranges and order of the whole query.
- Instances are safe to use from many threads, and may be made before a fork (connections are opened at first use).
"""

from __future__ import annotations

import abc
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from apiserver.stores.collections import Collection
from apiserver.stores.filters import EVERYTHING, Change, Filter, Ne, Order
from apiserver.stores.ordering import milliseconds

Document = dict[str, Any]


@frozen
class Updated:
    """matched: documents the filter selected; modified: those among them that became different."""

    matched: int
    modified: int


@frozen
class Measure:
    """One figure of a group. kind: count, sum, avg, min, max (path needed except for count), first/last in `order`."""

    name: str
    kind: str
    path: str = ""


Cut = Callable[[int, int], Mapping[int, int]]
"""Of two times, in milliseconds since 1970: {any number: how much}."""


def add_up(total: dict[int, int], found: Mapping[int, int]) -> None:
    """Add to a sum by numbers."""
    for number, amount in found.items():
        total[number] = total.get(number, 0) + amount


def _value_at(document: Document, path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


class DocumentStore(abc.ABC):
    """See the module's text for what all methods promise."""

    @abc.abstractmethod
    def get(self, collection: Collection, key: str, *, fields: Sequence[str] | None = None) -> Document:
        """The document with this id. Raises: NotFound."""

    @abc.abstractmethod
    def find(
        self, collection: Collection, where: Filter, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Document | None:
        """The first document that matches, or None."""

    @abc.abstractmethod
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
    ) -> list[Document]:
        """All that match. No order: insertion order, as far as the engine knows one."""

    @abc.abstractmethod
    def iterate(
        self, collection: Collection, where: Filter = EVERYTHING, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Iterator[Document]:
        """Like `list`, in constant memory; may miss or repeat what changes meanwhile."""

    @abc.abstractmethod
    def count(self, collection: Collection, where: Filter = EVERYTHING, *, numeric: bool = False) -> int:
        """How many match."""

    @abc.abstractmethod
    def distinct(self, collection: Collection, path: str, where: Filter = EVERYTHING) -> builtins.list[Any]:
        """The different values at the path (elements of lists, not the lists), in MongoDB's order; missing ones left out."""

    @abc.abstractmethod
    def map_keys(self, collection: Collection, path: str, where: Filter = EVERYTHING, *, depth: int = 1) -> builtins.list[tuple[str, ...]]:
        """The different keys of the objects at the path, as stored, sorted; with depth 2 (key, sub-key) pairs, and so on."""

    @abc.abstractmethod
    def group(
        self, collection: Collection, where: Filter, *, by: Sequence[str], measures: Sequence[Measure], order: Sequence[Order] = ()
    ) -> builtins.list[Document]:
        """One row a group: {path of `by`: its value (None when missing), measure name: figure}. A `by` path through a list counts the
        document once for each element (none for an empty list). With no `by`: one row, or none if nothing matches."""

    def elapsed(
        self, collection: Collection, where: Filter, *, by: str, start: str, end: str, unit: timedelta = timedelta(seconds=1)
    ) -> dict[Any, int]:
        """{value of `by`: the whole units (milliseconds or more) from one date to a later one, added up over the documents that have both}.
        All three are plain fields of the top level; where nothing elapsed there is no entry."""
        total: dict[Any, int] = {}
        for document in self.iterate(collection, where & Ne(start, None) & Ne(end, None), fields=[by, start, end]):
            first, last = document[start], document[end]
            if isinstance(first, datetime) and isinstance(last, datetime) and last > first:
                total[document.get(by)] = total.get(document.get(by), 0) + (last - first) // unit
        return {key: units for key, units in total.items() if units}

    def tally(
        self, collection: Collection, where: Filter, *, by: Sequence[str], start: str, end: str, cut: Cut
    ) -> dict[Any, dict[int, int]]:
        """{(values of `by`): what `cut` makes of the two dates of each document, added up by its numbers}. What lacks a date adds nothing.
        start and end are plain fields of the top level; no path of `by` goes through a list."""
        total: dict[Any, dict[int, int]] = {}
        fields = [*by, start, end]
        for document in self.iterate(collection, where & Ne(start, None) & Ne(end, None), fields=fields):
            first, last = document[start], document[end]
            if isinstance(first, datetime) and isinstance(last, datetime) and (found := cut(milliseconds(first), milliseconds(last))):
                add_up(total.setdefault(tuple(_value_at(document, path) for path in by), {}), found)
        return total

    @abc.abstractmethod
    def insert(self, collection: Collection, *documents: Document) -> None:
        """Store new documents, all or none. Raises: DuplicateKey."""

    @abc.abstractmethod
    def replace(self, collection: Collection, document: Document) -> None:
        """Store the document under its id, whether or not one is there. Raises: DuplicateKey (another unique index)."""

    def put(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Store many documents under their ids, whether or not they are there; all or none where the engine has transactions, elsewhere
        some may be there after an error. Made for carrying documents from another store. Raises: DuplicateKey (another unique index)."""
        with self.transaction():
            for document in documents:
                self.replace(collection, document)

    @abc.abstractmethod
    def update(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        """Apply all changes, in order, to the first document that matches. Raises: DuplicateKey."""

    @abc.abstractmethod
    def update_many(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        """Apply all changes to every document that matches."""

    @abc.abstractmethod
    def find_and_update(
        self,
        collection: Collection,
        where: Filter,
        *changes: Change,
        order: Sequence[Order] = (),
        fields: Sequence[str] | None = None,
        before: bool = False,
    ) -> Document | None:
        """Change the first document that matches and return it as it is afterwards (or was `before`), in one atomic step."""

    @abc.abstractmethod
    def delete(self, collection: Collection, where: Filter) -> int:
        """Remove all that match; how many there were."""

    @abc.abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Calls of this thread inside the block become visible together or, after an exception, not at all, where the engine has
        transactions (`capabilities["transactions"]`); elsewhere it does nothing. Callers must be correct without it."""

    @contextmanager
    def paused(self) -> Iterator[bool]:
        """Nobody at all changes documents in the block, which has to be short; yields whether the engine can do so."""
        yield False

    @contextmanager
    def snapshot(self) -> Iterator[bool]:
        """All that this thread reads in the block is the store of one moment, at its beginning; yields whether the engine can do so
        (`capabilities["snapshots"]`). Nothing may be written by the thread meanwhile."""
        yield False

    @abc.abstractmethod
    def ping(self) -> None:
        """Raises: Unavailable."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of all connections; the store may be used again afterwards."""

    capabilities: dict[str, bool] = {}
    """What an engine cannot do is False here: `transactions`, `snapshots`, `text`."""
