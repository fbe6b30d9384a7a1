"""Every promise of docs/performance.md on both stacks, as one table of ratios: `make bench`.

Run: python benchmarks/bench.py [--stack embedded|scaleout|both] [--seconds N] [--tasks N] [--points N] [--only TEXT] [--markdown]. It makes
what it measures (a data folder, for scale-out mongod, Elasticsearch and Redis too) below the folder of temporary files and removes it. Two
worker processes, over HTTP on loopback; the client (wire.py) shares the two cores. Prints, asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from attrs import frozen

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.contents import Amounts, fill
from benchmarks.installation import EMBEDDED, SCALE_OUT, installed
from benchmarks.lines import ALONE, LINES, Bench, Line
from tests.servers.base import NotToBeHad


@frozen
class Row:
    """One line measured on one stack. reason: why there is no figure."""

    stack: str
    line: Line
    value: float | None
    part: float | None = None
    reason: str = ""


def measure(stack: str, amounts: Amounts, *, seconds: float, only: str = "") -> list[Row]:
    """The rows of one stack, in the table's order."""
    rows: list[Row] = []
    with installed(stack) as installation:
        began = time.perf_counter()
        filled = fill(installation.backend, amounts)
        say(f"{stack}: filled in {time.perf_counter() - began:.0f} s")
        with installation.run() as (client, process):
            bench = Bench(installation, client, process, filled, seconds)
            for line in LINES:
                rows += [_row(line, bench)] if only in line.title or line is LINES[0] else []
        rows += [_row(line, bench) for line in ALONE if only in line.title]
    return rows


def _row(line: Line, bench: Bench) -> Row:
    stack = bench.installation.stack
    try:
        value = line.measure(bench)
    except Exception as error:
        say(f"{stack}: {line.title}: {error}")
        return Row(stack, line, None, reason=str(error)[:200])
    if value is None:
        return Row(stack, line, None)
    bench.found[line.title] = value
    raw = bench.found.get(line.against[0]) if line.against else None
    say(f"{stack}: {line.title}: {figure(value)} {line.unit}")
    return Row(stack, line, value, value / raw if raw else None)


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(rows: list[Row]) -> str:
    """One row for each line and stack: how often the promise is kept (1.0: just so; more is better), and the part of the engine alone."""
    head = "| work | stack | measured | promised | times as good | of the engine |"
    lines = [head, "| --- | --- | ---: | ---: | ---: | ---: |"]
    for row in rows:
        promised = row.line.promised.get(row.stack)
        least = row.line.against[1].get(row.stack) if row.line.against else None
        better = row.value and promised and (row.value / promised if row.line.more_is_better else promised / row.value)
        cells = (
            row.line.title,
            row.stack,
            f"{figure(row.value)} {row.line.unit}" if row.value is not None else f"not measured: {row.reason}",
            "" if promised is None else f"{'≥' if row.line.more_is_better else '≤'} {promised:,.0f}" if promised > 2 else f"≤ {promised}",
            "" if not better else f"{better:.2f}" + ("" if better >= 1 else " **missed**"),
            "" if row.part is None else f"{row.part:.0%}" + ("" if least is None or row.part >= least else f" of {least:.0%} **missed**"),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", choices=[EMBEDDED, SCALE_OUT, "both"], default="both")
    parser.add_argument("--seconds", type=float, default=3, help="for how long each rate is measured")
    parser.add_argument("--only", default="", help="lines whose title holds this")
    for name, default in (("tasks", Amounts().tasks), ("own", Amounts().own), ("points", Amounts().points)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    amounts = Amounts(given.tasks, min(given.own, given.tasks), given.points, compared_points=max(1, given.points // 10))
    rows: list[Row] = []
    for stack in (EMBEDDED, SCALE_OUT) if given.stack == "both" else (given.stack,):
        try:
            rows += measure(stack, amounts, seconds=given.seconds, only=given.only)
        except NotToBeHad as reason:
            say(f"{stack} is not measured: {reason}")
    print(f"{amounts.tasks:,} tasks, {amounts.own:,} in the large project, {amounts.points:,} points in the richest task")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    print(table(rows))


if __name__ == "__main__":
    main()
