"""How many scalars a second `events.add_batch` takes, beside what SQLite's own executemany does with the same points in the same run.

Run: python benchmarks/add_batch.py [--batches N]. Prints, asserts nothing. Three figures: the whole call (parsing, checks, store, update of
the task), the store alone, and a bare table `(series, iter, value, timestamp)` without row id in a file with the same pragmas.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from apiserver.stores.events import SCALAR, Entity, Selection
from apiserver.stores.sqlite.events import SqliteEventStore
from apiserver.testing.server import serving

POINTS = 10_000
SERIES = 20


def points(batch: int) -> Iterator[tuple[int, int, float, int]]:
    """(series, iteration, value, timestamp) of one batch: 20 series growing side by side, as a training loop reports."""
    for number in range(POINTS):
        iteration = batch * (POINTS // SERIES) + number // SERIES
        yield number % SERIES, iteration, iteration * 0.1 + number, 1_700_000_000_000 + iteration


def reports(batch: int, task: str) -> list[dict[str, Any]]:
    return [
        {"type": SCALAR, "task": task, "metric": f"m{s // 4}", "variant": f"v{s % 4}", "iter": i, "value": value, "timestamp": at}
        for s, i, value, at in points(batch)
    ]


def timed(work: Callable[[int], None], batches: int) -> float:
    """Points a second in the median batch, the first one left out."""
    taken = []
    for batch in range(batches + 1):
        before = time.perf_counter()
        work(batch)
        taken.append(time.perf_counter() - before)
    return POINTS / statistics.median(taken[1:])


@contextmanager
def bare(path: Path, batches: int) -> Iterator[Callable[[int], None]]:
    connection = apsw.Connection(str(path))
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -8192"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE p (series INTEGER, iter INTEGER, value, at, PRIMARY KEY (series, iter)) WITHOUT ROWID")
    prepared = [sorted(points(batch)) for batch in range(batches + 1)]

    def work(batch: int) -> None:
        with connection:
            connection.executemany("INSERT OR REPLACE INTO p VALUES (?,?,?,?)", prepared[batch])

    yield work
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=20)
    batches = parser.parse_args().batches
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        with bare(Path(folder) / "bare.db", batches) as work:
            raw = timed(work, batches)
        store = SqliteEventStore(Path(folder) / "events.db")
        extra = {"@timestamp": "2024-03-01T10:20:30.123Z", "worker": "w", "model_event": False}
        made = [[{**one, **extra} for one in reports(batch, "task")] for batch in range(batches + 1)]
        alone = timed(lambda batch: store.add("company", made[batch]), batches)
        rows = store.count(Selection((Entity("company", "task"),), (SCALAR,)))
        store.close()
        size = sum(path.stat().st_size for path in Path(folder).glob("events.db*"))
        with serving(Path(folder) / "server") as client:
            task = client.call("tasks.create", {"name": "benchmark", "type": "training"})["id"]
            headers = {"Content-Type": "application/json-lines", **client._bearer(None)}
            bodies = ["\n".join(json.dumps(one) for one in reports(batch, task)).encode() for batch in range(batches + 1)]

            def call(batch: int) -> None:
                answer = client.send("/v2.34/events.add_batch", bodies[batch], headers)
                assert answer.body["data"]["added"] == POINTS

            whole = timed(call, batches)
    print(f"points a second, {batches} batches of {POINTS}: call {whole:,.0f}; store {alone:,.0f}; bare SQLite {raw:,.0f}")
    print(f"bare SQLite / call {raw / whole:.1f}; bare SQLite / store {raw / alone:.1f}; {size / rows:.0f} bytes a point")


if __name__ == "__main__":
    main()
