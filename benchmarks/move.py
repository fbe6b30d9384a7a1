"""How fast an installation moves, is backed up and restored: records a second of each step, by the clock and by our processor time.

`python benchmarks/move.py [--tasks 200] [--points 1000] [--to CONFIGURATION_FOLDER]`: embedded to embedded, or into the (empty) database
servers that the folder names. Each task has as many scalars as `points`, a tenth as many lines of the log, a hundredth as many plots of
10 kB.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from apiserver.settings import Settings
from apiserver.stores.collections import COMPANIES, TASKS
from apiserver.stores.registry import open_embedded
from apiserver.testing.events import event
from apiserver.testing.installation import COMPANY, task


def fill(folder: Path, tasks: int, points: int) -> int:
    backend = open_embedded(folder, Settings.from_dict({}))
    backend.documents.insert(COMPANIES, {"id": COMPANY, "name": "c"})
    for number in range(tasks):
        one = task(number)
        backend.documents.insert(TASKS, one)
        key = one["id"]
        scalars = [event(task=key, metric=f"m{i % 5}", iter=i // 5, value=i / 7, timestamp=1700000000000 + i) for i in range(points)]
        lines = [event("log", task=key, iter=..., msg=f"epoch {i} " + "x" * 80, timestamp=1700000000000 + i) for i in range(points // 10)]
        plots = [event("plot", task=key, iter=i, plot_str='{"data": [' + "0.123456," * 1200 + "0]}") for i in range(points // 100)]
        backend.events.add(COMPANY, [*scalars, *lines, *plots])
    backend.close()
    return tasks * (1 + points + points // 10 + points // 100) + 1


def timed(what: str, records: int, *words: str) -> None:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "apiserver", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what:18} {seconds:7.1f} s {records / seconds:8,.0f}/s   processor {used:7.1f} s {records / used:8,.0f}/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--to", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.monotonic()
        records = fill(folder / "a", given.tasks, given.points)
        print(f"{records:,} records, made in {time.monotonic() - began:.1f} s")
        source, file = str(folder / "a"), str(folder / "backup")
        target = given.to or str(folder / "b")
        timed("move", records, "move", "--from", source, "--to", target, "--work", str(folder / "work"), "--other-secrets")
        timed("move --verify-only", records, "move", "--from", source, "--to", target, "--verify-only")
        if given.to:
            timed("move back", records, "move", "--from", target, "--to", str(folder / "b"), "--other-secrets")
        timed("backup", records, "backup", file, "--data", source)
        timed("verify", records, "verify", file)
        timed("restore", records, "restore", file, "--data", str(folder / "c"))
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"backup: {Path(file).stat().st_size / records:.1f} bytes a record; the largest process had {most:.0f} MiB")


if __name__ == "__main__":
    main()
