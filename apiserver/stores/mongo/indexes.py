"""Makes the declared indexes, under the reference server's names. Source: spec 6 §3.6.

One that is there under the name with other options is left as it is, with a warning: it may be the reference's, whose rollback needs it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pymongo
from pymongo import errors as driver

from apiserver.stores.collections import Collection, Index
from apiserver.stores.errors import StoreError, Unavailable
from apiserver.stores.mongo.compile import NUMERIC, field
from apiserver.stores.mongo.connection import Connections, translated

log = logging.getLogger(__name__)
_OTHER_OPTIONS = (85, 86)
_DUPLICATES = 11000


def models(collection: Collection) -> list[pymongo.IndexModel]:
    """The indexes of a collection as the driver makes them."""
    found = [_plain(index) for index in collection.indexes]
    if collection.text:
        weights = {**{field(path): weight for path, weight in collection.text.items()}, **collection.text_weights}
        keys = [(field(path), "text") for path in collection.text]
        found.append(pymongo.IndexModel(keys, name=collection.text_index_name, weights=weights, default_language="english"))
    return found


def _plain(index: Index) -> pymongo.IndexModel:
    keys = [(field(path.removeprefix("-")), -1 if path.startswith("-") else 1) for path in index.paths]
    options: dict[str, object] = {"name": index.name} if index.name else {}
    if index.unique:
        options["unique"] = True
    if index.sparse:
        options["sparse"] = True
    if index.numeric:
        options["collation"] = NUMERIC
    return pymongo.IndexModel(keys, **options)


def make(connections: Connections, collections: Iterable[Collection]) -> None:
    """Make what is missing. Raises: StoreError, Unavailable."""
    for collection in collections:
        wanted = models(collection)
        if wanted:
            with translated():
                there = set(connections.collection(collection).index_information())
            _make(connections, collection, [model for model in wanted if model.document["name"] not in there])


def _make(connections: Connections, collection: Collection, missing: list[pymongo.IndexModel]) -> None:
    """PERF: all at once, which is one flush to the disk; only if that is refused, one by one, to see which it is."""
    if len(missing) > 1:
        try:
            with translated():
                connections.collection(collection).create_indexes(missing)
        except Unavailable:
            raise
        except StoreError as error:
            log.debug("%s: not all indexes can be made: %s", collection.name, error)
        else:
            return
    for model in missing:
        try:
            with translated():
                connections.collection(collection).create_indexes([model])
        except StoreError as error:
            cause = error.__cause__
            code = cause.code if isinstance(cause, driver.OperationFailure) else None
            if code in _OTHER_OPTIONS:
                log.warning("%s: the index %s is there with other options: %s", collection.name, model.document["name"], error)
            elif code == _DUPLICATES:
                raise StoreError(
                    f"MongoDB: {collection.database}.{collection.name} holds documents that are equal in what has to be unique, rename or "
                    f"remove one: {error}"
                ) from error
            else:
                raise
