"""How long the first page of every read action takes, over a folder that `benchmarks/load.py` filled, by the real server over HTTP.

Run: python benchmarks/reads.py [FOLDER] [--runs N] [--only TEXT] [--markdown]. Without a folder a small one is made. For each request:
the first answer, the best and the median of the others, the processor time that the server took for the best, and the answer's size.
Prints, asserts nothing.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from attrs import define, fields, frozen

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from apiserver.generated.bindings import ENDPOINTS
from benchmarks.load import LANDMARKS, load
from benchmarks.loading import Landmarks, Sizes
from benchmarks.requests import Read, all_reads
from benchmarks.serving import running


@frozen
class Measured:
    """Milliseconds; size in bytes. failed: what the server said instead."""

    read: Read
    first_ms: float
    best_ms: float
    median_ms: float
    processor_ms: float
    size: int
    failed: str = ""


@define
class Caller:
    """One kept connection of one user."""

    connection: http.client.HTTPConnection
    server: psutil.Process
    token: str = ""

    def login(self, key: str, secret: str) -> None:
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.token = f"Basic {pair}"
        self.token = f"Bearer {json.loads(self.ask('/auth.login', b'{}')[1])['data']['token']}"

    def ask(self, path: str, body: bytes) -> tuple[int, bytes]:
        self.connection.request("POST", path, body, {"Content-Type": "application/json", "Authorization": self.token})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def processor_s(self) -> float:
        """What all threads of the server have computed so far. NOTE: the kernel's counter has nanoseconds, psutil's hundredths."""
        total = 0
        for process in (self.server, *self.server.children(recursive=True)):
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def measured(self, read: Read, runs: int) -> Measured:
        """One call that finds things as they are, then so many that may use what the server keeps."""
        path, taken, processor, status, answer = f"/v{read.version}/{read.action}", [], [], 0, b""
        for _ in range(runs + 1):
            body = json.dumps({**read.data, **self._before(read)}).encode()
            computed, began = self.processor_s(), time.perf_counter()
            status, answer = self.ask(path, body)
            taken.append((time.perf_counter() - began) * 1000)
            processor.append((self.processor_s() - computed) * 1000)
        failed = "" if status == 200 else answer[:200].decode(errors="replace")
        return Measured(read, taken[0], min(taken[1:]), statistics.median(taken[1:]), min(processor[1:]), len(answer), failed)

    def _before(self, read: Read) -> Mapping[str, Any]:
        if read.first is None:
            return {}
        _, answer = self.ask(f"/v{read.first.version}/{read.first.action}", json.dumps(dict(read.first.data)).encode())
        data = json.loads(answer)["data"]
        return {name: data.get(other) for name, other in read.take.items()}


def measure(folder: Path, *, runs: int, only: str = "") -> list[Measured]:
    """All requests that the server has built actions for, slowest first."""
    kept = json.loads((folder / LANDMARKS).read_text())
    marks = Landmarks(**{field.name: kept[field.name] for field in fields(Landmarks)})
    reads = [read for read in all_reads(marks) if ENDPOINTS[read.action].built and only in read.title]
    with running(folder) as (port, process):
        caller = Caller(http.client.HTTPConnection("127.0.0.1", port, timeout=600), psutil.Process(process.pid))
        caller.login(kept["key"], kept["secret"])
        found = [caller.measured(read, runs) for read in reads]
        caller.connection.close()
    return sorted(found, key=lambda one: -one.median_ms)


def table(rows: list[Measured], *, markdown: bool = False) -> str:
    head = ("request", "first ms", "best ms", "median ms", "cpu ms", "bytes")
    cells = [
        (one.read.title, f"{one.first_ms:.1f}", f"{one.best_ms:.1f}", f"{one.median_ms:.1f}", f"{one.processor_ms:.1f}", f"{one.size:,}")
        for one in rows
    ]
    if markdown:
        return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---", *["---:"] * 5), *cells))
    widths = [max(len(row[place]) for row in (head, *cells)) for place in range(len(head))]
    lines = []
    for row in (head, *cells):
        lines.append(
            "  ".join(
                text.ljust(width) if not place else text.rjust(width) for place, (text, width) in enumerate(zip(row, widths, strict=True))
            )
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="requests whose name holds this")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.folder
        if folder is None:
            folder = Path(made) / "data"
            load(folder, Sizes().scaled(0.01))
        rows = measure(folder, runs=arguments.runs, only=arguments.only)
    print(table(rows, markdown=arguments.markdown))
    for one in rows:
        if one.failed:
            print(f"failed: {one.read.title}: {one.failed}")


if __name__ == "__main__":
    main()
