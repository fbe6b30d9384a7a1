"""EventStore: what runs report: scalars, vectors, debug images, plots, console lines. The interface only; engines are in `<engine>/`.

The contract that every engine keeps (`apiserver/testing/events.py` is its suite):

- An event is a dict as clients get it back (spec 4 §4.2.3): `type`, `task` (the id of a task or a model), `metric` and `variant`
  (texts, maybe empty), `timestamp` (milliseconds since 1970, or None), `@timestamp` (when it arrived, ISO text), `worker`,
  `model_event`; `iter` (64 bits), None or absent; and whatever else was sent, which is kept as it is. Numbers keep their digits and kind.
- An event that was reported before overwrites itself. Its identity is its type, task and the texts of iter, metric, variant and key,
  joined by dashes (spec 4 §4.2.4), so "a-b"/"c" is "a"/"b-c". Lines of the log have no identity and stay all.
- `add` stores all events or none; only when it raises Unavailable some may be there, and the same batch sent again completes them without
  doubling any. They are durable when the call returns, and every later read by anyone sees them; the same holds for what `delete` and
  `clear_log` remove.
- Aggregates use `value` rounded to 4 bytes, as the wire knows it (spec 4 §4.2.2); events come back with the value that was sent.
- Metrics and variants are sorted by their UTF-8 bytes. Events without an iteration (or, by time, without a timestamp) sort last, in
  both directions.
- Instances are safe to use from many threads, and may be made before a fork.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from apiserver.stores.errors import InvalidQuery

Event = dict[str, Any]

SCALAR = "training_stats_scalar"
VECTOR = "training_stats_vector"
IMAGE = "training_debug_image"
PLOT = "plot"
LOG = "log"
TYPES = (SCALAR, VECTOR, IMAGE, PLOT, LOG)

SINGLE = -(2**31)
"""The iteration of a value that has none (spec 4 §4.5.3)."""

Metrics = Mapping[str, Sequence[str]]
"""Metric to its variants; no variants: all of them."""
Key = int | float


@frozen
class Entity:
    """A task or a model, and the company whose events it has (of a public one: where it comes from)."""

    company: str
    id: str


@frozen
class Spot:
    """Some iterations of one metric (None: of all) of one entity."""

    entity: str
    metric: str | None
    iterations: tuple[int, ...]


@frozen
class Selection:
    """Which events. All given parts hold together.

    metrics: None means all. above: iterations greater than this. iterations: one of these. spots: at one of these. with_url: images
    whose url is a text, the empty one included. valid: no plots that are marked as not valid. Events without an iteration are left out by
    above, iterations and spots.
    """

    entities: Sequence[Entity]
    types: Sequence[str]
    metrics: Metrics | None = None
    above: int | None = None
    iterations: tuple[int, ...] | None = None
    spots: tuple[Spot, ...] | None = None
    with_url: bool = False
    valid: bool = False


@frozen
class Page:
    """Some events in order. next: where to go on (a JSON value), None when the page was not full."""

    events: list[Event]
    next: list[Any] | None = None


@frozen
class Range:
    """A series as a whole. count: events that have the key; lowest and highest of it; None when none has."""

    metric: str
    variant: str
    count: int
    lowest: Key | None
    highest: Key | None


@frozen
class Curve:
    """A series cut into intervals. starts: multiples of the interval, rising. means: of the rounded values of the events in each; None when
    none has a value. PERF: lists as they are answered, since an object for each point takes longer than adding it up."""

    starts: list[int]
    means: list[float | None]


@frozen
class Latest:
    """The newest value of a series. arrived_ms: when the newest of its events came, newest by arrival."""

    metric: str
    variant: str
    value: float
    arrived_ms: int


@frozen
class UrlUse:
    """Where one url of a variant was used. before: the highest iteration but one."""

    metric: str
    variant: str
    url: str
    highest: int
    before: int | None


@frozen
class Extent:
    """A variant as a whole: iterations from lowest to highest (None: no event has one); newest timestamp."""

    metric: str
    variant: str
    lowest: int | None
    highest: int | None
    timestamp: Key | None


@frozen
class Owner:
    """A task or model that has events of one type, and how many."""

    id: str
    count: int


@frozen
class Portion:
    """Some events of `EventStore.scan`, those of one task or model together.

    lines: {id: how many of its events came before the first one here}, for those that began in an earlier portion. after: where the next
    portion begins (a JSON value).
    """

    events: list[Event]
    lines: Mapping[str, int]
    after: list[Any]


NO_LINES: Mapping[str, int] = {}
_OWNERS = 500
"""Tasks and models whose events are read together, at most."""


class EventStore(abc.ABC):
    """See the module's text for what all methods promise."""

    @abc.abstractmethod
    def add(self, company: str, events: Sequence[Event]) -> None:
        """Store events, each with all fields that the module's text names. Values of scalars are None, absent or numbers within 4 bytes'
        range; nothing is NaN or infinite. Raises: InvalidValue."""

    @abc.abstractmethod
    def put(self, company: str, events: Sequence[Event], *, lines: Mapping[str, int] = NO_LINES) -> None:
        """Store events that another store had, as `add` does; what is put again is not doubled, lines of the log neither: they have the
        place in the log of their task that they had there. lines: of `Portion`. The log of such a task has nothing else in it."""

    @abc.abstractmethod
    def companies(self) -> list[str]:
        """Those that have events, sorted. An engine that keeps events of companies apart by names in lower case gives those."""

    @abc.abstractmethod
    def owners(self, company: str, kind: str, *, after: str = "", size: int) -> list[Owner]:
        """Tasks and models that have events of the type, by the UTF-8 bytes of their ids, beyond one; fewer than `size`: the last."""

    @abc.abstractmethod
    def delete(self, company: str, ids: Iterable[str]) -> int:
        """Remove all events of tasks and models; how many there were."""

    @abc.abstractmethod
    def clear_log(self, company: str, task_id: str, *, before_ms: Key | None, include: Sequence[str], exclude: Sequence[str]) -> int:
        """Remove console lines older than a time, of the included and none of the excluded metrics (empty: no condition); how many."""

    @abc.abstractmethod
    def urls(self, company: str, ids: Iterable[str]) -> list[str]:
        """All different urls of files that debug images and plots of the entities name, sorted."""

    @abc.abstractmethod
    def count(self, selection: Selection) -> int:
        """How many events are selected."""

    @abc.abstractmethod
    def page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Sequence[Any] | None = None
    ) -> Page:
        """The next events, by iteration or by `timestamp`, then in an order that does not change. The selection has one type.

        after: `next` of the page before. Raises: InvalidQuery when it is of another kind.
        """

    @abc.abstractmethod
    def whole_page(
        self, selection: Selection, *, by: str = "iter", descending: bool = False, size: int, after: Key | None = None
    ) -> list[Event]:
        """The next `size` events beyond a key, and all others with the key of the last one: a page never splits a key."""

    @abc.abstractmethod
    def variants(self, entities: Sequence[Entity], types: Sequence[str], *, above: int | None = None) -> dict[str, list[str]]:
        """The metrics that have events, with their variants. above: only of iterations greater than this."""

    @abc.abstractmethod
    def ranges(self, entity: Entity, *, key: str, metrics: Metrics | None = None) -> list[Range]:
        """The scalar series over `iter` or `timestamp`, by metric and variant; only events of iterations above SINGLE count."""

    @abc.abstractmethod
    def buckets(self, entity: Entity, series: Sequence[tuple[str, str]], *, key: str, interval: int) -> list[Curve]:
        """The means of scalar series (metric, variant) over the key cut into intervals, one curve for each; empty intervals left out.
        Only events of iterations above SINGLE count. Fractions of a timestamp are cut."""

    @abc.abstractmethod
    def latest(self, entity: Entity) -> list[Latest]:
        """Of each scalar series with values above 0, the one of the highest iteration; by metric and variant."""

    @abc.abstractmethod
    def last_iteration(self, entity: Entity) -> int | None:
        """The highest iteration of events of any type."""

    @abc.abstractmethod
    def newest(self, selection: Selection, *, count: int) -> list[Event]:
        """For each variant the events of the highest iterations, `count` at most; by metric, variant, then iteration falling.
        The selection has one entity and one type."""

    @abc.abstractmethod
    def last_spots(self, selection: Selection, *, count: int, per_metric: bool) -> list[Spot]:
        """The `count` highest different iterations of each entity, or of each metric of each entity; those without events left out."""

    @abc.abstractmethod
    def url_uses(self, entity: Entity, metrics: Metrics | None = None) -> list[UrlUse]:
        """How often urls of debug images were used, by metric, variant and url; events without iteration left out."""

    @abc.abstractmethod
    def extents(self, selection: Selection) -> list[Extent]:
        """The variants of one entity and type, by metric and variant."""

    @abc.abstractmethod
    def iterations(
        self, selection: Selection, *, below: int | None = None, above: int | None = None, descending: bool, count: int
    ) -> list[int]:
        """The next different iterations with selected events, of one entity and type."""

    @abc.abstractmethod
    def ping(self) -> None:
        """Raises: Unavailable."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of all connections; the store may be used again afterwards."""

    def tidy(self, budget_s: float) -> int:
        """Bring what was reported into its lasting form where reports alone do not; how many events that was. Each call goes on where the
        last one stopped; safe at any moment, in several processes. What reads find stays the same."""
        return 0

    @contextmanager
    def snapshot(self) -> Iterator[bool]:
        """All that this thread reads in the block is the store of one moment, at its beginning; yields whether the engine can do so."""
        yield False

    def scan(self, company: str, kind: str, *, size: int = 5000, after: Sequence[Any] | None = None) -> Iterator[Portion]:
        """Every event of one type, by the id of its task or model, in portions of about `size`. The order of each task's does not change
        while the task does not: lines of the log by time; others by iteration, of a task with many series by series.

        after: of the portion that was last. Raises: InvalidQuery when it is of another kind.
        """
        done, within, inner, number = _scan_position(after)
        if within:
            yield from self._scan_one(company, kind, within, size, done, inner, number)
            done = within
        while found := self.owners(company, kind, after=done, size=_OWNERS):
            together: list[str] = []
            total = 0
            for owner in found:
                if together and total + owner.count > size:
                    yield self._scan_some(company, kind, together, size)
                    together, total = [], 0
                if owner.count > size:
                    yield from self._scan_one(company, kind, owner.id, size, done, None, 0)
                else:
                    together.append(owner.id)
                    total += owner.count
                done = owner.id
            if together:
                yield self._scan_some(company, kind, together, size)

    def _scan_some(self, company: str, kind: str, ids: Sequence[str], size: int) -> Portion:
        """All events of tasks that have few."""
        selection = Selection(tuple(Entity(company, one) for one in ids), (kind,))
        page = self.page(selection, by=_scan_key(kind), size=size + 1)
        events = page.events
        while page.next is not None:
            page = self.page(selection, by=_scan_key(kind), size=size + 1, after=page.next)
            events += page.events
        events.sort(key=lambda event: str(event["task"]).encode())  # NOTE: keeps the order of each task's
        return Portion(events, NO_LINES, [ids[-1], "", None, 0])

    def _scan_one(self, company: str, kind: str, key: str, size: int, done: str, inner: Any, number: int) -> Iterator[Portion]:
        """The events of a task that has many. PERF: series by series, since a page of one is read in order, without sorting all."""
        entity = Entity(company, key)
        series: list[tuple[str, ...]] = [()]
        if kind != LOG:
            series = [(metric, variant) for metric, variants in self.variants([entity], (kind,)).items() for variant in variants]
        if inner is not None:
            series = [name for name in series if name >= tuple(inner[:-1])]
        events: list[Event] = []
        for place, name in enumerate(series):
            metrics = {name[0]: (name[1],)} if name else None
            after = inner[-1] if inner is not None and tuple(inner[:-1]) == name else None
            while True:
                page = self.page(Selection((entity,), (kind,), metrics), by=_scan_key(kind), size=size, after=after)
                events += page.events
                after = page.next
                following: list[Any] | None = [*name, after] if after is not None else None
                if after is None and place + 1 < len(series):
                    following = [*series[place + 1], None]
                if len(events) >= size or following is None:
                    position = [done, key, following, number + len(events)] if following is not None else [key, "", None, 0]
                    yield Portion(events, {key: number}, position)
                    number += len(events)
                    events = []
                if after is None:
                    break

    def exists(self, selection: Selection) -> bool:
        """Whether any event is selected."""
        return self.count(selection) > 0

    def select(self, selection: Selection, *, descending: bool = False) -> list[Event]:
        """All selected events of one type, by iteration."""
        events: list[Event] = []
        after: list[Any] | None = None
        while True:
            page = self.page(selection, descending=descending, size=1000, after=after)
            events += page.events
            if page.next is None:
                return events
            after = page.next


def _scan_key(kind: str) -> str:
    return "timestamp" if kind == LOG else "iter"


def _scan_position(after: Sequence[Any] | None) -> tuple[str, str, Any, int]:
    if after is None:
        return "", "", None, 0
    if len(after) != 4 or not isinstance(after[0], str) or not isinstance(after[1], str) or not isinstance(after[3], int):
        raise InvalidQuery("a position of another kind of scan")
    return after[0], after[1], after[2], after[3]
