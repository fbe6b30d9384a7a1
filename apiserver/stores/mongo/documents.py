"""MongoDocumentStore: the reference server's databases. Conditions are in `compile.py`, changes in `changes.py`, the way there in
`connection.py`."""

from __future__ import annotations

import builtins
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import bson
import pymongo
from attrs import evolve, frozen
from bson.raw_bson import RawBSONDocument
from pymongo import errors as driver
from pymongo.collection import Collection as DriverCollection

from apiserver.stores import changes as meaning
from apiserver.stores import filters as f
from apiserver.stores import grouping
from apiserver.stores.collections import ALL, Collection
from apiserver.stores.documents import Document, DocumentStore, Measure, Updated
from apiserver.stores.errors import InvalidQuery, NotFound, StoreError, Unavailable
from apiserver.stores.filters import EVERYTHING, Change, Filter, Order
from apiserver.stores.match import compile_filter, project, split
from apiserver.stores.mongo import groups, indexes
from apiserver.stores.mongo.changes import Plan
from apiserver.stores.mongo.compile import NUMERIC, SCORE, Compiler, Query, field, flattened, projection
from apiserver.stores.mongo.connection import Connections, Options, Place, translated
from apiserver.stores.mongo.encoding import OPTIONS, RAW, decode, decode_raw, encode
from apiserver.stores.mongo.patterns import translated as translated_pattern
from apiserver.stores.ordering import order_key

_TRIES = 100
_BATCH = 1000
_DISTINCT_TOO_LARGE = 17217


@frozen
class _Changed:
    """A document before and after its change, as stored."""

    before: RawBSONDocument
    after: RawBSONDocument
    different: bool


