"""The official agent in services mode beside the server: `trackyard serve --services-agent`. docs/services-agent.md is the page.

The server starts this module as a process of its own, the keeper, which starts the agent, and starts it again when it dies. Whatever comes
through the keeper's standard input, its end too, is the word to stop: so the agent ends even with a server that is killed.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

import psutil
from attrs import define, field, frozen

from apiserver.settings import Settings

log = logging.getLogger("apiserver.services_agent")

PACKAGE = "clearml_agent"
LOG_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
STEADY_S = 60.0
"""Seconds after which an agent counts as one that runs: when it dies later, the waiting begins anew with the first pause."""
TICK_S = 0.25
_LAST_LINES = 10
_NOT_PASSED_ON = ("CLEARML_AUTH_TOKEN", "TRAINS_AUTH_TOKEN", "CLEARML_AGENT_AUTH_TOKEN", "CLEARML_TASK_ID", "TRAINS_TASK_ID")
_SETTINGS = ("TRACKYARD__", "CLEARML__", "TRAINS__")
"""Beginnings of variables that are settings of the server, secrets among them: no business of what users run."""


def is_installed() -> bool:
    return importlib.util.find_spec(PACKAGE) is not None


def command(settings: Settings) -> list[str]:
    """The agent's command line."""
    section = settings.section("serve.services_agent")
    docker = section.get("docker")
    return [
        *(
            sys.executable,
            "-m",
            PACKAGE,
            "daemon",
            "--services-mode",
            "--queue",
            str(section.get("queue")),
            "--create-queue",
            "--foreground",
        ),
        "--cpu-only",
        *(("--docker", str(docker)) if docker else ()),
        *(str(argument) for argument in section.get("arguments") or ()),
    ]


def environment(settings: Settings, doors: Mapping[str, str], pair: tuple[str, str]) -> dict[str, str]:
    """The agent's environment: this process's own, without the server's settings in it, and what leads to this server.

    doors: {api, web, files}, as this machine reaches them; pair: access key, secret key.
    """
    section = settings.section("serve.services_agent")
    at = {name: str(settings.get(f"serve.services_agent.hosts.{name}") or door) for name, door in doors.items()}
    return {
        **{name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON and not name.startswith(_SETTINGS)},
        "CLEARML_WORKER_ID": str(section.get("worker_id")),
        "CLEARML_API_HOST": at["api"],
        "CLEARML_WEB_HOST": at["web"],
        "CLEARML_FILES_HOST": at["files"],
        "CLEARML_API_ACCESS_KEY": pair[0],
        "CLEARML_API_SECRET_KEY": pair[1],
        "PYTHONUNBUFFERED": "1",
    }


@frozen
class Order:
    """What the keeper is told. ping: an address that answers when the agent may start; stop_s: how long the agent has to end."""

    command: Sequence[str]
    ping: str
    stop_s: float
    log_level: str


@define
class Beside:
    """The keeper as the server sees it."""

    _process: subprocess.Popen[bytes]
    _stop_s: float

    @classmethod
    def started(cls, order: Order, environment: Mapping[str, str]) -> Beside:
        """Start the keeper. It has a session of its own, so that Ctrl-C reaches the server alone, which then tells it."""
        told = json.dumps({"command": list(order.command), "ping": order.ping, "stop_s": order.stop_s, "log_level": order.log_level})
        process = subprocess.Popen(
            [sys.executable, "-m", "apiserver.services_agent", told], env=dict(environment), stdin=subprocess.PIPE, start_new_session=True
        )
        return cls(process, order.stop_s)

    def stop(self) -> None:
        """End the agent while the API still answers, so that it can say of its tasks that they stopped. Twice does no harm."""
        if self._process.stdin is None or self._process.stdin.closed:
            return
        with suppress(OSError):
            self._process.stdin.write(b"stop\n")
            self._process.stdin.close()
        try:
            self._process.wait(self._stop_s + 5)
        except subprocess.TimeoutExpired:
            log.error("what keeps the services agent (process %s) does not end; it is left to itself", self._process.pid)


# The keeper's own process


