"""The few errors that every store raises, whatever its engine. Services turn them into API errors."""

from __future__ import annotations

from typing import Any


class StoreError(Exception):
    """Root of everything a store raises on purpose; keeps the driver's own error as `__cause__`."""


class NotFound(StoreError):
    """`get` found no document."""

    def __init__(self, collection: str, key: str) -> None:
        super().__init__(f"{collection}: no document {key!r}")
        self.collection = collection
        self.key = key


class DuplicateKey(StoreError):
    """A unique index (the primary key counts as `id`) refused a write.

    fields: {field name: refused value}, as the index declares them.
    """

    def __init__(self, collection: str, fields: dict[str, Any]) -> None:
        super().__init__(f"{collection}: not unique: " + ", ".join(f"{k}={v}" for k, v in fields.items()))
        self.collection = collection
        self.fields = fields


class InvalidQuery(StoreError):
    """A filter, sort or change that no engine can carry out (a broken path, a pattern that took too long)."""


class InvalidPattern(InvalidQuery):
    """A regular expression that does not compile."""


class InvalidValue(StoreError):
    """A value that cannot be stored (a key that is no text, an integer beyond 64 bits, a document too large)."""


class Unavailable(StoreError):
    """The engine cannot be reached or is locked for too long; a retry may succeed.

    cause: what clients may know of it: no host, no file.
    """

    def __init__(self, message: str, *, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


class NoSpace(Unavailable):
    """The engine takes no writes since its disk is full; an operator has to help."""


class Refused(Unavailable):
    """The engine does not let us in, or is of a version that will not do: waiting will not help. The text says what will."""
