"""How long work is shown: a bar on a terminal, else a plain line now and then, or JSON lines (those on standard output)."""

from __future__ import annotations

import json
import shutil
import sys
import time

import click
from attrs import define

from apiserver.portable.progress import Progress

_BAR = 24
_PLAIN_EVERY_S = 10.0
_JSON_EVERY_S = 1.0


@define
class Meter:
    """Shows progress, and says what is worth a line of its own."""

    as_json: bool = False
    _last: float = -1e9
    _what: str = ""
    _width: int = 0

    def __call__(self, progress: Progress) -> None:
        is_last = progress.done >= progress.total and not progress.section
        terminal = not self.as_json and sys.stderr.isatty()
        every_s = 0.0 if terminal else _JSON_EVERY_S if self.as_json else _PLAIN_EVERY_S
        now = time.monotonic()
        if progress.what == self._what and not is_last and now - self._last < every_s:
            return
        self._what, self._last = progress.what, now
        if self.as_json:
            left = None if progress.left_s is None else round(progress.left_s, 1)
            self._print_json(
                "progress",
                {
                    "phase": progress.what, "section": progress.section, "done": progress.done, "total": progress.total,
                    "rate": round(progress.rate, 1), "left_s": left,
                },
            )  # fmt: skip
        elif terminal:
            self._draw(progress, is_last=is_last)
        else:
            click.echo(line(progress), err=True)

    def say(self, text: str) -> None:
        """A line for people."""
        if not self.as_json:
            self._clear()
            click.echo(text, err=True)

    def result(self, found: dict[str, object], *lines: str) -> None:
        """What came of it: JSON, or lines."""
        if self.as_json:
            self._print_json("result", found)
        else:
            self._clear()
            for text in lines:
                click.echo(text)

    def _print_json(self, event: str, found: dict[str, object]) -> None:
        click.echo(json.dumps({"event": event, **found}, ensure_ascii=False))

    def _draw(self, progress: Progress, *, is_last: bool) -> None:
        share = min(1.0, progress.done / progress.total) if progress.total else 1.0
        bar = "#" * int(share * _BAR)
        text = f"[{bar:<{_BAR}}] {line(progress)}"[: max(20, shutil.get_terminal_size().columns - 1)]
        sys.stderr.write("\r" + text.ljust(self._width) + ("\n" if is_last else ""))
        sys.stderr.flush()
        self._width = 0 if is_last else len(text)

    def _clear(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            self._width = 0


def line(progress: Progress) -> str:
    """`carry 41% 1,200,000 of 2,900,000, 31,000 a second, 0:55 left (events/log/...)`."""
    share = f"{100 * progress.done // progress.total}%" if progress.total else "100%"
    left = "" if progress.left_s is None else f", {clock(progress.left_s)} left"
    where = f" ({progress.section})" if progress.section else ""
    return f"{progress.what} {share} {progress.done:,} of {progress.total:,}, {progress.rate:,.0f} a second{left}{where}"


def clock(seconds: float) -> str:
    """`0:55`, `3:02:10`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def size(count: float) -> str:
    """`4.1 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