@define
class Keeper:
    """Starts the agent, reads what it says, and starts it again."""

    _order: Order
    _word: IO[bytes] = field(factory=lambda: sys.stdin.buffer)
    _agent: subprocess.Popen[bytes] | None = None
    _said: deque[str] = field(factory=lambda: deque(maxlen=_LAST_LINES))
    _selector: selectors.BaseSelector = field(factory=selectors.DefaultSelector)
    _rest: bytes = b""

    def run(self) -> None:
        """Until the word to stop; then end everything that was started."""
        self._selector.register(self._word, selectors.EVENT_READ)
        wait_s = FIRST_WAIT_S
        while self._answers():
            began = time.monotonic()
            self._start()
            if not self._pass(None):
                break
            if time.monotonic() - began >= STEADY_S:
                wait_s = FIRST_WAIT_S
            self._report(wait_s)
            if not self._pass(wait_s):
                break
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        self._end()

    def _answers(self) -> bool:
        """Wait for the server; False when told to stop meanwhile."""
        while True:
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(self._order.ping, timeout=5):
                return True
            if not self._pass(TICK_S):
                return False

    def _start(self) -> None:
        self._said.clear()
        # NOTE: in this process's group, as all that the agent starts: so that they can be found when it is gone.
        self._agent = subprocess.Popen(
            self._order.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
        )
        assert self._agent.stdout is not None
        os.set_blocking(self._agent.stdout.fileno(), False)
        self._selector.register(self._agent.stdout, selectors.EVENT_READ)
        log.info("the services agent runs (process %s)", self._agent.pid)

    def _pass(self, seconds: float | None) -> bool:
        """Let the time pass, or without one the agent's life; False as soon as the word to stop comes."""
        end = time.monotonic() + (seconds or 0)
        while True:
            for key, _ in self._selector.select(TICK_S):
                if key.fileobj is self._word:
                    return False
                self._listen()
            if seconds is None and (self._agent is None or self._agent.poll() is not None):
                return True
            if seconds is not None and time.monotonic() >= end:
                return True

    def _listen(self) -> None:
        """Take in what the agent says: to the log at level DEBUG, and the last lines for the case that it dies."""
        out = self._agent.stdout if self._agent else None
        if out is None or out.closed:
            return
        read = out.read(65536)
        if read is None:
            return
        *lines, self._rest = (self._rest + read).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            log.debug("agent: %s", text)
            if text:
                self._said.append(text)
        if not read:
            self._selector.unregister(out)
            out.close()

    def _report(self, wait_s: float) -> None:
        self._listen()
        assert self._agent is not None
        if self._agent.stdout is not None and not self._agent.stdout.closed:
            self._selector.unregister(self._agent.stdout)
            self._agent.stdout.close()
        status = self._agent.returncode
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        log.warning("the services agent %s; it starts again in %.0f s. It said at last:\n%s", how, wait_s, "\n".join(self._said))

    def _end(self) -> None:
        """Ask what runs to end, agents before what they run, and kill what does not.

        NOTE: an agent asked first reports its task as stopped; a task that ended under it would count as failed.
        """
        end = time.monotonic() + self._order.stop_s
        asked: set[int] = set()
        while (left := _mine()) and time.monotonic() < end:
            group = {process.pid for process in left}
            for process in left:
                with suppress(psutil.Error):
                    if process.pid not in asked and process.ppid() not in group:
                        process.terminate()
                        asked.add(process.pid)
            self._listen()
            if self._agent is not None:
                self._agent.poll()
            time.sleep(TICK_S)
        for process in left:
            with suppress(psutil.Error):
                log.warning("killed, because it did not end in %.0f s: process %s %s", self._order.stop_s, process.pid, process.cmdline())
                process.kill()
        log.info("the services agent has ended")


def _mine() -> list[psutil.Process]:
    """All living processes of this process's group but itself."""
    group, found = os.getpgid(0), []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def main() -> None:
    told = Order(**json.loads(sys.argv[1]))
    logging.basicConfig(stream=sys.stderr, level=told.log_level.upper(), format=LOG_FORMAT)
    # NOTE: the word to stop comes through the pipe alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Keeper(told).run()


if __name__ == "__main__":
    main()
