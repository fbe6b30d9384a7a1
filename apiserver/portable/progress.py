"""What a long run tells about itself, while it goes. Showing it is the commands' work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from attrs import define, field, frozen

_WINDOW_S = 30.0
_SHORTEST_S = 0.1
"""Before that, a rate would be a guess."""


@frozen
class Progress:
    """what: carry, verify, ...; done, total: records; rate: records a second, lately; left_s: seconds to go, None: not known yet."""

    what: str
    section: str
    done: int
    total: int
    rate: float
    left_s: float | None


Listener = Callable[[Progress], None]


def nobody(_: Progress) -> None:
    """Listens to nothing."""


@define
class Counter:
    """Counts records and tells a listener, a few times a second at most."""

    what: str
    total: int
    listener: Listener
    done: int = 0
    every_s: float = 0.2
    clock: Callable[[], float] = time.monotonic
    _told: float = -1e9
    _marks: deque[tuple[float, int]] = field(factory=deque)

    def add(self, count: int, section: str) -> None:
        self.done += count
        now = self.clock()
        if not self._marks:
            self._marks.append((now, self.done - count))
        if now - self._told >= self.every_s:
            self.tell(section)

    def tell(self, section: str) -> None:
        """Now, whenever the last time was."""
        now = self.clock()
        self._told = now
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_S:
            self._marks.popleft()
        since, before = self._marks[0]
        rate = (self.done - before) / (now - since) if now - since >= _SHORTEST_S else 0.0
        left = (self.total - self.done) / rate if rate > 0 and self.total >= self.done else None
        self.listener(Progress(self.what, section, self.done, self.total, rate, left))