class MongoDocumentStore(DocumentStore):
    """See `stores/documents.py` for the promises. Several servers' processes may use the same databases."""

    capabilities = {"transactions": False, "snapshots": False, "text": True}

    def __init__(
        self,
        places: Mapping[str, Place],
        *,
        collections: Sequence[Collection] = ALL,
        options: Options | None = None,
        disk_for_sort: bool = True,
        disk_for_groups: bool = True,
        read_only: bool = False,
    ) -> None:
        """Looks at the servers, makes missing indexes, and leaves no connection open. places: by the names `backend` and `auth`;
        read_only: no index is made.

        Raises: StoreError, Unavailable, each with one clear line.
        """
        self._connections = Connections(places, options or Options())
        self._disk_for_sort, self._disk_for_groups = disk_for_sort, disk_for_groups
        # NOTE: to build an index on a full collection takes its time, which is no reason to give up.
        patient = Connections(places, evolve(self._connections.options, timeout_s=0))
        try:
            self._connections.check()
            if not read_only:
                indexes.make(patient, collections)
        finally:
            self._connections.close()
            patient.close()

    def _of(self, collection: Collection) -> DriverCollection[Any]:
        return self._connections.collection(collection)

    # Reading

    def get(self, collection: Collection, key: str, *, fields: Sequence[str] | None = None) -> Document:
        asked, cut = projection(fields)
        with translated():
            found = self._of(collection).find_one({"_id": key}, asked) if isinstance(key, str) else None
        if found is None:
            raise NotFound(collection.name, str(key))
        return project(decode(found), cut)

    def find(
        self, collection: Collection, where: Filter, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Document | None:
        asked, cut = projection(fields)
        compiler, query = self._query(collection, where)
        with translated():
            found = self._of(collection).find_one(query, asked, sort=compiler.order(order, unique=False) or None)
        return None if found is None else project(decode(found), cut)

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
        if limit == 0:
            self._query(collection, where, numeric=numeric)
            return []
        return builtins.list(self._found(collection, where, fields, order, skip, limit or 0, numeric))

    def iterate(
        self, collection: Collection, where: Filter = EVERYTHING, *, fields: Sequence[str] | None = None, order: Sequence[Order] = ()
    ) -> Iterator[Document]:
        return self._found(collection, where, fields, order, 0, 0, False)

    def _found(
        self,
        collection: Collection,
        where: Filter,
        fields: Sequence[str] | None,
        order: Sequence[Order],
        skip: int,
        limit: int,
        numeric: bool,
    ) -> Iterator[Document]:
        asked, cut = projection(fields)
        if numeric and any(key.path == f.TEXT_SCORE for key in order):
            where, numeric = self._without_collation(collection, where), False
        elif numeric:
            where = self._without_text(collection, where)
        compiler, query = self._query(collection, where, numeric=numeric)
        sort = compiler.order(order, unique=True)
        if any(name == SCORE for name, _ in sort):
            asked = {**(asked or {}), SCORE: {"$meta": "textScore"}}  # type: ignore[dict-item]
        with translated():
            # PERF: whole batches are decoded in one call of C; with types of our own, the driver's cursor goes document by document.
            cursor = self._of(collection).find_raw_batches(
                query, asked, sort=sort or None, skip=skip, limit=limit, collation=_collation(numeric),
                allow_disk_use=(self._disk_for_sort or None) if sort else None,
            )  # fmt: skip
            with cursor:
                for batch in cursor:
                    documents = [decode(stored) for stored in bson.decode_all(batch, OPTIONS)]
                    if sort and sort[0][0] == SCORE:
                        for document in documents:
                            document.pop(SCORE, None)
                    yield from documents if cut is None else (project(document, cut) for document in documents)

    def count(self, collection: Collection, where: Filter = EVERYTHING, *, numeric: bool = False) -> int:
        _, query = self._query(collection, self._without_text(collection, where) if numeric else where, numeric=numeric)
        options: dict[str, Any] = {"collation": NUMERIC} if numeric else {}
        with translated():
            return int(self._of(collection).count_documents(query, **options))

    def distinct(self, collection: Collection, path: str, where: Filter = EVERYTHING) -> builtins.list[Any]:
        _, query = self._query(collection, where)
        name = field(path)
        if "$" in path:
            return grouping.distinct(self.iterate(collection, where, fields=(_above(path),)), path)
        try:
            with translated():
                found = self._of(collection).distinct(name, query)
                # NOTE: read from an index, a missing value and an empty list are null too.
                if None in found and self._of(collection).find_one({"$and": [query, {name: {"$type": "null"}}]}, {"_id": 1}) is None:
                    found.remove(None)
        except StoreError as error:
            if not isinstance(error.__cause__, driver.OperationFailure) or error.__cause__.code != _DISTINCT_TOO_LARGE:
                raise
            return grouping.distinct(self.iterate(collection, where, fields=(_above(path),)), path)
        return sorted(found, key=order_key)

    def map_keys(self, collection: Collection, path: str, where: Filter = EVERYTHING, *, depth: int = 1) -> builtins.list[tuple[str, ...]]:
        _, query = self._query(collection, where)
        stages = groups.map_keys(query, path, depth)
        if stages is not None:
            rows = [row["_id"] for row in self._aggregated(collection, stages)]
            if all(row[0] is not None for row in rows):
                return sorted(tuple(row) for row in rows)
        return grouping.map_keys(self.iterate(collection, where, fields=(_above(path),)), path, depth)

    def group(
        self, collection: Collection, where: Filter, *, by: Sequence[str], measures: Sequence[Measure], order: Sequence[Order] = ()
    ) -> builtins.list[Document]:
        _, query = self._query(collection, where)
        stages = groups.group(collection, query, by=by, measures=measures, order=order)
        if stages is None:
            fields = {_above(path) for path in (*by, *(m.path for m in measures if m.path), *(o.path for o in order))}
            return grouping.group(self.iterate(collection, where, fields=tuple(sorted(fields))), by, measures, order)
        return [
            {
                **{path: row["_id"][f"k{number}"] for number, path in enumerate(by)},
                **{measure.name: row[f"m{number}"] for number, measure in enumerate(measures)},
            }
            for row in self._aggregated(collection, stages)
        ]

    def _aggregated(self, collection: Collection, stages: builtins.list[dict[str, Any]]) -> builtins.list[Any]:
        with translated(), self._of(collection).aggregate(stages, allowDiskUse=self._disk_for_groups) as cursor:
            return builtins.list(cursor)

    # Conditions

    def _query(self, collection: Collection, where: Filter, *, numeric: bool = False) -> tuple[Compiler, Query]:
        """The compiled condition, after what the server cannot say has been looked up."""
        parts = flattened(where)
        odd = [part for part in parts if _odd_patterns(part)]
        if odd:
            others = f.All(*(part for part in parts if part not in odd))
            where = f.All(others, f.In("id", self._matching(collection, others, odd, numeric=numeric)))
        compiler = Compiler(collection)
        return compiler, compiler.whole(where)

    def _matching(self, collection: Collection, others: Filter, odd: Sequence[Filter], *, numeric: bool) -> builtins.list[str]:
        """Ids of the documents that meet conditions on patterns which are no MongoDB's: they are matched here, within a time limit."""
        tests = [compile_filter(part) for part in odd]
        fields = sorted({split(path)[0] for part in odd for path in _paths(part)})
        documents = self._found(collection, others, fields, (), 0, 0, numeric)
        return [document["id"] for document in documents if all(test(document) for test in tests)]

    def _without_text(self, collection: Collection, where: Filter) -> Filter:
        """NOTE: a text search cannot have a collation, so its documents are looked up first."""
        parts = flattened(where)
        text = [part for part in parts if isinstance(part, f.Text)]
        if not text:
            return where
        found = [document["id"] for document in self.iterate(collection, f.All(*text), fields=("id",))]
        return f.All(f.In("id", found), *(part for part in parts if not isinstance(part, f.Text)))

    def _without_collation(self, collection: Collection, where: Filter) -> Filter:
        """NOTE: nor can the order by its relevance: there the documents that meet the rest are looked up first."""
        text = [part for part in flattened(where) if isinstance(part, f.Text)]
        found = [document["id"] for document in self.list(collection, where, fields=("id",), numeric=True)]
        return f.All(*text, f.In("id", found))

    # Writing

    def insert(self, collection: Collection, *documents: Document) -> None:
        stored = [encode(collection, document) for document in documents]
        if not stored:
            return
        inserted = 0
        try:
            with translated(collection):
                if len(stored) == 1:
                    self._of(collection).insert_one(stored[0])
                    return
                for start in range(0, len(stored), _BATCH):
                    try:
                        self._of(collection).insert_many(stored[start : start + _BATCH])
                    except driver.BulkWriteError as error:
                        inserted += int(error.details.get("nInserted", 0))
                        raise
                    inserted += len(stored[start : start + _BATCH])
        except StoreError:
            # NOTE: without transactions, all or none means to take back those before the refused one, which are ours.
            if inserted:
                with translated():
                    self._of(collection).delete_many({"_id": {"$in": [document["id"] for document in documents[:inserted]]}})
            raise

    def replace(self, collection: Collection, document: Document) -> None:
        stored = encode(collection, document)
        with translated(collection):
            self._of(collection).update_one({"_id": document["id"]}, [{"$replaceWith": {"$literal": stored}}], upsert=True)

    def put(self, collection: Collection, documents: Sequence[Document]) -> None:
        writes: builtins.list[pymongo.UpdateOne] = [
            pymongo.UpdateOne({"_id": document["id"]}, [{"$replaceWith": {"$literal": encode(collection, document)}}], upsert=True)
            for document in documents
        ]
        for start in range(0, len(writes), _BATCH):
            with translated(collection):
                self._of(collection).bulk_write(writes[start : start + _BATCH], ordered=False)

    def update(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        plan = Plan.of(collection, changes)
        _, query = self._query(collection, where)
        if plan is not None:
            with translated(collection):
                done = self._of(collection).update_one(_guarded(query, plan), plan.update)
            if done.matched_count or plan.guard is None:
                return Updated(matched=done.matched_count, modified=done.modified_count)
        found = self._changed(collection, query, changes)
        return Updated(0, 0) if found is None else Updated(1, int(found.different))

    def update_many(self, collection: Collection, where: Filter, *changes: Change) -> Updated:
        plan = Plan.of(collection, changes)
        _, query = self._query(collection, where)
        if plan is not None and plan.guard is None:
            with translated(collection):
                done = self._of(collection).update_many(query, plan.update)
            return Updated(matched=done.matched_count, modified=done.modified_count)
        matched = modified = 0
        with translated():
            keys = [found["_id"] for found in self._of(collection).find(query, {"_id": 1})]
        for key in keys:
            found = self._changed(collection, {"$and": [{"_id": key}, query]}, changes)
            if found is not None:
                matched, modified = matched + 1, modified + found.different
        return Updated(matched, modified)

    def find_and_update(
        self,
        collection: Collection,
        where: Filter,
        *changes: Change,
        order: Sequence[Order] = (),
        fields: Sequence[str] | None = None,
        before: bool = False,
    ) -> Document | None:
        asked, cut = projection(fields)
        plan = Plan.of(collection, changes)
        compiler, query = self._query(collection, where)
        sort = compiler.order(order, unique=False)
        if plan is not None and plan.guard is None:
            with translated(collection):
                found = self._of(collection).find_one_and_update(
                    query, plan.update, asked, sort=sort or None,
                    return_document=pymongo.ReturnDocument.BEFORE if before else pymongo.ReturnDocument.AFTER,
                )  # fmt: skip
            return None if found is None else project(decode(found), cut)
        both = self._changed(collection, query, changes, sort)
        return None if both is None else project(decode_raw(both.before if before else both.after), fields)

    def _changed(
        self, collection: Collection, query: Query, changes: Sequence[Change], sort: builtins.list[tuple[str, Any]] | None = None
    ) -> _Changed | None:
        """Change the first document in Python, and store it if it is still what was read; else again."""
        raw = self._of(collection).with_options(codec_options=RAW)
        for turn in range(_TRIES):
            with translated():
                stored = raw.find_one(query, sort=sort or None)
            if stored is None:
                return None
            document = decode_raw(stored)
            meaning.apply(document, changes)
            new = encode(collection, document)
            # NOTE: a number may be stored in more bytes than we would take.
            if new.raw == encode(collection, decode_raw(stored)).raw:
                return _Changed(stored, stored, different=False)
            same = {"_id": stored["_id"], "$expr": {"$eq": ["$$ROOT", {"$literal": stored}]}}
            with translated(collection):
                if raw.update_one(same, [{"$replaceWith": {"$literal": new}}]).matched_count:
                    return _Changed(stored, new, different=True)
            time.sleep(random.random() * 0.002 * turn)
        raise Unavailable(f"{collection.name}: others change the same document all the time")

    def delete(self, collection: Collection, where: Filter) -> int:
        _, query = self._query(collection, where)
        with translated():
            return int(self._of(collection).delete_many(query).deleted_count)

    # The store

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()

    def ping(self) -> None:
        for name in self._connections.places:
            with translated():
                self._connections.database(name).command("ping")

    def close(self) -> None:
        self._connections.close()

    def query_plan(self, collection: Collection, where: Filter, order: Sequence[Order] = ()) -> Any:
        """How the server would carry out `list`; for tests and for operators."""
        compiler, query = self._query(collection, where)
        with translated():
            cursor = self._of(collection).find(query, sort=compiler.order(order, unique=True) or None)
            return cursor.explain()["queryPlanner"]["winningPlan"]


def _collation(numeric: bool) -> Any:
    return NUMERIC if numeric else None


def _guarded(query: Query, plan: Plan) -> Query:
    return {"$and": [query, plan.guard]} if query and plan.guard else query or plan.guard or {}


def _above(path: str) -> str:
    """The path up to the first place in a list, which projections do not know."""
    parts = split(path)
    end = next((place for place, part in enumerate(parts) if place and part.isdigit()), len(parts))
    return ".".join(parts[:end])


def _odd_patterns(condition: Filter) -> bool:
    """Whether a pattern in the condition has to be matched here. Raises: InvalidPattern."""
    if isinstance(condition, f.Matches):
        return translated_pattern(condition.pattern, condition.ignore_case) is None
    return [part for part in _inside(condition) if _odd_patterns(part)] != []


def _paths(condition: Filter) -> builtins.list[str]:
    if isinstance(condition, f.Text):
        raise InvalidQuery("a text search can only be a part of the whole condition")
    if isinstance(condition, f.All | f.AnyOf | f.Not):
        return [path for part in _inside(condition) for path in _paths(part)]
    return [condition.path]  # type: ignore[attr-defined]


def _inside(condition: Filter) -> tuple[Filter, ...]:
    if isinstance(condition, f.All | f.AnyOf):
        return condition.parts
    if isinstance(condition, f.Not):
        return (condition.part,)
    return (condition.condition,) if isinstance(condition, f.AnyElement) else ()
