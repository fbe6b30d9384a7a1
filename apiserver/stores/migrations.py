"""Migrations: changes of stored data from the shape of one release to that of the next. The interface that every engine's have, and the
way to their files in `migrations/`. docs/upgrading.md is the page for operators; `trackyard migrate` is the command.
"""

from __future__ import annotations

import abc
import importlib
import re
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from attrs import define, field, frozen

from apiserver import resources
from apiserver.stores.errors import Refused, StoreError

_NUMBERED = re.compile(r"\d{4}_\w+")
_SAY_EVERY_S = 5.0


class MigrationFailed(StoreError):
    """A step could not be completed. What it did stays done, and a repeated run goes on from there; the text says what is in the way."""


class NotMigrated(Refused):
    """The data has the shape of an older release, and nobody may work on it before it is migrated."""


@frozen
class Progress:
    """How far a step is. total: of documents to look at; 0: not known."""

    store: str
    step: str
    done: int
    total: int


Tell = Callable[[Progress], None]


@frozen
class Step:
    """One migration. number: as it is recorded; what: what it does to the data; left: documents that it would change, None: not counted."""

    number: str
    what: str
    done: bool
    left: int | None = None


@frozen
class Status:
    """Where the data of one store stands. store: documents, events, state or statistics; where: its place, without passwords.

    version: of the newest step that the data has behind it; empty: of none. notes: what an operator should know besides.
    """

    store: str
    engine: str
    where: str
    version: str
    steps: Sequence[Step]
    notes: Sequence[str] = ()

    @property
    def pending(self) -> list[Step]:
        return [step for step in self.steps if not step.done]


class Migrations(abc.ABC):
    """The migrations of one store. Nothing is changed but by `run`. Every method may raise Unavailable and Refused."""

    store: str
    engine: str

    @abc.abstractmethod
    def status(self, *, count: bool = False) -> Status:
        """count: with the number of documents that each step would change, which may take its time."""

    @abc.abstractmethod
    def run(self, tell: Tell) -> None:
        """Do what is pending, in order; each step is recorded when it is whole. The caller holds the start lock. May be killed at any
        point and repeated. Raises: MigrationFailed."""

    @abc.abstractmethod
    def verify(self) -> list[str]:
        """What is not as it should be after a run, one line each. Changes nothing."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of all connections."""


@define
class Telling:
    """Says how far a step is: now and then, and with what time is left. `say` gets one line."""

    say: Callable[[str], Any]
    _began: dict[tuple[str, str], float] = field(factory=dict)
    _said: float = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        began = self._began.setdefault((progress.store, progress.step), now)
        finished = progress.done >= progress.total
        if not finished and now - self._said < _SAY_EVERY_S:
            return
        self._said = now
        rate = progress.done / (now - began) if now - began >= 1 else 0.0
        line = f"{progress.store} {progress.step}: {progress.done:,} of {progress.total:,}" + (f", {rate:,.0f} a second" if rate else "")
        if rate and not finished:
            line += f", {(progress.total - progress.done) / rate:,.0f} s left"
        self.say(line)


# The files


def module(name: str) -> ModuleType:
    """A module below `migrations/`, by its path: `mongo.changing`. They may import each other with leading dots. Raises: ImportError."""
    return importlib.import_module(f"apiserver.migrations.{name}")


def numbered(folder: str) -> list[ModuleType]:
    """The modules NNNN_name.py of a folder below `migrations/`, in order."""
    names = sorted(file.stem for file in (resources.folder("migrations") / folder).glob("*.py") if _NUMBERED.fullmatch(file.stem))
    return [module(f"{folder}.{name}") for name in names]
