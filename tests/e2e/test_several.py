"""Three servers on three ports over the same MongoDB, Elasticsearch and Redis: under mixed load, what one does counts at once for all."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from attrs import define, field

from tests.e2e.running import RUN_S, Server, several

COUNT = 3
THREADS = 6
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "first_experiment.py"


@define
class Installation:
    """Calls servers in turns, or one of them. A token of the first is good at every other one."""

    servers: list[Server]
    token: str = ""
    _turns: Iterator[int] = field(factory=itertools.count)

    def call(self, name: str, data: Any = None, *, at: int | None = None, refused: bool = False) -> Any:
        """The data of the answer; with `refused`, None for an answer of 400."""
        server = self.servers[(next(self._turns) if at is None else at) % COUNT]
        body: dict[str, Any] = {"data": data} if isinstance(data, bytes) else {"json": data or {}}
        headers = {"Authorization": f"Bearer {self.token}"}
        if isinstance(data, bytes):
            headers["Content-Type"] = "application/json-lines"
        answer = requests.post(f"{server.api}/v2.34/{name}", headers=headers, timeout=60, **body)
        if refused and answer.status_code == 400:
            return None
        assert answer.status_code == 200, f"{name}: {answer.text}"
        return answer.json()["data"]

    def task(self, name: str, **fields: Any) -> str:
        return str(self.call("tasks.create", {"name": name, "type": "training", **fields})["id"])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with several(tmp_path_factory.mktemp("several"), COUNT) as servers:
        first = servers[0]
        answer = requests.post(f"{first.api}/auth.login", auth=(first.key, first.secret), timeout=60)
        yield Installation(servers, answer.json()["data"]["token"])


@pytest.fixture(scope="module", autouse=True)
def sdk(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The real SDK trains at the second server all the while; its run has to end well."""
    folder = tmp_path_factory.mktemp("sdk")
    copied = folder / EXAMPLE.name
    copied.write_text(EXAMPLE.read_text())
    with (folder / "log").open("w") as log:
        environment = installation.servers[1].environment(folder / "home")
        training = subprocess.Popen([sys.executable, str(copied)], env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    yield
    assert training.wait(RUN_S) == 0, (folder / "log").read_text()
    (task,) = installation.call("tasks.get_all", {"type": ["training"], "name": "first experiment", "only_fields": ["status"]})[
        "tasks"
    ] or [{"status": (folder / "log").read_text()}]
    assert task["status"] == "completed"


def together(work: Callable[[int], None], threads: int = THREADS) -> None:
    """Run it in threads that begin at one moment. Raises: the first error of any."""
    errors: list[BaseException] = []
    start = threading.Barrier(threads)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]


def test_every_entry_of_a_queue_is_taken_once(installation: Installation) -> None:
    """While agents of all servers take, others put in; meanwhile each agent reports, and every server knows all of them."""
    queue = installation.call("queues.create", {"name": "several"})["id"]
    added: list[str] = []
    taken: list[str] = []
    done = threading.Event()

    def work(number: int) -> None:
        if number < 2:
            for turn in range(15):
                task = installation.task(f"queued {number} {turn}")
                installation.call("tasks.enqueue", {"task": task, "queue": queue})
                added.append(task)
            return
        while True:
            finished = done.is_set()
            installation.call(
                "workers.status_report", {"worker": f"agent {number}", "queues": [queue], "timestamp": int(time.time() * 1000)}
            )
            entry = installation.call("queues.get_next_task", {"queue": queue}, at=number).get("entry")
            if entry:
                taken.append(entry["task"])
            elif finished:
                return

    def putting_in() -> None:
        together(work, 2)
        done.set()

    putting = threading.Thread(target=putting_in)
    putting.start()
    together(lambda number: work(number + 2), THREADS - 2)
    putting.join()
    assert len(added) == 30
    assert Counter(taken) == Counter(added)
    for at in range(COUNT):
        found = {worker["id"] for worker in installation.call("workers.get_all", at=at)["workers"]}
        assert found >= {f"agent {number}" for number in range(2, THREADS)}


