"""Documents as BSON: what may be stored, what comes back. A document's `id` is `_id` there; everything else keeps its name.

Types that we never write but that a foreign document may hold (ObjectId, Decimal128, …) come back as the driver has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import bson
from bson.codec_options import CodecOptions, DatetimeConversion, TypeDecoder, TypeRegistry
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument

from apiserver.stores.checks import DEEPEST, LARGEST_DOCUMENT_BYTES, check
from apiserver.stores.collections import Collection
from apiserver.stores.documents import Document
from apiserver.stores.errors import InvalidValue
from apiserver.stores.ordering import DATE, LIST, NUMBER, OBJECT, kind, nearest_double


class _Dates(TypeDecoder):
    """PERF: the driver's own aware datetimes take 7 µs each, this one 0.4 µs; a page of tasks holds hundreds."""

    bson_type = datetime

    def transform_bson(self, value: datetime) -> datetime:
        return value.replace(tzinfo=UTC)


class _Integers(TypeDecoder):
    """Integers of 64 bits as plain ones."""

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        return int(value)


OPTIONS: CodecOptions[Any] = CodecOptions(
    type_registry=TypeRegistry([_Dates(), _Integers()]), datetime_conversion=DatetimeConversion.DATETIME_CLAMP
)
RAW: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)


def encode(collection: Collection, document: Document) -> RawBSONDocument:
    """The document as it is stored. Raises: InvalidValue."""
    check(collection, document)
    stored = {"_id": document["id"]}
    stored.update(document)
    del stored["id"]
    checked(stored)
    try:
        data = bson.encode(stored)
    except (bson.errors.BSONError, UnicodeEncodeError, OverflowError) as error:
        raise InvalidValue(f"cannot be stored: {error}") from error
    if len(data) > LARGEST_DOCUMENT_BYTES:
        raise InvalidValue(f"the document is too large: {len(data)} bytes (at most {LARGEST_DOCUMENT_BYTES})")
    return RawBSONDocument(data)


def decode(stored: Mapping[str, Any]) -> Document:
    """The document behind a stored one; its id comes first."""
    document: Document = {"id": stored["_id"]}
    document.update(stored)
    del document["_id"]
    return document


def decode_raw(stored: RawBSONDocument) -> Document:
    """The same of bytes."""
    return decode(bson.decode(stored.raw, OPTIONS))


def checked(value: Any, depth: int = 0) -> Any:
    """The value itself. Raises: InvalidValue for one that is never stored."""
    if type(value) is str or value is None or value is True or value is False or type(value) is float:
        return value
    rank = kind(value)
    if rank == NUMBER and isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise InvalidValue(f"an integer beyond 64 bits: {value}")
    if rank == DATE and value.tzinfo is None:
        raise InvalidValue(f"a datetime without a time zone: {value!r}")
    if depth > DEEPEST:
        raise InvalidValue("nested too deep")
    if rank == OBJECT:
        for key, item in value.items():
            _key(key)
            checked(item, depth + 1)
    elif rank == LIST:
        for item in value:
            checked(item, depth + 1)
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str) or "\0" in key:
        raise InvalidValue(f"a key that is not a text without NUL: {key!r}")
    return key


def comparable(value: Any, depth: int = 0) -> Any:
    """A value to compare with: like `checked`, but an integer that is too large to be stored becomes the double it compares as."""
    if type(value) is str or value is None:
        return value
    rank = kind(value)
    if depth > DEEPEST:
        raise InvalidValue("nested too deep")
    if rank == OBJECT:
        return {_key(key): comparable(item, depth + 1) for key, item in value.items()}
    if rank == LIST:
        return [comparable(item, depth + 1) for item in value]
    if rank == NUMBER and isinstance(value, int) and not -(2**63) <= value < 2**63:
        return nearest_double(value)
    return checked(value)
