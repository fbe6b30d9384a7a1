"""Whether two installations hold the same: every document by its id, every task's events of each type by count and checksum, every kind of
statistics by count and checksum. Reads both sides once, in constant memory; what copied the records has no part in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field, frozen

from apiserver.portable.encoding import SUM_MODULUS, checksum
from apiserver.portable.progress import Counter, Listener, nobody
from apiserver.portable.reading import DOCUMENTS, EVENTS, Reader, Section

NAMED = 20
"""Differences of a section that are told one by one; all are counted."""


@frozen
class Tally:
    """Records under one name (the id of a document or task; empty for all of a section), and their checksum."""

    name: str
    count: int
    sum: int

    @property
    def text(self) -> str:
        return f"{self.count} ({self.sum:032x})"


@define
class Compared:
    """One section of both sides. differences: what differs, in words, at most NAMED; different: how many do."""

    section: Section
    source: Tally
    target: Tally
    different: int = 0
    differences: list[str] = field(factory=list)

    def differs(self, text: str) -> None:
        self.different += 1
        if len(self.differences) < NAMED:
            self.differences.append(text)


def tallies(reader: Reader, section: Section, seen: Callable[[int], None] = lambda count: None) -> Iterator[Tally]:
    """By document; by task or model; else one of all. Rising by the bytes of the name."""
    if section.store not in (DOCUMENTS, EVENTS):
        count = total = 0
        for portion in reader.portions(section):
            count += len(portion.records)
            total += sum(map(checksum, portion.records))
            seen(len(portion.records))
        yield Tally("", count, total % SUM_MODULUS)
        return
    name_of = "id" if section.store == DOCUMENTS else "task"
    name, count, total = "", 0, 0
    for portion in reader.portions(section):
        for record in portion.records:
            if record[name_of] != name:
                if count:
                    yield Tally(name, count, total % SUM_MODULUS)
                name, count, total = record[name_of], 0, 0
            count += 1
            total += checksum(record)
        seen(len(portion.records))
    if count:
        yield Tally(name, count, total % SUM_MODULUS)


def compare(
    source: Reader,
    target: Reader,
    *,
    merged: bool = False,
    done: Callable[[str], Compared | None] = lambda key: None,
    finished: Callable[[Compared], None] = lambda compared: None,
    listener: Listener = nobody,
) -> Iterator[Compared]:
    """Each section that either side has. merged: the target may hold more. done: a section that was compared before. finished: is told."""
    sections = list(dict.fromkeys([*source.sections(), *target.sections()]))
    counter = Counter("verify", sum(source.count(section) for section in sections), listener)
    for section in sections:
        found = done(section.key)
        if found is None:
            found = _compared(source, target, section, counter, merged=merged)
            finished(found)
        else:
            counter.add(found.source.count, section.key)
        yield found
    counter.tell("")


def _compared(source: Reader, target: Reader, section: Section, counter: Counter, *, merged: bool) -> Compared:
    found = Compared(section, Tally("", 0, 0), Tally("", 0, 0))
    what = {DOCUMENTS: "document", EVENTS: "events of"}.get(section.store, "all")
    ours, theirs = tallies(source, section, lambda count: counter.add(count, section.key)), tallies(target, section)
    for one, other in _paired(ours, theirs):
        if one is not None:
            found.source = _sum(found.source, one)
        if other is not None and (one is not None or not merged):
            found.target = _sum(found.target, other)
        if one == other or (one is None and merged):
            continue
        name = f"{what} {(one or other or found.source).name}".rstrip()
        if one is None and other is not None:
            found.differs(f"{name}: only in the target ({other.count})")
        elif one is not None and (other is None or not other.count):
            found.differs(f"{name}: missing in the target ({one.count})")
        elif one is not None and other is not None and one.count != other.count:
            found.differs(f"{name}: {one.count} in the source, {other.count} in the target")
        else:
            found.differs(f"{name}: other contents")
    return found


def _paired(ours: Iterator[Tally], theirs: Iterator[Tally]) -> Iterator[tuple[Tally | None, Tally | None]]:
    """Those of one name together; both are in the order of their names."""
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and _order(one) < _order(other)):
            yield one, None
            one = next(ours, None)
        elif one is None or _order(other) < _order(one):
            yield None, other
            other = next(theirs, None)
        else:
            yield one, other
            one, other = next(ours, None), next(theirs, None)


def _order(tally: Tally) -> bytes:
    return tally.name.encode()


def _sum(one: Tally, other: Tally) -> Tally:
    return Tally("", one.count + other.count, (one.sum + other.sum) % SUM_MODULUS)


def as_json(found: Compared) -> dict[str, Any]:
    return {
        "section": found.section.key,
        "source": {"count": found.source.count, "checksum": f"{found.source.sum:032x}"},
        "target": {"count": found.target.count, "checksum": f"{found.target.sum:032x}"},
        "different": found.different,
        "differences": found.differences,
    }