def test_a_status_changes_once(installation: Installation) -> None:
    """Of those who enqueue a task at the same moment, one does; the same of those who take it off again."""
    queue = installation.call("queues.create", {"name": "several statuses"})["id"]
    for turn in range(5):
        task = installation.task(f"contested {turn}")
        for action, data in (("enqueue", {"queue": queue}), ("dequeue", {})):
            won: list[int] = []

            def work(number: int, action: str = action, data: dict[str, str] = data, task: str = task, won: list[int] = won) -> None:
                answer = installation.call(f"tasks.{action}", {"task": task, **data}, at=number, refused=True)
                if answer and answer["updated"]:
                    won.append(number)

            together(work)
            assert len(won) == 1, f"{action}: {won}"
            entries = installation.call("queues.get_by_id", {"queue": queue})["queue"]["entries"]
            assert [entry["task"] for entry in entries] == ([task] if action == "enqueue" else [])


def test_tags_are_never_old(installation: Installation) -> None:
    """Every server keeps the tags in use for an hour; what another one changes is in the next answer of each."""
    project = installation.call("projects.create", {"name": "several tags", "description": ""})["id"]
    tasks = [installation.task(f"tagged {number}", project=project) for number in range(THREADS)]

    def work(number: int) -> None:
        for turn in range(8):
            mine = f"{number}.{turn}"
            installation.call("tasks.edit", {"task": tasks[number], "tags": [mine]})
            found = installation.call("projects.get_task_tags", {"projects": [project]})["tags"]
            assert [tag for tag in found if tag.startswith(f"{number}.")] == [mine]

    together(work)
    for at in range(COUNT):
        assert installation.call("projects.get_task_tags", {"projects": [project]}, at=at)["tags"] == [f"{n}.7" for n in range(THREADS)]


def test_the_tree_of_projects_is_one(installation: Installation) -> None:
    """Ancestors that several make at once are made once; moves meanwhile leave every project below the parent that its name says."""

    def work(number: int) -> None:
        for turn in range(6):
            if number == 0:
                moved = installation.call("projects.create", {"name": f"tree/movable {turn}/moving {turn}", "description": ""})["id"]
                installation.call("projects.move", {"project": moved, "new_location": f"tree/branch{turn % 3}/twig"})
            else:
                installation.call("projects.create", {"name": f"tree/branch{turn % 3}/twig/stem{number}/leaf{turn}", "description": ""})

    together(work)
    fields = ["id", "name", "parent", "path"]
    found = installation.call("projects.get_all", {"name": "^tree($|/)", "only_fields": fields, "page": 0, "page_size": 500})["projects"]
    by_name = {project["name"]: project for project in found}
    assert len(by_name) == len(found), "a name twice"
    assert len([name for name in by_name if "/leaf" in name]) == 6 * (THREADS - 1)
    for name, project in by_name.items():
        above = by_name.get(name.rpartition("/")[0])
        assert project.get("parent") == (above["id"] if above else None), name
        assert project.get("path", []) == ([*above.get("path", []), above["id"]] if above else []), name


def test_what_was_reported_is_read_at_once_at_every_server(installation: Installation) -> None:
    """Nothing that was answered is missing from an answer of another server a moment later."""
    task = installation.task("reported")

    def work(number: int) -> None:
        for turn in range(4):
            lines = [
                {
                    "type": "training_stats_scalar",
                    "task": task,
                    "iter": turn * 20 + step,
                    "metric": "m",
                    "variant": f"v{number}",
                    "value": step,
                }
                for step in range(20)
            ]
            body = b"\n".join(json.dumps(line).encode() for line in lines)
            assert installation.call("events.add_batch", body)["added"] == 20
            found = installation.call("events.scalar_metrics_iter_histogram", {"task": task})
            assert len(found["m"][f"v{number}"]["x"]) == (turn + 1) * 20

    together(work)
    for at in range(COUNT):
        found = installation.call("events.scalar_metrics_iter_histogram", {"task": task}, at=at)
        assert {variant: len(series["x"]) for variant, series in found["m"].items()} == {f"v{n}": 80 for n in range(THREADS)}
    last = installation.call("tasks.get_by_id", {"task": task})["task"]
    assert last["last_iteration"] == 79
    (metric,) = last["last_metrics"].values()
    assert {entry["variant"]: entry["value"] for entry in metric.values()} == {f"v{n}": 19 for n in range(THREADS)}


def test_all_are_ready(installation: Installation) -> None:
    for server in installation.servers:
        answer = requests.get(f"{server.api}/readyz", timeout=60)
        assert (answer.status_code, set(answer.json()["parts"].values())) == (200, {"up"})
