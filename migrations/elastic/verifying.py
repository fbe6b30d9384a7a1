"""Whether everything arrived: counts of each (company, type, task), and documents taken at random, compared field by field."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import field, frozen

from .checkpoints import Checkpoints
from .mending import Bad
from .running import document_of
from .source import Hit, Index, Source
from .targets import Target, chunks
from .units import times_of

SKIPPED = 100
LISTED = 100
"""Differences that are named for each index; further ones are counted."""


@frozen
class Difference:
    """A task of which the target does not have what the source has. expected: without its bad documents."""

    task: str
    expected: int
    found: int


@frozen
class Checked:
    """One index. documents: of the source. bad: of those, not taken. less, more: tasks with fewer or more documents than expected.

    sampled: documents that were compared; different: ids of those that are not equal or not there.
    """

    index: str
    documents: int
    tasks: int
    bad: int
    less: Sequence[Difference] = ()
    more: Sequence[Difference] = ()
    less_count: int = 0
    more_count: int = 0
    sampled: int = 0
    different: Sequence[str] = ()

    @property
    def fine(self) -> bool:
        return not self.less_count and not self.different


@frozen
class Verified:
    """All indices. fine: nothing is missing and nothing differs; more than expected is fine, since a server may have added it."""

    indices: Sequence[Checked] = field(factory=tuple)

    @property
    def fine(self) -> bool:
        return all(one.fine for one in self.indices)


def verify(
    source: Source,
    target: Target,
    checkpoints: Checkpoints,
    *,
    samples: int = 50,
    seed: int | None = None,
    report: Callable[[str], None] | None = None,
) -> Verified:
    """Compare source and target. samples: documents of each index. report: is told the index at work. Asks only."""
    chance = random.Random(seed)
    target.settle()
    found = []
    for index in source.indices():
        if not target.takes(index):
            continue
        if report is not None:
            report(index.name)
        sampled, different = _sampled(source, target, checkpoints, index, samples, chance)
        counted = _by_task(source, target, checkpoints, index) if index.is_events else _whole(source, target, checkpoints, index)
        less, more, documents, tasks = counted
        bad = len(checkpoints.bad_ids(index.name))
        found.append(
            Checked(
                index.name, documents, tasks, bad, less[:LISTED], more[:LISTED], len(less), len(more), sampled, tuple(different[:LISTED])
            )
        )
    return Verified(tuple(found))


_Counted = tuple[list[Difference], list[Difference], int, int]


def _by_task(source: Source, target: Target, checkpoints: Checkpoints, index: Index) -> _Counted:
    bad = checkpoints.bad_by_task(index.name)
    less: list[Difference] = []
    more: list[Difference] = []
    tasks = 0
    for chunk in chunks(source.by_task(index), 1000):
        there = target.by_task(index, [task for task, _ in chunk])
        for task, count in chunk:
            tasks += 1
            one = Difference(task, count - bad.get(task, 0), there.get(task, 0))
            if one.found < one.expected:
                less.append(one)
            elif one.found > one.expected:
                more.append(one)
    return less, more, source.count(index.name, {"match_all": {}}), tasks


def _whole(source: Source, target: Target, checkpoints: Checkpoints, index: Index) -> _Counted:
    documents = source.count(index.name, {"match_all": {}})
    one = Difference("", documents - len(checkpoints.bad_ids(index.name)), target.total(index))
    return [one] if one.found < one.expected else [], [one] if one.found > one.expected else [], documents, 0


def _sampled(
    source: Source, target: Target, checkpoints: Checkpoints, index: Index, samples: int, chance: random.Random
) -> tuple[int, list[str]]:
    bad = checkpoints.bad_ids(index.name)
    seen: set[str] = set()
    different = []
    for hit in _random_hits(source, index, samples, chance):
        if hit.id in seen or hit.id in bad:
            continue
        seen.add(hit.id)
        try:
            document = document_of(index, hit)
        except Bad:
            different.append(hit.id)  # NOTE: bad, and not in the list
            continue
        if not any(_equal(document.event, one) for one in target.find(index, document)):
            different.append(hit.id)
    return len(seen), different


def _random_hits(source: Source, index: Index, samples: int, chance: random.Random) -> Iterator[Hit]:
    """PERF: some way after a point in time: the server's own order by chance loads the ids of all documents into its memory."""
    times = times_of(index)
    extent = source.extent(index.name, times[0], {"match_all": {}}) if times else None
    if extent is None or index.documents <= 4 * samples:
        yield from source.search(index.name, {"match_all": {}}, size=4 * samples)
        return
    for _ in range(samples):
        at = chance.randint(*extent)
        near = {"range": {times[0]: {"gte": at, **({"format": "epoch_millis"} if index.times[times[0]].startswith("date") else {})}}}
        yield from source.search(index.name, near, size=1, sort=[{times[0]: "asc"}], skip=chance.randrange(SKIPPED))


def _equal(mine: Any, other: Any) -> bool:
    """The same JSON: 1 and 1.0 are the same number, 1 and true are not the same value."""
    if isinstance(mine, dict) and isinstance(other, dict):
        return mine.keys() == other.keys() and all(_equal(value, other[name]) for name, value in mine.items())
    if isinstance(mine, list) and isinstance(other, list):
        return len(mine) == len(other) and all(map(_equal, mine, other))
    return isinstance(mine, bool) == isinstance(other, bool) and bool(mine == other)


# Mending


def mend(source: Source, target: Target, verified: Verified) -> int:
    """Copy anew the tasks whose counts differ, after taking out what the target has of them; how many tasks.

    For what was deleted in the source between two passes. NOTE: events of these tasks that only the target has are lost, so only before
    a server on the target has taken reports of them.
    """
    indices = {one.name: one for one in source.indices() if target.takes(one) and one.is_events}
    wrong: dict[tuple[str, str], None] = {}
    for checked in verified.indices:
        if (index := indices.get(checked.index)) is not None:
            wrong |= {(index.company, one.task): None for one in (*checked.less, *checked.more)}
    for company, task in wrong:
        mine = [one for one in indices.values() if one.company == company]
        for index in mine:
            target.remove(index, task)
        for index in mine:
            for page in source.pages(index.name, {"term": {index.task: task}}, size=500):
                documents = []
                for hit in page:
                    try:
                        documents.append(document_of(index, hit))
                    except Bad:
                        continue
                target.write(index, documents, again=False)
    target.settle()
    return len(wrong)
