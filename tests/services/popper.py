"""Run by the test of competing processes: `popper.py SETTINGS QUEUE COMPANY THREADS` takes entries until there are none, prints each."""

from __future__ import annotations

import json
import sys
import threading

from apiserver.calls.call import Call, Identity
from apiserver.logic import queue_entries
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.registry import open_backend


def pop_all(backend: Backend, queue: str, company: str, taken: list[str]) -> None:
    """Take entries until the queue is empty."""
    while True:
        call = Call("queues.get_next_task", (2, 34), backend)
        call.identity = Identity("user", company, "user")
        entry = queue_entries.take_next(call, queue)
        if entry is None:
            return
        taken.append(entry["task"])


def main() -> None:
    settings, queue, company, threads = sys.argv[1:]
    backend = open_backend(Settings(json.loads(settings)))
    taken: list[str] = []
    sys.stdin.readline()  # NOTE: all processes begin together
    poppers = [threading.Thread(target=pop_all, args=(backend, queue, company, taken)) for _ in range(int(threads))]
    for popper in poppers:
        popper.start()
    for popper in poppers:
        popper.join()
    print("\n".join(taken))


if __name__ == "__main__":
    main()
