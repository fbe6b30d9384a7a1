"""Three servers on three ports over the same MongoDB, Elasticsearch and Redis: under mixed load, what one does counts at once for all.

Raw clients and the real SDK do at once whatever could go wrong together: take entries of queues, change the status of the same tasks, tag,
make and move projects, report. Then the server that runs the background jobs is killed.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from attrs import define, field

from apiserver.jobs.schedule import HELD_S, HOLDER
from tests.e2e.running import RUN_S, SCRIPTS, Server, several, until

pytestmark = pytest.mark.scaleout("several servers need database servers")

COUNT = 3
THREADS = 6
QUEUE = "from SDKs"


@define
class Installation:
    """Calls servers in turns, or one of them. A token of the first is good at every other one."""

    servers: list[Server]
    token: str = ""
    _turns: Iterator[int] = field(factory=itertools.count)

    def call(self, name: str, data: Any = None, *, at: int | None = None, refused: bool = False) -> Any:
        """The data of the answer; with `refused`, None for an answer of 400."""
        server = self.servers[(next(self._turns) if at is None else at) % len(self.servers)]
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

    def ready(self) -> list[bool]:
        """Of each server, whether all its parts are up."""
        answers = [requests.get(f"{server.api}/readyz", timeout=60) for server in self.servers]
        return [answer.status_code == 200 and set(answer.json()["parts"].values()) == {"up"} for answer in answers]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with several(tmp_path_factory.mktemp("several"), COUNT) as servers:
        first = servers[0]
        answer = requests.post(f"{first.api}/auth.login", auth=(first.key, first.secret), timeout=60)
        yield Installation(servers, answer.json()["data"]["token"])


@contextmanager
def sdks(installation: Installation, folder: Path) -> Iterator[dict[str, str]]:
    """The real SDK works at the first and at the second server all the while; afterwards, {name: what it printed}."""
    queue = installation.call("queues.create", {"name": QUEUE})["id"]
    # NOTE: outside of this repository, as the SDK asks git about it, and forks meanwhile, which can leave it waiting for itself.
    script = shutil.copy(SCRIPTS / "steady.py", folder)
    running: dict[str, subprocess.Popen[bytes]] = {}
    said: dict[str, str] = {}
    for at, name in enumerate(("first", "second")):
        environment = installation.servers[at].environment(folder / name)
        with (folder / f"{name}.log").open("w") as log:
            command = [sys.executable, str(script), str(folder / "stop"), QUEUE, name]
            running[name] = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        until("both SDKs put tasks into the queue", lambda: len({entry["name"][:5] for entry in waiting(installation, queue)}) == 2)
        yield said
        for name, process in running.items():
            assert process.poll() is None, f"ended too early: {(folder / f'{name}.log').read_text()}"
        (folder / "stop").touch()
        for name, process in running.items():
            said[name] = (folder / f"{name}.log").read_text() if process.wait(RUN_S) == 0 else ""
            assert said[name], (folder / f"{name}.log").read_text()
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def waiting(installation: Installation, queue: str) -> list[dict[str, Any]]:
    """The tasks that wait in a queue."""
    found: list[dict[str, Any]] = installation.call("tasks.get_all", {"execution.queue": [queue], "only_fields": ["name"]})["tasks"]
    return found


def together(work: Callable[[int], None], threads: int = THREADS) -> None:
    """Run it in threads that begin at one moment. Raises: the first error of any."""
    start = threading.Barrier(threads)

    def run(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(threads) as pool:
        for one in [pool.submit(run, number) for number in range(threads)]:
            one.result()


def every_entry_is_taken_once(installation: Installation) -> None:
    """While agents of all servers take, others put in; meanwhile each agent reports, and every server knows all of them."""
    queue = installation.call("queues.create", {"name": "several"})["id"]
    added: list[str] = []
    taken: list[str] = []
    done = threading.Event()

    def put(number: int) -> None:
        for turn in range(15):
            task = installation.task(f"queued {number} {turn}")
            installation.call("tasks.enqueue", {"task": task, "queue": queue})
            added.append(task)

    def take(number: int) -> None:
        while True:
            finished = done.is_set()
            report = {"worker": f"agent {number}", "queues": [queue], "timestamp": int(time.time() * 1000)}
            installation.call("workers.status_report", report)
            entry = installation.call("queues.get_next_task", {"queue": queue}, at=number).get("entry")
            if entry:
                taken.append(entry["task"])
            elif finished:
                return

    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(together, take, THREADS - 2)
        together(put, 2)
        done.set()
        taking.result()
    assert len(added) == 30
    assert Counter(taken) == Counter(added)
    for at in range(COUNT):
        found = {worker["id"] for worker in installation.call("workers.get_all", at=at)["workers"]}
        assert found >= {f"agent {number}" for number in range(THREADS - 2)}


def a_status_changes_once(installation: Installation) -> None:
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


def tags_are_never_old(installation: Installation) -> None:
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


def the_tree_of_projects_is_one(installation: Installation) -> None:
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


def what_was_reported_is_read_at_once(installation: Installation) -> None:
    """Nothing that was answered is missing from an answer of another server a moment later."""
    task = installation.task("reported")

    def work(number: int) -> None:
        for turn in range(4):
            report(installation, task, f"v{number}", range(turn * 20, turn * 20 + 20))
            found = installation.call("events.scalar_metrics_iter_histogram", {"task": task})
            assert len(found["m"][f"v{number}"]["x"]) == (turn + 1) * 20

    together(work)
    for at in range(COUNT):
        found = installation.call("events.scalar_metrics_iter_histogram", {"task": task}, at=at)
        assert {variant: len(series["x"]) for variant, series in found["m"].items()} == {f"v{n}": 80 for n in range(THREADS)}
    last = installation.call("tasks.get_by_id", {"task": task})["task"]
    assert last["last_iteration"] == 79
    (metric,) = last["last_metrics"].values()
    assert {entry["variant"]: entry["value"] for entry in metric.values()} == {f"v{n}": 79 for n in range(THREADS)}


def report(installation: Installation, task: str, variant: str, steps: range, *, at: int | None = None) -> None:
    """A batch of scalars; each has its step for a value."""
    same = {"type": "training_stats_scalar", "task": task, "metric": "m", "variant": variant}
    body = b"\n".join(json.dumps({**same, "iter": step, "value": step}).encode() for step in steps)
    assert installation.call("events.add_batch", body, at=at)["added"] == len(steps)


def taking_from_sdks(installation: Installation, taken: list[str], done: threading.Event) -> None:
    """Raw clients at all servers take what SDKs put in, until that is all."""
    queue = installation.call("queues.get_all", {"name": f"^{QUEUE}$"})["queues"][0]["id"]

    def take(number: int) -> None:
        while True:
            finished = done.is_set()
            entry = installation.call("queues.get_next_task", {"queue": queue}, at=number).get("entry")
            if entry:
                taken.append(entry["task"])
            elif finished:
                return
            else:
                time.sleep(0.05)

    together(take, COUNT)


WORKS = (
    every_entry_is_taken_once,
    a_status_changes_once,
    tags_are_never_old,
    the_tree_of_projects_is_one,
    what_was_reported_is_read_at_once,
)


def test_everything_at_once(installation: Installation, tmp_path: Path) -> None:
    """Six threads for each kind of work, while two SDKs report, tag, clone and enqueue, and others take what they enqueue."""
    taken: list[str] = []
    done = threading.Event()
    with ThreadPoolExecutor(len(WORKS) + 1) as pool:
        try:
            with sdks(installation, tmp_path) as said:
                taking = pool.submit(taking_from_sdks, installation, taken, done)
                working = {work.__name__: pool.submit(work, installation) for work in WORKS}
                errors = {name: error for name, one in working.items() if (error := one.exception())}
                assert not errors, errors
        finally:
            done.set()
        taking.result()
    put = re.findall(r"^queued=(\w+)$", "\n".join(said.values()), re.MULTILINE)
    assert len(put) >= 6
    assert Counter(taken) == Counter(put)
    for name, text in said.items():
        task, steps = (re.findall(rf"^{what}=(\w+)$", text, re.MULTILINE)[-1] for what in ("task", "steps"))
        found = installation.call("tasks.get_by_id", {"task": task})["task"]
        assert (found["status"], found["tags"], found["last_iteration"]) == ("completed", [f"{name}.{int(steps) - 1}"], int(steps) - 1)
        series = installation.call("events.scalar_metrics_iter_histogram", {"task": task})["steady"]["step"]
        assert series["x"] == series["y"] == list(range(int(steps)))
    assert installation.ready() == [True] * COUNT
    assert "elastic_transport" not in (installation.servers[0].data.parent / "log").read_text(), "a line for each request"


def test_the_server_that_runs_the_jobs_is_killed(installation: Installation) -> None:
    """kill -9 under load: what was answered is there, the others go on, and one of them takes the jobs over when the entry has expired."""
    state = redis.Redis.from_url(installation.servers[0].stores["hosts.redis.apiserver"]["url"], decode_responses=True)
    key = installation.servers[0].stores["stores.redis.prefix"] + HOLDER

    def holder() -> Server | None:
        pid = int(str(state.get(key) or ":0:").split(":")[-2])
        return next((server for server in installation.servers if pid in server.pids()), None)

    victim = until("a server runs the jobs", holder)
    assert 0 < state.pttl(key) <= HELD_S * 1000
    task, answered, stop = installation.task("survives"), [], threading.Event()

    def work(number: int) -> None:
        turn = 0
        while not stop.is_set():
            try:
                report(installation, task, f"v{number}", range(turn * 20, turn * 20 + 20), at=number)
            except requests.ConnectionError:
                return
            answered.append((number, turn))
            turn += 1

    with ThreadPoolExecutor(COUNT) as pool:
        running = [pool.submit(work, number) for number in range(COUNT)]
        until("all report", lambda: {number for number, _ in answered} == set(range(COUNT)))
        victim.kill()
        before = len(answered)
        until("the others go on", lambda: len(answered) > before + 10)
        stop.set()
        for one in running:
            one.result()
    installation.servers.remove(victim)
    assert installation.ready() == [True] * (COUNT - 1)
    found = installation.call("events.scalar_metrics_iter_histogram", {"task": task})["m"]
    for number in range(COUNT):
        wanted = {turn * 20 + step for who, turn in answered if who == number for step in range(20)}
        assert wanted <= set(found[f"v{number}"]["x"])
    assert holder() is None, "somebody took the jobs over too early"
    state.pexpire(key, 100)  # as if the minute had passed
    assert until("another one takes the jobs over", holder) is not victim
