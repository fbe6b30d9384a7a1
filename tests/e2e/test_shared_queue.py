"""Many clients at once fill and empty one queue of the real server, which answers from two processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.running import Server

CLIENTS = 16
ENTRIES = 200


def test_every_entry_of_a_queue_is_taken_once(server: Server) -> None:
    """16 clients put 200 entries in and take them out: none is lost, none is taken twice."""
    queue = server.call("queues.create", name="for many clients")["id"]
    tasks = [f"task {number}" for number in range(ENTRIES)]

    def put(client: int) -> None:
        for task in tasks[client::CLIENTS]:
            server.call("queues.add_task", queue=queue, task=task)

    def take(_: int) -> list[str]:
        taken: list[str] = []
        while entry := server.call("queues.get_next_task", queue=queue).get("entry"):
            taken.append(entry["task"])
        return taken

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(put, range(CLIENTS)))
        entries = server.call("queues.get_by_id", queue=queue)["queue"]["entries"]
        taken = list(clients.map(take, range(CLIENTS)))
    assert sorted(entry["task"] for entry in entries) == sorted(tasks)
    assert sorted(task for one in taken for task in one) == sorted(tasks)
    assert sum(1 for one in taken if one) > 1, "one client took everything: nothing was shown"
