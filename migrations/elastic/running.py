"""The migration itself: `plan` says what there is, `run` copies it unit by unit, in threads, and goes on where a run ended.

A run is a pass: it takes all documents of the source, or, when a pass ended before, those that arrived since (and a little before, since
clocks differ). Nothing here can change the source. Docs: docs/upgrading.md.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from attrs import define, field, frozen

from apiserver.stores.errors import NoSpace, Refused, StoreError, Unavailable
from apiserver.stores.events import LOG, PLOT

from .checkpoints import BadDocument, Checkpoints
from .mending import Bad, event_of
from .source import Away, Hit, Index, Source, SourceError, TooLarge
from .targets import Document, Target, chunks
from .units import UNIT, Unit, newest, units_of

OVERLAP_MS = 10 * 60 * 1000
"""How far before the newest document of the last pass the next one begins."""
PAGE_DOCUMENTS = 2000
PAGE_BYTES = 8 * 1024 * 1024
PACKED = 6
"""How many bytes of JSON a byte on disk may be, for the first guess of a page's size."""
TRIES = 6
PAUSE_S = 2.0
ROOM = 1.3
"""Free disk that has to be there, for each byte of what is still to be copied."""


class Stopped(Exception):
    """The run ended before its end; the text says why and what to do. It goes on when it is started again."""


@frozen
class Planned:
    """An index of the source and how much of it there is."""

    index: Index
    skipped: str = ""
    """Why it is not copied; empty: it is."""


@frozen
class Plan:
    """What a run would do. free_bytes: of the target's disk, None when unknown."""

    source: str
    version: str
    indices: Sequence[Planned]
    free_bytes: int | None
    closed: Sequence[str] = ()
    """Indices that cannot be read before somebody opens them."""

    @property
    def copied(self) -> list[Index]:
        return [one.index for one in self.indices if not one.skipped]

    @property
    def documents(self) -> int:
        return sum(one.documents for one in self.copied)

    @property
    def size_bytes(self) -> int:
        return sum(one.size_bytes for one in self.copied)

    @property
    def needed_bytes(self) -> int:
        return int(self.size_bytes * ROOM)

    def fits(self, left: float = 1) -> bool:
        """Whether there is room for the part of it that is still to be copied."""
        return self.free_bytes is None or self.free_bytes >= self.needed_bytes * left


@frozen
class Progress:
    """Where a run is. documents: written so far, those of earlier runs of the same pass included; total: of the pass, about."""

    documents: int
    total: int
    rate: float
    left_s: float | None
    index: str
    bad: int


@frozen
class Outcome:
    """What a run did. documents: read and written in this run; again: of those, in units that an earlier run had begun."""

    number: int
    documents: int
    again: int
    bad: int
    seconds: float


def plan(source: Source, target: Target) -> Plan:
    """What there is to copy, and whether it fits. Asks only."""
    version = source.identity().number
    found = [Planned(one, "" if target.takes(one) else "the target keeps no statistics that others wrote") for one in source.indices()]
    return Plan(source.where(), version, found, target.free_bytes(), source.closed())


