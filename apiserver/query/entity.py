"""Entity: what the query language has to know of one kind of document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from attrs import field, frozen

from apiserver.calls.call import Version
from apiserver.stores.collections import Collection

Row = dict[str, Any]


def _as_is(row: Row, version: Version) -> Row:
    return row


@frozen
class Entity:
    """One kind of document as the list endpoints see it (spec 2 §5).

    name: in error texts; kind: of its tags (`domain/tags.py`); plural: the key of the rows in an answer. A name of a field that ends in
    `.*` stands for every path below it.
    """

    name: str
    kind: str
    plural: str
    collection: Collection
    patterns: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    datetimes: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    """Fields that only come when asked for by name."""
    numeric_prefixes: tuple[str, ...] = ()
    """A filter or first order below one of these makes digits inside texts compare as numbers (spec 2 §1.10)."""
    aliases: tuple[tuple[str, str], ...] = ()
    """(old, new) texts replaced anywhere in a path of the request."""
    escaped: Mapping[str, tuple[int, int]] = field(factory=dict)
    """{prefix: (least, most) parts} of paths whose parts are keys that users chose."""
    path_words: str = "invalid field"
    hidden: Literal["none", "tag", "queue"] = "none"
    public: bool = True
    """Whether documents of no company may be shown at all."""
    scoped: bool = True
    """False: every caller sees every document (companies)."""
    scrolls: bool = True
    """Whether answers tell the scroll id."""
    subprojects: bool = False
    """Whether `include_subprojects` widens a filter by project."""
    present: Callable[[Row, Version], Row] = _as_is
    """Last step for a row that goes into an answer: what the stored form and older versions need."""
    presented: frozenset[str] = frozenset()
    """The fields that `present` changes; it leaves rows without any of them alone, for clients from `present_below` on."""
    present_below: Version = (0, 0)


def declares(names: tuple[str, ...], path: str) -> bool:
    """Whether a path of a request is one of the names, or below one that ends in `.*`."""
    return path in names or ("." in path and any(name.endswith(".*") and path.startswith(name[:-1]) for name in names))
