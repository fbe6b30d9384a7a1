"""Thinning scalar series for drawing: which interval a series gets, and which series share one. Pure. Source: spec 4 §4.5.1."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MOST_MEMBERS = 50
MOST_POINTS = 6000

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Cut(Generic[Name]):
    """A series with the interval it asks for. size: how many points that makes, at most."""

    name: Name
    interval: int
    size: int


@dataclass(slots=True)
class Group(Generic[Name]):
    """Series that are read together with the greatest interval of any of them."""

    names: list[Name] = field(default_factory=list)
    interval: int = 1
    size: int = 0


def cut(name: Name, count: int, lowest: float | None, highest: float | None, samples: int) -> Cut[Name]:
    """The interval of one series. QUIRK: spec 4 §4.5.1: with exactly as many events as samples it is thinned already."""
    if lowest is None or highest is None or count < samples:
        return Cut(name, 1, count)
    extent = int(highest) - int(lowest) + 1
    interval = max(1, -(-extent // samples))
    return Cut(name, interval, -(-extent // interval))


def groups(cuts: Iterable[Cut[Name]]) -> list[Group[Name]]:
    """Series of nearly equal intervals, at most 50 and 6000 points together; the smallest intervals first."""
    found: list[Group[Name]] = []
    bound = 0
    for one in sorted(cuts, key=lambda c: c.interval):
        group = found[-1] if found else None
        if group is None or one.interval > bound or group.size + one.size > MOST_POINTS or len(group.names) >= MOST_MEMBERS:
            group = Group()
            found.append(group)
            bound = one.interval + math.floor(one.interval * 0.1)
        group.names.append(one.name)
        group.interval = max(group.interval, one.interval)
        group.size += one.size
    return found
