"""How long curves of many points take: one task with a series of a million, ten with 100,000 each side by side; and how that grows.

Run: python benchmarks/series.py [--points N] [--runs N] [--growth]. Through the real server over HTTP, answers included, beside what
SQLite's own GROUP BY takes for the same points in the same run, in a table (series, iteration) without row id. `--growth` reports a
thousand points at a time up to N, and shows reports and curve at a hundredth, a tenth and the whole of it. Prints, asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from attrs import define

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from apiserver.stores.events import SCALAR
from benchmarks.installation import EMBEDDED, Installation, installed
from benchmarks.wire import Client, Connection

BATCH = 1000
BEGIN_MS = 1_700_000_000_000
STEP_MS = 997
SAMPLES = 2000
HISTOGRAM = "events.scalar_metrics_iter_histogram"
COMPARE = "events.multi_task_scalar_metrics_iter_histogram"
Point = tuple[int, float, int]


@define
class Timed:
    """Milliseconds of several runs: on the wall, and of the processor in the server."""

    wall: list[float]
    processor: list[float]

    def __str__(self) -> str:
        return f"{statistics.median(self.wall):.1f} ms (best {min(self.wall):.1f}, processor {min(self.processor):.1f})"


@define
class Server:
    """A client of it that keeps its connection, and its processes."""

    client: Client
    process: psutil.Process
    connection: Connection

    def send(self, request: bytes) -> tuple[float, float, bytes]:
        """Milliseconds on the wall, of the processor, and the answer."""
        computed, began = self.processor_s(), time.perf_counter()
        self.connection.send(request)
        while not self.connection.receive():
            pass
        wall = time.perf_counter() - began
        status, body = self.connection.answer
        if status != 200:
            raise RuntimeError(body[:300].decode(errors="replace"))
        return wall * 1000, (self.processor_s() - computed) * 1000, body

    def asked(self, action: str, data: dict[str, Any], runs: int) -> Timed:
        request = self.client.request(action, data)
        taken = [self.send(request) for _ in range(runs + 1)][1:]
        return Timed([wall for wall, _, _ in taken], [processor for _, processor, _ in taken])

    def processor_s(self) -> float:
        """What all threads of the server have computed so far."""
        total = 0
        for process in (self.process, *self.process.children(recursive=True)):
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def new_task(self, name: str) -> str:
        return str(self.client.call("tasks.create", {"name": name, "type": "training"})["id"])


def points(count: int, seed: int) -> Iterator[Point]:
    """(iteration, value, timestamp): every iteration, about one a second, values of all digits."""
    rng = random.Random(seed)
    for iteration in range(count):
        yield iteration, rng.random(), BEGIN_MS + iteration * STEP_MS + rng.randrange(900)


def reports(server: Server, task: str, count: int, seed: int) -> Iterator[tuple[int, float, float]]:
    """Report so many points of one series, a thousand at a time: how many there are, and milliseconds on the wall and of the processor."""
    batch: list[Point] = []
    for number, point in enumerate(points(count, seed), 1):
        batch.append(point)
        if len(batch) == BATCH or number == count:
            lines = "\n".join(
                f'{{"type":"{SCALAR}","task":"{task}","metric":"loss","variant":"train","iter":{i},"value":{value!r},"timestamp":{at}}}'
                for i, value, at in batch
            )
            wall, processor, body = server.send(server.client.request("events.add_batch", lines.encode()))
            if json.loads(body)["data"]["added"] != len(batch):
                raise RuntimeError("some points were refused")
            yield number, wall, processor
            batch = []


@contextmanager
def bare(tasks: int, count: int) -> Iterator[Callable[[str, int], float]]:
    """Milliseconds of SQLite's own GROUP BY over the points of so many tasks, by a column and an interval; the best of three."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "bare.db")
        connection.execute("PRAGMA mmap_size = 2000000000")
        key = "PRIMARY KEY (series, iter)"
        connection.execute(f"CREATE TABLE p (series INTEGER, iter INTEGER, value REAL, at INTEGER, {key}) WITHOUT ROWID")
        for task in range(tasks):
            connection.executemany("INSERT INTO p VALUES (?,?,?,?)", ((task, *point) for point in points(count, task)))
        connection.commit()

        def ask(column: str, interval: int) -> float:
            taken = []
            for _ in range(3):
                began = time.perf_counter()
                for task in range(tasks):
                    sql = f"SELECT {column} / ? AS bucket, avg(value) FROM p WHERE series = ? GROUP BY bucket"
                    connection.execute(sql, (interval, task)).fetchall()
                taken.append((time.perf_counter() - began) * 1000)
            return min(taken)

        yield ask
        connection.close()


def curves(installation: Installation, server: Server, count: int, runs: int) -> None:
    each = count // 10
    one, ten = server.new_task("one"), [server.new_task(f"task {number}") for number in range(10)]
    for task, many, seed in [(one, count, 0), *((task, each, seed) for seed, task in enumerate(ten))]:
        for _ in reports(server, task, many, seed):
            pass
    print(f"{installation.events_bytes() / (count + 10 * each):.1f} bytes a point, the write-ahead log included")
    for title, tasks, many in ((f"one task of {count:,}", [one], count), (f"ten tasks of {each:,}", ten, each)):
        with bare(len(tasks), many) as ask:
            raw = {"iter": ask("iter", -(-many // SAMPLES)), "timestamp": ask("at", -(-many * STEP_MS // SAMPLES))}
        for key in ("iter", "timestamp", "iso_time"):
            data = {"key": key, "samples": SAMPLES}
            found = server.asked(*((HISTOGRAM, {"task": one, **data}) if tasks == [one] else (COMPARE, {"tasks": ten, **data})), runs)
            beside = raw["iter" if key == "iter" else "timestamp"]
            ratio = beside / statistics.median(found.wall)
            print(f"{title}, by {key}: {found}; SQLite's GROUP BY {beside:.1f} ms, {ratio:.1f} times that fast")


def growth(server: Server, count: int, runs: int) -> None:
    task = server.new_task("growth")
    steps, taken = {count // 100, count // 10, count}, []
    for done, *milliseconds in reports(server, task, count, 0):
        taken.append(milliseconds)
        if done in steps:
            last = taken[-max(10, len(taken) // 2) :]
            report = Timed(*(list(column) for column in zip(*last, strict=True)))
            curve = server.asked(HISTOGRAM, {"task": task}, runs)
            mean = statistics.mean(report.processor)
            print(f"{done:,} points: a report of {BATCH} {report}, mean of the processor {mean:.1f}; the curve {curve}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--growth", action="store_true")
    given = parser.parse_args()
    with installed(EMBEDDED) as installation, installation.run(workers=1) as (client, process), Connection(client.port) as connection:
        server = Server(client, process, connection)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        if given.growth:
            growth(server, given.points, given.runs)
        else:
            curves(installation, server, given.points, given.runs)


if __name__ == "__main__":
    main()
