"""Numbered changes of the form of `documents.db`, run at opening, in order, in the transaction that opens the file.

`PRAGMA user_version` is the form that a file has. All but the bodies is derived from them, so a step says what is to be derived anew; new
columns, side tables and indexes of the declaration are completed with it. A run that is broken off leaves the file as it was, and the next
opening begins again. A new column, side table or index is a new step here; `tests/stores/sqlite/test_migrations.py` holds that none is
forgotten.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from attrs import define, field, frozen

from apiserver.stores.sqlite.table import Column, Table

log = logging.getLogger(__name__)
T = TypeVar("T")
_SAY_EVERY_S = 5.0


@frozen
class Migration:
    """number: of the form that it leads to. anew: the columns of a table whose values mean something else than before."""

    number: int
    what: str
    anew: Callable[[Table], tuple[Column, ...]]


def _deep_keys(table: Table) -> tuple[Column, ...]:
    """NOTE: numbers of maps with lists in them are negative since form 2."""
    return tuple(column for column in table.shapes.values() if (column.keys or 0) > 1)


DOCUMENTS: tuple[Migration, ...] = (Migration(2, "index of letters for searches; sets of keys tell lists", _deep_keys),)
CURRENT = DOCUMENTS[-1].number


def needed(found: int) -> tuple[Migration, ...]:
    """Those that a file of this form lacks; a new file (0) none."""
    return tuple(step for step in DOCUMENTS if 0 < found < step.number)


@define
class Progress:
    """A line every five seconds: how many of how many, how fast, how long still."""

    name: str
    total: int
    done: int = 0
    _began: float = field(factory=time.monotonic)
    _said: float | None = None

    def watch(self, items: Iterable[T]) -> Iterator[T]:
        """The items, counted."""
        for item in items:
            yield item
            self.done += 1
            now = time.monotonic()
            if now - (self._said or self._began) >= _SAY_EVERY_S:
                self._said = now
                log.warning("%s", self.line(now))
        if self._said is not None:
            log.warning("%s", self.line(time.monotonic()))

    def line(self, now: float) -> str:
        """As it is shown."""
        rate = self.done / max(now - self._began, 1e-9)
        left = (self.total - self.done) / rate if rate else 0
        return f"{self.name}: {self.done:,} of {self.total:,} documents, {rate:,.0f} a second, {left:,.0f} s left"
