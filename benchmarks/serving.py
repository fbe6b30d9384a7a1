"""The real server as a process over a data folder, for benchmarks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[1]
STOP_S = 60


@contextmanager
def running(
    folder: Path, *options: str, workers: int = 1, variables: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """(port of the API, the process). One worker by default, so that the second core is the client's. variables: of the environment."""
    free = ("--api-port", "0", "--web-port", "0", "--files-port", "0", "--workers", str(workers))
    command = [sys.executable, "-m", "apiserver", "serve", "--data", str(folder), *free, *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **variables})
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        found = re.search(r"\(API \S+:(\d+),", said)
        if not found:
            raise RuntimeError(f"the server did not start: {said}")
        port = int(found[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/debug.ping", timeout=60) as answer:
            answer.read()
        yield port, process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_S)
        process.stdout.close()
