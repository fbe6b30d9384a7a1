"""Questions for events in order: those with the key first, then those without, equals in the order in which they were stored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from attrs import define, frozen

from apiserver.stores.elastic import documents as d
from apiserver.stores.elastic import selecting as q
from apiserver.stores.elastic.searching import CHUNK, Part, Searcher
from apiserver.stores.errors import InvalidQuery
from apiserver.stores.events import Event, Key

Position = tuple[bool, int, int]
"""Whether the key is missing, the key (0 when missing), the number that Elasticsearch gave the document when it was stored."""


def position(after: Sequence[Any] | None) -> Position | None:
    """Raises: InvalidQuery."""
    if after is None:
        return None
    if len(after) != 3 or not isinstance(after[0], bool) or any(type(one) is not int for one in after[1:]):
        raise InvalidQuery("a position of another kind of page")
    return after[0], after[1], after[2]


@frozen
class Row:
    """An event with where it is in the order. order: to be sorted rising whatever the direction."""

    event: Event
    lacks: bool
    key: int
    number: int
    order: tuple[int, int]

    @property
    def position(self) -> list[Any]:
        return [self.lacks, self.key, self.number]


@define(eq=False)
class Question:
    """Parts of one type, in the order of a key."""

    searcher: Searcher
    parts: Sequence[Part]
    by: str
    descending: bool

    def rows(self, size: int | None, *, beyond: Key | None = None, after: Position | None = None, at: Row | None = None) -> list[Row]:
        """size: None for all. beyond: keys past this one. after: a position. at: exactly the key of this row."""
        found: list[Row] = []
        if (after is None or not after[0]) and (at is None or not at.lacks):
            condition = q.exists(self.by)
            if beyond is not None:
                condition = self._past(beyond)
            elif at is not None:
                condition = self._at(at.key)
            start = after[1:] if after is not None else None
            found = self._read(condition, size, lacks=False, after=start)
        if (size is None or len(found) < size) and (at is None or at.lacks):
            number = (0, after[2]) if after is not None and after[0] else None
            left = None if size is None else size - len(found)
            found += self._read({"bool": {"must_not": [q.exists(self.by)]}}, left, lacks=True, after=number)
        return found

    def _read(self, condition: q.Query, size: int | None, *, lacks: bool, after: tuple[int, int] | None) -> list[Row]:
        """In chunks, each beginning behind the one before."""
        found: list[Row] = []
        extra = max(part.names.shards for part in self.parts) + len(self.parts) - 2
        while size is None or len(found) < size:
            wanted = CHUNK[self.parts[0].kind] - extra
            if size is not None:
                wanted = min(wanted, size - len(found))
            also = condition if after is None else q.whole([condition, self._behind(after, lacks=lacks)])
            hits = self.searcher.hits(self.parts, sort=self._sort(lacks=lacks), size=wanted + extra, also=also)
            rows = [self._row(hit, lacks=lacks) for hit in hits]
            full = len(rows) >= wanted
            # NOTE: shards and indices number their documents apart from each other; equals at the end of a chunk have to stay together.
            while len(rows) > wanted and rows[-1].position != rows[wanted - 1].position:
                rows.pop()
            found += rows
            if not full:
                break
            after = (rows[-1].key, rows[-1].number)
        return found

    def _row(self, hit: dict[str, Any], *, lacks: bool) -> Row:
        key = 0 if lacks else int(hit["sort"][0])
        return Row(d.event_of(hit["_source"]), lacks, key, int(hit["sort"][-1]), (1, 0) if lacks else (0, -key if self.descending else key))

    def _sort(self, *, lacks: bool) -> list[Any]:
        return ["_seq_no"] if lacks else [{self.by: {"order": "desc" if self.descending else "asc", "unmapped_type": "long"}}, "_seq_no"]

    def _value(self, key: Key) -> Any:
        if self.by == "iter":
            return min(max(math.floor(key), -q.LAST), q.LAST)
        return self.parts[0].names.moment(key)

    def _past(self, key: Key) -> q.Query:
        return q.between(self.by, **{"lt" if self.descending else "gt": self._value(key)})

    def _at(self, key: int) -> q.Query:
        return q.between(self.by, gte=self._value(key), lte=self._value(key))

    def _behind(self, after: tuple[int, int], *, lacks: bool) -> q.Query:
        key, number = after
        later = q.between("_seq_no", gt=number)
        return later if lacks else q.either([self._past(key), q.whole([self._at(key), later])])
