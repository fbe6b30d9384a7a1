"""The commands that come with the SDK and the agent, typed as on a fresh machine. Source: spec 7 §15."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen

from tests.e2e.agents import RUN_S, agent, console, task_of
from tests.e2e.running import Server, until

COMMANDS = Path(sys.executable).parent
BLOCK = """\
api {{
    web_server: {web}
    api_server: {api}
    files_server: {files}
    credentials {{ access_key: "{key}", secret_key: "{secret}" }}
}}
"""


@frozen
class Machine:
    """A home folder with nothing in it."""

    home: Path
    path: str

    def run(self, name: str, *arguments: str, typed: str = "") -> str:
        """What the command printed; it has to succeed."""
        done = subprocess.run(
            [str(COMMANDS / name), *arguments],
            env={"PATH": self.path, "HOME": str(self.home), "CLEARML_CACHE_DIR": str(self.home / "cache")},
            cwd=self.home,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_S,
            check=False,
        )
        assert done.returncode == 0, f"{name} {' '.join(arguments)}:\n{done.stdout}"
        return done.stdout

    @property
    def configuration(self) -> Path:
        return self.home / "clearml.conf"


@pytest.fixture
def machine(server: Server, tmp_path: Path) -> Machine:
    (tmp_path / "home").mkdir()
    return Machine(tmp_path / "home", server.environment(tmp_path)["PATH"])


def block(server: Server, **changed: str) -> str:
    """What the web app gives to be pasted."""
    return BLOCK.format(**{name: getattr(server, name) for name in ("web", "api", "files", "key", "secret")} | changed)


@pytest.fixture
def set_up(server: Server, machine: Machine) -> Machine:
    """The machine after `clearml-init`."""
    machine.run("clearml-init", typed=block(server))
    return machine


def test_clearml_init_takes_what_is_pasted(server: Server, machine: Machine) -> None:
    """It verifies the pair, and writes a file that the SDK works with."""
    said = machine.run("clearml-init", typed=block(server))
    assert "Credentials verified!" in said
    written = machine.configuration.read_text()
    assert all(part in written for part in (server.api, server.web, server.files, server.key, server.secret))


def test_clearml_init_asks_again_for_a_wrong_pair(server: Server, machine: Machine) -> None:
    """The right one, typed, is then taken."""
    typed = block(server, secret="wrong") + f"{server.key}\n{server.secret}\n"
    said = machine.run("clearml-init", typed=typed)
    assert "Error: could not verify credentials" in said
    assert "Credentials verified!" in said
    assert server.secret in machine.configuration.read_text()


def test_the_agent_is_set_up_and_lists_the_workers(server: Server, machine: Machine) -> None:
    server.call("workers.register", worker="listed:0", queues=[])
    answers = ["", server.api, server.files, "", "", ""]  # web, API, files; where outputs go, git's user, a package index
    said = machine.run("clearml-agent", "init", typed=block(server) + "\n".join(answers) + "\n")
    assert "Credentials verified!" in said
    assert server.api in machine.configuration.read_text()
    assert "listed:0" in machine.run("clearml-agent", "list")


def test_clearml_task_enqueues_a_script_that_an_agent_runs(server: Server, set_up: Machine, tmp_path: Path, queue: str) -> None:
    """With the arguments of its command line."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "remote.py").write_text(
        "import argparse\nfrom clearml import Task\n"
        "parser = argparse.ArgumentParser()\nparser.add_argument('--steps', type=int, default=1)\n"
        "Task.init(project_name='commands', task_name='remote')\n"
        "print('steps taken:', parser.parse_args().steps)\n"
    )
    server.call("queues.create", name=queue)
    said = set_up.run(
        *("clearml-task", "--project", "commands", "--name", "remote", "--script", str(folder / "remote.py"), "--queue", queue),
        *("--args", "steps=7", "--packages", "clearml", "--skip-task-init"),
    )
    (task,) = re.findall(r"New task created id=(\w+)", said)
    created = task_of(server, task)
    assert (created["status"], created["hyperparams"]["Args"]["steps"]["value"]) == ("queued", "7")
    with agent(server, tmp_path, queue, "commands:0"):
        until("the task ends", lambda: task_of(server, task)["status"] not in ("queued", "in_progress"), RUN_S)
    assert task_of(server, task)["status"] == "completed", console(server, task)
    assert "steps taken: 7" in console(server, task)


def test_clearml_data_makes_finds_and_fetches_a_dataset(server: Server, set_up: Machine, tmp_path: Path) -> None:
    """Each step is a command of its own, as people type them."""
    data = tmp_path / "numbers"
    data.mkdir()
    (data / "one.txt").write_text("1")
    (data / "two.txt").write_text("2")
    said = set_up.run("clearml-data", "create", "--project", "commands data", "--name", "numbers")
    (dataset,) = re.findall(r"dataset created id=(\w+)", said)
    set_up.run("clearml-data", "add", "--files", str(data))
    set_up.run("clearml-data", "close")
    assert task_of(server, dataset)["status"] == "completed"
    assert "one.txt" in set_up.run("clearml-data", "list", "--project", "commands data", "--name", "numbers")
    assert dataset in set_up.run("clearml-data", "search", "--project", "commands data")
    assert "two.txt" in set_up.run("clearml-data", "list", "--id", dataset)
    set_up.run("clearml-data", "get", "--id", dataset, "--copy", str(tmp_path / "copy"))
    assert {file.name: file.read_text() for file in (tmp_path / "copy").iterdir()} == {"one.txt": "1", "two.txt": "2"}
    set_up.run("clearml-data", "verify", "--id", dataset, "--folder", str(tmp_path / "copy"))
    set_up.run("clearml-data", "delete", "--id", dataset, "--force")
    assert not server.call("tasks.get_all", id=[dataset], search_hidden=True)["tasks"]
