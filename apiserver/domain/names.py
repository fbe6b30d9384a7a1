"""Names of projects: full paths such as `vision/detection/baseline`. Source: spec 2 §8.1."""

from __future__ import annotations

SEPARATOR = "/"
MIN_BASENAME = 3


class InvalidName(ValueError):
    """A name with nothing in it, or with a part made of blanks only."""


class BlankPart(InvalidName):
    """A part made of blanks only; `last`: it is the last one."""

    def __init__(self, *, last: bool) -> None:
        super().__init__("a part of the name is blank")
        self.last = last


def parts(name: str) -> list[str]:
    """The parts of a full name, stripped; empty ones left out. Raises: InvalidName."""
    found = [part.strip() for part in name.split(SEPARATOR) if part]
    if not found:
        raise InvalidName("the name is empty")
    if not all(found):
        raise BlankPart(last=not found[-1])
    return found


def depth(name: str) -> int:
    """How many levels a name has, blank parts counted as they come."""
    return sum(1 for part in name.split(SEPARATOR) if part)


def normalised(name: str) -> str:
    """The full name as it is stored. Raises: InvalidName."""
    return SEPARATOR.join(parts(name))


def basename(full: str) -> str:
    """The last part of a normalised name."""
    return full.rpartition(SEPARATOR)[2]


def location(full: str) -> str:
    """All but the last part of a normalised name; empty at the top level."""
    return full.rpartition(SEPARATOR)[0]


def under(parent: str, base: str) -> str:
    """The full name of `base` below the parent (empty: at the top level)."""
    return f"{parent}{SEPARATOR}{base}" if parent else base


def ancestors(full: str) -> list[str]:
    """The full names of all projects above, the top one first."""
    pieces = full.split(SEPARATOR)
    return [SEPARATOR.join(pieces[:i]) for i in range(1, len(pieces))]
