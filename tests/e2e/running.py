"""The real server, started by its own command on free ports, and the real SDK in processes of its own."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from attrs import define

from apiserver.testing import stacks

START_S = 60
STOP_S = 30
RUN_S = 600
SCRIPTS = Path(__file__).parent / "scripts"


@define
class Server:
    """A running server: where its three doors are, a key pair that opens them, and {setting: value} of stores that it shares."""

    api: str
    web: str
    files: str
    data: Path
    key: str
    secret: str
    process: subprocess.Popen[bytes]
    stores: Mapping[str, Any]
    _killed: bool = False

    def pids(self) -> list[int]:
        """Of the whole process tree, as long as it lives."""
        try:
            first = psutil.Process(self.process.pid)
            return [first.pid, *(one.pid for one in first.children(recursive=True))]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """kill -9 of all its processes."""
        self._killed = True
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(STOP_S)

    def runs(self) -> bool:
        return self._killed or self.process.poll() is None

    def environment(self, home: Path) -> dict[str, str]:
        """For a process that uses the SDK as on a fresh machine: nothing but this server's addresses and key pair."""
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CLEARML_CONFIG_FILE": str(home / "no-clearml.conf"),
            "CLEARML_CACHE_DIR": str(home / "cache"),
            "CLEARML_API_HOST": self.api,
            "CLEARML_WEB_HOST": self.web,
            "CLEARML_FILES_HOST": self.files,
            "CLEARML_API_ACCESS_KEY": self.key,
            "CLEARML_API_SECRET_KEY": self.secret,
            "CLEARML_LOG_ENVIRONMENT": "0",
            "CLEARML_TASK_NO_REUSE": "1",
            "MPLBACKEND": "Agg",
        }

    def call(self, action: str, **data: Any) -> dict[str, Any]:
        """One call as a script without the SDK makes it. Raises: urllib's HTTPError."""
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        request = urllib.request.Request(
            f"{self.api}/v2.34/{action}",
            data=json.dumps(data).encode(),
            headers={"Authorization": f"Basic {pair}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            answered: dict[str, Any] = json.load(answer)["data"]
            return answered


def until(what: str, holds: Callable[[], Any], timeout_s: float = START_S) -> Any:
    """What `holds` gives as soon as that is true. Raises: AssertionError, with `what`, after `timeout_s`."""
    end = time.monotonic() + timeout_s
    while not (found := holds()):
        assert time.monotonic() < end, f"waited {timeout_s:.0f} s: {what}"
        time.sleep(0.5)
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def trackyard(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "apiserver", *arguments]


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not answer; it said:\n{log.read_text()}")


@contextmanager
def place(folder: Path, *, on: str = "") -> Iterator[dict[str, str]]:
    """The environment of servers with `folder`/data, over clean stores of the stack that the tests run on, until the block ends."""
    with stacks.place(folder / "data", on=on) as stores:
        yield {**os.environ, **stacks.environment(stores)}


@contextmanager
def served_in(folder: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Server]:
    """A server of a place, until the block ends; its log is `folder`/log. Another one may follow, with the same data."""
    with started(folder, environment, arguments) as (process, ports):
        server = _server(folder, ports, key_pair(folder, environment), process)
        yield server
        assert server.runs(), f"the server ended by itself; it said:\n{(folder / 'log').read_text()}"


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Server]:
    """A server with `folder`/data, on the stack that the tests run on, until the block ends; its log is `folder`/log."""
    with place(folder) as environment, served_in(folder, environment, *arguments) as server:
        yield server


@contextmanager
def several(folder: Path, count: int) -> Iterator[list[Server]]:
    """As many servers, each with ports of its own and one worker process, over the same database servers; one key pair opens all."""
    with stacks.place(folder / "data", on=stacks.SCALE_OUT) as stores, over(stores, folder, count) as servers:
        yield servers


@contextmanager
def over(stores: Mapping[str, Any], folder: Path, count: int = 1) -> Iterator[list[Server]]:
    """As many servers over stores, which are told as {setting: value}."""
    environment = {**os.environ, **stacks.environment(stores)}
    with ExitStack() as running:
        begun = [running.enter_context(started(folder, environment, ("--workers", "1"))) for _ in range(count)]
        pair = key_pair(folder, environment)
        servers = [_server(folder, ports, pair, process, stores) for process, ports in begun]
        yield servers
        for server in servers:
            assert server.runs(), f"the server ended by itself; it said:\n{(folder / 'log').read_text()}"


def key_pair(folder: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """A new one, made by the command."""
    command = trackyard("credentials", "create", "--data", str(folder / "data"), "--json")
    made = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    return made["access_key"], made["secret_key"]


def _server(
    folder: Path, ports: Sequence[int], pair: tuple[str, str], process: subprocess.Popen[bytes], stores: Mapping[str, Any] | None = None
) -> Server:
    doors = [f"http://127.0.0.1:{port}" for port in ports]
    return Server(*doors, data=folder / "data", key=pair[0], secret=pair[1], process=process, stores=stores or {})


@contextmanager
def started(folder: Path, environment: Mapping[str, str], arguments: Sequence[str]) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """The process and its ports: of the API, of the web door, of the files."""
    ports = free_ports(3)
    options = [text for name, port in zip(("api", "web", "files"), ports, strict=True) for text in (f"--{name}-port", str(port))]
    command = trackyard("serve", "--data", str(folder / "data"), *options, *arguments)
    with (folder / "log").open("ab") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://127.0.0.1:{ports[0]}/debug.ping", process, folder / "log")
        yield process, ports
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_S)


Run = Callable[..., str]
"""(script, *arguments) to what it printed."""


def printed(name: str, said: str) -> str:
    """The value that a script printed as `name=value`, the last one."""
    return re.findall(rf"^{name}=(\w+)$", said, re.MULTILINE)[-1]
