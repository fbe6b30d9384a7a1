"""Many agents at once fill and empty one queue of the real server, which answers from two processes."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.e2e.running import Server

AGENTS = 16
ENTRIES = 200


def call(server: Server, action: str, data: dict[str, Any], authorization: str) -> Any:
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.api}/v2.14/{action}", json.dumps(data).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]


def test_every_entry_of_a_queue_is_taken_once(server: Server) -> None:
    """16 agents put 200 entries in and take them out: none is lost, none is taken twice."""
    basic = "Basic " + b64encode(f"{server.key}:{server.secret}".encode()).decode()
    token = "Bearer " + call(server, "auth.login", {}, basic)["token"]
    queue = call(server, "queues.create", {"name": "for many agents"}, token)["id"]
    tasks = [f"task {number}" for number in range(ENTRIES)]

    def put(agent: int) -> None:
        for task in tasks[agent::AGENTS]:
            call(server, "queues.add_task", {"queue": queue, "task": task}, token)

    def take(_: int) -> list[str]:
        taken: list[str] = []
        while entry := call(server, "queues.get_next_task", {"queue": queue}, token).get("entry"):
            taken.append(entry["task"])
        return taken

    with ThreadPoolExecutor(AGENTS) as agents:
        list(agents.map(put, range(AGENTS)))
        entries = call(server, "queues.get_by_id", {"queue": queue}, token)["queue"]["entries"]
        taken = list(agents.map(take, range(AGENTS)))
    assert sorted(entry["task"] for entry in entries) == sorted(tasks)
    assert sorted(task for one in taken for task in one) == sorted(tasks)
    assert sum(1 for one in taken if one) > 1, "one agent took everything: nothing was shown"