@define(eq=False)
class Run:
    """One run of a migration. report: called often, from one thread at a time."""

    source: Source
    target: Target
    checkpoints: Checkpoints
    parallel: int = 4
    unit: int = UNIT
    report: Callable[[Progress], None] | None = None
    _stop: threading.Event = field(factory=threading.Event, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _error: BaseException | None = field(default=None, init=False)
    _done: int = field(default=0, init=False)
    _read: int = field(default=0, init=False)
    _again: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)
    _begun: float = field(default=0, init=False)
    _number: int = field(default=0, init=False)
    _indices: dict[str, Index] = field(factory=dict, init=False)

    def run(self) -> Outcome:
        """Go on with the pass that did not end, or begin the next. Raises: Stopped, OtherMigration."""
        self._begun = time.monotonic()
        with self.checkpoints.alone():
            try:
                self._run()
            except (SourceError, StoreError) as error:
                raise Stopped(_advice(error)) from error
            finally:
                self.checkpoints.write_bad()
        return Outcome(self._number, self._read, self._again, self.checkpoints.bad_count(), time.monotonic() - self._begun)

    def _run(self) -> None:
        identity = self.source.identity()
        self.checkpoints.belongs_to({"source": f"{identity.uuid} {self.source.prefix}".rstrip(), "target": self.target.identity()})
        indices = [one for one in self.source.indices() if self.target.takes(one)]
        self._indices = {one.name: one for one in indices}
        self.target.prepare(indices)
        self._number = self._cut(indices)
        units = self.checkpoints.open_units(self._number)
        self._total, self._done = self.checkpoints.totals(self._number)
        self._copy(units)
        self.target.settle()
        self.checkpoints.end_pass(self._number, at=time.time())

    def _cut(self, indices: Sequence[Index]) -> int:
        """The units of this pass, made once."""
        last = self.checkpoints.last_pass()
        if last is None or last.ended:
            # NOTE: asked before the first document is read: what comes from now on is of the next pass, too.
            this = self.checkpoints.begin_pass({one.name: newest(self.source, one) for one in indices}, at=time.time())
        else:
            this = last
        before = self.checkpoints.newest_of(this.number - 1)
        for index in indices:
            if not self.checkpoints.is_cut(this.number, index.name):
                if this.number == 1 and self._has_lines(index):
                    self.checkpoints.remember(_compared(index), "yes")
                since = {name: ms - OVERLAP_MS for name, ms in before.get(index.name, {}).items()}
                self.checkpoints.add_units(this.number, index.name, units_of(self.source, index, size=self.unit, since=since))
        return this.number

    def _has_lines(self, index: Index) -> bool:
        """Whether the target has lines of these tasks before the first one is written, as when checkpoints were lost."""
        if self.target.lines_have_ids or index.kind != LOG:
            return False
        return any(self.target.by_task(index, [task for task, _ in chunk]) for chunk in chunks(self.source.by_task(index), 1000))

    def _copy(self, units: Sequence[tuple[int, Unit, bool]]) -> None:
        waiting: queue.SimpleQueue[tuple[int, Unit, bool]] = queue.SimpleQueue()
        for one in units:
            waiting.put(one)
        threads = [threading.Thread(target=self._work, args=(waiting,), daemon=True) for _ in range(max(1, self.parallel))]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
                    self._say("")
        except BaseException:
            self._stop.set()
            raise
        if self._error is not None:
            raise self._error

    def _work(self, waiting: queue.SimpleQueue[tuple[int, Unit, bool]]) -> None:
        while not self._stop.is_set():
            try:
                number, unit, begun = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._unit(number, unit, begun)
            except BaseException as error:
                with self._lock:
                    self._error = self._error or error
                self._stop.set()

    # One unit

    def _unit(self, number: int, unit: Unit, begun: bool) -> None:
        """All documents of a unit, from its begin again when the source or the target is away for a while."""
        index = self._indices.get(unit.index)
        if index is None:
            raise SourceError(f"the index {unit.index} is not there any more")
        self.checkpoints.begin(number)
        size = _page_size(index)
        again = begun or self._number > 1 or self.checkpoints.fact(_compared(index)) is not None
        for attempt in range(TRIES):
            try:
                documents = self._documents(index, unit, size, again)
            except TooLarge:
                size = max(1, size // 4)
            except (Away, Unavailable) as error:
                if attempt == TRIES - 1 or isinstance(error, (NoSpace, Refused)):
                    raise
                self._stop.wait(PAUSE_S * 2**attempt)
            else:
                if documents is not None:
                    self.checkpoints.finish(number, documents)
                return
            again = True
        raise Away(f"{unit.index} cannot be read in pages of {size}")

    def _documents(self, index: Index, unit: Unit, size: int, again: bool) -> int | None:
        """How many there are; None when the run was stopped within."""
        sort: Sequence[Any] = ("_doc",)
        careful = again and index.kind == LOG
        if careful:
            sort = [{index.task: {"unmapped_type": "keyword"}}, *({one: {"unmapped_type": "long"}} for one in ("timestamp", "@timestamp"))]
        count = 0
        pages: Iterable[list[Hit]] = self.source.pages(unit.index, unit.query(index.times), size=size, sort=sort)
        try:
            for page in _whole_groups(pages) if careful else pages:
                if self._stop.is_set():
                    return None
                self._write(index, page, again)
                count += len(page)
                with self._lock:
                    self._done += len(page)
                    self._read += len(page)
                    self._again += len(page) if again else 0
                self._say(index.name)
        except BaseException:
            with self._lock:
                self._done -= count
            raise
        return count

    def _write(self, index: Index, page: Sequence[Hit], again: bool) -> None:
        documents: list[Document] = []
        bad: list[BadDocument] = []
        for hit in page:
            try:
                documents.append(document_of(index, hit))
            except Bad as error:
                bad.append(_bad(hit, str(error)))
        sources = {hit.id: hit for hit in page}
        bad += [_bad(sources[one], f"the target refuses it: {why}") for one, why in self.target.write(index, documents, again=again)]
        if bad:
            self.checkpoints.add_bad(bad)
        if again:
            taken = {one.id for one in documents} - {one.id for one in bad}
            self.checkpoints.forget_bad(index.name, taken)

    def _say(self, index: str) -> None:
        if self.report is None or not self._lock.acquire(blocking=False):
            return
        try:
            spent = max(time.monotonic() - self._begun, 1e-6)
            total = max(self._total, self._done)
            rate = self._read / spent
            left = (total - self._done) / rate if rate else None
            self.report(Progress(self._done, total, rate, left, index, self.checkpoints.bad_count()))
        finally:
            self._lock.release()


def _compared(index: Index) -> str:
    """The fact that lines of an index are compared with what is there from the begin."""
    return f"compared {index.name}"


def document_of(index: Index, hit: Hit) -> Document:
    """What is written of a document. Raises: Bad."""
    if index.is_events:
        return Document(hit.id, hit.routing, event_of(hit.source, index.kind))
    if not isinstance(hit.source, Mapping):
        raise Bad("the index keeps no _source of it")
    return Document(hit.id, hit.routing, dict(hit.source))


def _bad(hit: Hit, why: str) -> BadDocument:
    task = hit.source.get("task") if isinstance(hit.source, Mapping) else None
    return BadDocument(hit.index, hit.id, task if isinstance(task, str) else None, why, hit.source)


def _page_size(index: Index) -> int:
    stored = index.size_bytes / index.documents if index.documents else 0
    guess = int(PAGE_BYTES / max(1.0, stored * PACKED))
    return max(1, min(PAGE_DOCUMENTS, guess, 200 if index.kind == PLOT else PAGE_DOCUMENTS))


def _whole_groups(pages: Iterable[list[Hit]]) -> Iterator[list[Hit]]:
    """The same documents in pages that never part those that are sorted as equal, so that equal lines are counted together."""
    held: list[Hit] = []
    for page in pages:
        groups = [list(group) for _, group in groupby([*held, *page], key=lambda hit: hit.sort)]
        held = groups.pop()
        if groups:
            yield [hit for group in groups for hit in group]
    if held:
        yield held


def _advice(error: Exception) -> str:
    if isinstance(error, NoSpace):
        return (
            f"{error}. Free some disk; before release 7.4 also clear index.blocks.read_only_allow_delete. Then run again: it goes on here"
        )
    return f"{error}. When that is mended, run again: it goes on here"
