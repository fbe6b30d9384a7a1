"""What is in the stores of a place of `stacks.py`: taken once, put back before each test that begins with it.

PERF: of 3 ms of questions and of what was written since: thousands of tests begin so. Whether a collection or an index was written to is
asked of the servers, as other processes may have done it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import Any

import pymongo
from attrs import define, field, frozen
from pymongo.database import Database

from apiserver.stores.backend import Backend
from apiserver.stores.elastic import opening
from apiserver.stores.elastic.client import Elastic, dumped
from apiserver.stores.elastic.layout import Layout
from apiserver.stores.errors import StoreError
from apiserver.stores.mongo.encoding import RAW
from apiserver.testing import elastic

ALIASES = ("backend", "auth")
_NO_DOCUMENTS = "d41d8cd98f00b204e9800998ecf8427e"
"""The server's hash of an empty collection."""
_MANY_INDICES = 40
"""PERF: each costs a bit of every question over all of them; those of strange companies and months come with the tests about them."""


@frozen(eq=False)
class Snapshot:
    """documents: {(database, collection): as stored}; hashes: of those; events: {(index, id): source}. Short-lived state is not kept.

    folder: of the embedded stack, which is files, instead of all these.
    """

    documents: Mapping[tuple[str, str], Sequence[Any]] = {}
    hashes: Mapping[tuple[str, str], str] = {}
    events: Mapping[tuple[str, str], Any] = {}
    folder: TemporaryDirectory[str] | None = None


EMPTY = Snapshot()


@define(eq=False)
class Contents:
    """Of one place. Not safe for threads, as tests begin one after the other."""

    backend: Backend
    _databases: dict[str, Database[Any]] = field(init=False)
    _elastic: Elastic = field(init=False)
    _layout: Layout = field(init=False)
    _events: Snapshot | None = None
    """Whose events are there, as far as nothing was written since."""
    _written: Mapping[str, int] = {}

    def __attrs_post_init__(self) -> None:
        places = {alias: self.backend.settings.get(f"hosts.mongo.{alias}") for alias in ALIASES}
        client: pymongo.MongoClient[Any] = pymongo.MongoClient(places["backend"]["host"], connect=False)
        self._databases = {alias: client.get_database(place["name"], codec_options=RAW) for alias, place in places.items()}
        self._elastic = opening.cluster(self.backend.settings, "events")
        self._layout = opening.layout(self.backend.settings)

    def drop(self) -> None:
        """Remove the databases, indices and keys themselves."""
        client = self._databases["backend"].client
        with suppress(pymongo.errors.PyMongoError), pymongo.timeout(5):
            for database in self._databases.values():
                client.drop_database(database.name)
        client.close()
        elastic.drop(self._elastic, self._layout)
        with suppress(StoreError):
            self.backend.state.delete(*self.backend.state.keys(""))
        self.backend.close()

    def taken(self) -> Snapshot:
        """What is there now."""
        documents = {
            (alias, name): list(database[name].find())
            for alias, database in self._databases.items()
            for name in database.list_collection_names()
        }
        events = {
            (hit["_index"].removeprefix(self._layout.prefix), hit["_id"]): hit["_source"]
            for hit in elastic.documents(self._elastic, list(elastic.writes(self._elastic, self._layout)))
        }
        return Snapshot(documents, self._hashes(), events)

    def put_back(self, wanted: Snapshot) -> None:
        """Make it what it was; whatever came since is gone."""
        self._put_documents(wanted)
        self._put_events(wanted)
        self.backend.state.delete(*self.backend.state.keys(""))

    def _put_documents(self, wanted: Snapshot) -> None:
        there = self._hashes()
        for key in there.keys() | wanted.documents.keys():
            if there.get(key, _NO_DOCUMENTS) == wanted.hashes.get(key, _NO_DOCUMENTS):
                continue
            collection = self._databases[key[0]][key[1]]
            collection.delete_many({})
            if documents := wanted.documents.get(key):
                collection.insert_many(documents)

    def _hashes(self) -> dict[tuple[str, str], str]:
        return {
            (alias, name): str(value)
            for alias, database in self._databases.items()
            for name, value in database.command("dbHash")["collections"].items()
        }

    def _put_events(self, wanted: Snapshot) -> None:
        now = elastic.writes(self._elastic, self._layout)
        touched = [name for name, count in now.items() if self._events is not wanted or count != self._written.get(name)]
        if touched:
            elastic.empty(self._elastic, touched)
        if len(now) > _MANY_INDICES:
            elastic.drop_indices(self._elastic, self._layout)
        if wanted.events and (touched or self._events is not wanted):
            lines = [
                dumped({"index": {"_index": self._layout.prefix + index, "_id": key}}) + b"\n" + dumped(source) + b"\n"
                for (index, key), source in wanted.events.items()
            ]
            self._elastic.bulk(lines)
        self._events, self._written = wanted, elastic.writes(self._elastic, self._layout)
