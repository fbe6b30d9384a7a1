"""The real server, started by its own command on free ports, and the real SDK in processes of its own."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

START_S = 60
STOP_S = 30
RUN_S = 600
SCRIPTS = Path(__file__).parent / "scripts"


@frozen
class Server:
    """A running server: where its three doors are, and a key pair that opens them."""

    api: str
    web: str
    files: str
    data: Path
    key: str
    secret: str

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
def served(folder: Path, *arguments: str) -> Iterator[Server]:
    """A server over `folder`/data until the block ends; its log is `folder`/log."""
    data, log = folder / "data", folder / "log"
    api, web, files = free_ports(3)
    ports = ("--api-port", str(api), "--web-port", str(web), "--files-port", str(files))
    with log.open("ab") as out:
        process = subprocess.Popen(trackyard("serve", "--data", str(data), *ports, *arguments), stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://127.0.0.1:{api}/debug.ping", process, log)
        made = subprocess.run(trackyard("credentials", "create", "--data", str(data), "--json"), check=True, capture_output=True, text=True)
        pair = json.loads(made.stdout)
        hosts = (f"http://127.0.0.1:{port}" for port in (api, web, files))
        yield Server(*hosts, data=data, key=pair["access_key"], secret=pair["secret_key"])
        assert process.poll() is None, f"the server ended by itself; it said:\n{log.read_text()}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_S)


Run = Callable[..., str]
"""(script, *arguments) to what it printed."""
