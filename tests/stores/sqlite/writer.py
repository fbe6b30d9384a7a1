"""Run by the tests of killed and of competing processes: `writer.py write|take FOLDER`; what it prints is what was acknowledged to it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from apiserver.settings import Settings
from apiserver.stores.filters import Eq, Exists, Order, Push, Set
from apiserver.stores.registry import open_embedded
from apiserver.testing.samples import SAMPLES

PRINTING = threading.Lock()


def acknowledged(text: str) -> None:
    """One line, out of the process at once."""
    with PRINTING:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def write(folder: Path, number: int) -> None:
    """Insert, change and count for ever."""
    backend = open_embedded(folder, Settings.from_dict({}))
    turn = 0
    while True:
        key = f"{number}-{turn}"
        backend.documents.insert(SAMPLES, {"id": key, "company": key, "note": "some words " * 50, "items": [{"key": key}]})
        acknowledged(f"inserted {key}")
        backend.documents.update(SAMPLES, Eq("id", key), Set("number", turn), Push("tags", ["done"]))
        acknowledged(f"updated {key}")
        backend.state.set(f"state:{key}", key)
        acknowledged(f"state {key}")
        if turn % 5 == 4:
            backend.documents.delete(SAMPLES, Eq("id", f"{number}-{turn - 4}"))
            acknowledged(f"deleted {number}-{turn - 4}")
        turn += 1


def take(folder: Path, number: int) -> None:
    """Take what nobody has taken, until nothing is left."""
    documents = open_embedded(folder, Settings.from_dict({})).documents
    while True:
        found = documents.find_and_update(SAMPLES, Exists("flag", False), Set("flag", True), order=[Order("number")])
        if found is None:
            return
        acknowledged(found["id"])


if __name__ == "__main__":
    work = {"write": write, "take": take}[sys.argv[1]]
    threads = [threading.Thread(target=work, args=(Path(sys.argv[2]), number)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
