"""`trackyard serve --services-agent`: the official agent beside the server, in services mode. Source: spec 5 §6, spec 6 §7."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.agents import FOREVER, RUN_S, VARIABLES, console, enqueue, made, task_of, worker_of
from tests.e2e.running import STOP_S, Server, free_ports, place, served_in, started, trackyard, until

NAME = "clearml-services"


def variables(home: Path) -> dict[str, str]:
    """For a server whose agent shall find nothing of the user's who runs the tests."""
    home.mkdir()
    return {**VARIABLES, "HOME": str(home), "CLEARML_CONFIG_FILE": str(home / "none"), "CLEARML_CACHE_DIR": str(home / "cache")}


def agents(log: Path) -> list[int]:
    """Process ids of the agents that were started, by the server's log."""
    return [int(found) for found in re.findall(r"the services agent runs \(process (\d+)\)", log.read_text())]


def workers(server: Server) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in server.call("workers.get_all", last_seen=0)["workers"]}


def own_name(task: str) -> str:
    return f"{NAME}:service:{task}"


def running(server: Server, *tasks: str) -> None:
    """Enqueue them and wait until all speak, each as a worker of its own."""
    enqueue(server, "services", *tasks)
    until("the services speak", lambda: all("it begins" in console(server, task) for task in tasks), RUN_S)
    until("each shows as a worker", lambda: {own_name(task) for task in tasks} <= workers(server).keys())
    shown = workers(server)
    assert [shown[own_name(task)]["task"]["id"] for task in tasks] == list(tasks)


def test_services_run_side_by_side_and_outlive_a_crash_of_their_agent(tmp_path: Path) -> None:
    """An agent that dies is started again, and its services go on meanwhile. With the server it ends, and says that they stopped."""
    log = tmp_path / "log"
    with place(tmp_path) as environment:
        with served_in(tmp_path, {**environment, **variables(tmp_path / "home")}, "--services-agent") as server:
            until(f"the agent registers; the server said {log.read_text()[-3000:]}", lambda: worker_of(server, NAME))
            assert "access_key" in log.read_text(), "the first start shows a key pair for people, whatever the agent has"
            tasks = [made(server, f"service {number}", FOREVER) for number in range(3)]
            running(server, *tasks[:2])
            until("the agent itself is idle", lambda: "task" not in workers(server)[NAME])
            assert workers(server)[NAME]["queues"][0]["name"] == "services"

            os.kill(agents(log)[0], signal.SIGKILL)
            until("the agent is started again", lambda: len(agents(log)) == 2)
            assert "was ended by signal 9; it starts again in 1 s" in log.read_text()
            running(server, tasks[2])
            server.call("tasks.stop", task=tasks[0])
            until("the aborted service stops", lambda: task_of(server, tasks[0])["status"] == "stopped")
            assert [task_of(server, task)["status"] for task in tasks[1:]] == ["in_progress"] * 2
        said = log.read_text()
        assert "the services agent has ended" in said
        assert "killed, because" not in said, said
        with served_in(tmp_path, environment) as server:
            ended = [(task_of(server, task)["status"], task_of(server, task)["status_reason"]) for task in tasks]
            assert ended == [("stopped", "task was stopped by tasks.stop"), *[("stopped", "user abort")] * 2]
            assert not {own_name(task) for task in tasks} & workers(server).keys()


def test_a_killed_server_takes_its_agent_along(tmp_path: Path) -> None:
    """Also where nobody could tell the agent to end."""
    log = tmp_path / "log"
    short = {"TRACKYARD__serve__services_agent__stop_timeout_sec": "2"}
    with place(tmp_path) as environment:
        changed = {**environment, **variables(tmp_path / "home"), **short}
        with started(tmp_path, changed, ("--services-agent",)) as (process, _):
            until("the agent is started", lambda: agents(log))
            agent = psutil.Process(agents(log)[0])
            process.kill()
            with suppress(psutil.NoSuchProcess):
                agent.wait(STOP_S)
            assert not agent.is_running()
            until("its keeper ends", lambda: "the services agent has ended" in log.read_text())


def test_without_the_package_a_line_says_what_to_install(tmp_path: Path) -> None:
    """Before anything is made."""
    hidden = (
        "import importlib.util, sys; find = importlib.util.find_spec;"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'clearml_agent' else find(name, *rest);"
        "from apiserver.commands import main; main()"
    )
    port = str(free_ports(1)[0])
    command = [trackyard()[0], "-c", hidden, "serve", "--data", str(tmp_path / "data"), "--services-agent", "--api-port", port]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        'Error: the services agent is asked for, and clearml-agent is not installed here: pip install "trackyard[agent]"'
    ]
    assert not (tmp_path / "data").exists()
