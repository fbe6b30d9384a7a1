"""How long from `trackyard serve` to the first answered `debug.ping`, how much memory the processes take idle, how long a stop takes.

Run: python benchmarks/start.py [--runs N]. The promises: 1.5 s and 200 MB on two cores (docs/processes.md). Prints, asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(data: Path, workers: int) -> tuple[subprocess.Popen[bytes], str]:
    ports = [str(free_port()) for _ in range(3)]
    options = ["--api-port", ports[0], "--web-port", ports[1], "--files-port", ports[2], "--workers", str(workers)]
    command = [sys.executable, "-m", "apiserver", "serve", "--data", str(data), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    return process, f"http://127.0.0.1:{ports[0]}/debug.ping"


def first_answer(url: str) -> None:
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                answer.read()
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)


def memory(process: subprocess.Popen[bytes]) -> tuple[float, float, int]:
    """(RSS, PSS) of the whole tree in MB, and how many processes it is."""
    root = psutil.Process(process.pid)
    tree = [root, *root.children(recursive=True)]
    details = [one.memory_full_info() for one in tree]
    return sum(info.rss for info in details) / 1e6, sum(info.pss for info in details) / 1e6, len(tree)


def measure(data: Path, workers: int) -> tuple[float, float, float, float, int]:
    before = time.perf_counter()
    process, url = start(data, workers)
    first_answer(url)
    taken = time.perf_counter() - before
    for _ in range(20):
        first_answer(url)
    time.sleep(2)
    rss, pss, processes = memory(process)
    before = time.perf_counter()
    os.kill(process.pid, signal.SIGINT)
    process.wait(60)
    return taken, rss, pss, time.perf_counter() - before, processes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for title, data in (("new data folder", None), ("existing data folder", Path(folder) / "kept")):
            if data is not None:
                measure(data, arguments.workers)
            rows = [measure(data or Path(folder) / f"new{run}", arguments.workers) for run in range(arguments.runs)]
            seconds = [row[0] for row in rows]
            print(
                f"{title}: first answer {statistics.median(seconds):.2f} s (slowest {max(seconds):.2f}); idle: {rows[-1][4]} processes, "
                f"RSS {max(row[1] for row in rows):.0f} MB, PSS {max(row[2] for row in rows):.0f} MB; "
                f"stopped in {max(row[3] for row in rows):.2f} s"
            )


if __name__ == "__main__":
    main()
