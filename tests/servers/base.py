"""Real servers for tests: obtained into a cache folder, started once for all test processes of a run, stopped when the last one ends.

A server is described by a `Recipe` (see `redis.py`); `shared(recipe)` gives the address of the one that all tests of the run use, and
`alone(recipe, folder)` one of the caller's own, to stop, kill and restart. What cannot be had is skipped with the reason, and with
CI=true that is a failure (`tests/conftest.py`).
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from attrs import define, field, frozen

STOP_S = 30
DOWNLOAD_S = 600
KEEPER = Path(__file__).with_name("keeper.py")


class NotToBeHad(Exception):
    """A server cannot be obtained on this machine; the text says why and what would help."""


@frozen
class Recipe:
    """How to have one kind of server. All functions are called in test processes; `command` and `ping` after `obtain`."""

    name: str
    variable: str
    """The environment variable that holds the address of a running server to use instead."""
    obtain: Callable[[], object]
    """Finds or downloads it. Raises: NotToBeHad."""
    command: Callable[[int, Path], Sequence[str]]
    """(port, empty folder for its data) to the command that runs it in the foreground."""
    address: Callable[[int], str]
    ping: Callable[[str], object]
    """Raises anything until the server at the address is ready."""
    start_s: float = 30
    environment: Mapping[str, str] = {}
    """Set for the command, over this process's own environment."""


def cache_folder() -> Path:
    """Where downloads are kept between runs, outside of the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "trackyard-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process at a time holds the lock on the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache; made by `make(empty folder)` once, by one process, and whole or not at all."""
    folder = cache_folder() / name
    with locked(cache_folder() / f"{name}.lock"):
        if not folder.is_dir():
            half = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=cache_folder()))
            try:
                make(half)
                half.rename(folder)
            finally:
                shutil.rmtree(half, ignore_errors=True)
    return folder


def wheel(requirement: str, *options: str) -> Path:
    """The unpacked wheel of `name==version`, downloaded by pip once; further options go to pip. Raises: NotToBeHad."""

    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        with tempfile.TemporaryDirectory() as downloads:
            asked = [*command, *options, "--dest", downloads, requirement]
            done = subprocess.run(asked, capture_output=True, text=True, timeout=DOWNLOAD_S, check=False)
            files = list(Path(downloads).glob("*.whl"))
            if done.returncode or not files:
                raise NotToBeHad(f"pip could not download {requirement}: {(done.stderr or done.stdout).strip()[-500:]}")
            with zipfile.ZipFile(files[0]) as archive:
                archive.extractall(folder)

    return kept(requirement.replace("==", "-"), make)


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# One's own server


@define
class Own:
    """A server of the caller's own on a port that stays the same; its data stay when it is stopped and started again."""

    recipe: Recipe
    folder: Path
    port: int = field(factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return self.recipe.address(self.port)

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.recipe.name} was not started"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        log, data = self.folder / "log", self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **self.recipe.environment}
        with log.open("ab") as out:
            command = list(self.recipe.command(self.port, data))
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, cwd=data)
        _wait(self.recipe, self.address, log, self._process)

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """Stop it, as an operator does, or with another signal; nothing when it is not running."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(with_signal)
            self._process.wait(STOP_S)
        self._process = None

    def pause(self) -> None:
        """It keeps its connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


@contextmanager
def alone(recipe: Recipe, folder: Path) -> Iterator[Own]:
    """A running server of the caller's own, until the block ends. Skips when it is not to be had."""
    _obtained(recipe)
    own = Own(recipe, folder)
    try:
        own.start()
        yield own
    finally:
        own.stop(with_signal=signal.SIGKILL)


# The server that all test processes of a run share


def shared(recipe: Recipe) -> str:
    """The address of the server that the environment names, else of the one of this test run. Skips when it is not to be had.

    The first process that asks starts it under `keeper.py`, which stops it when no process holds its lock any more, however they ended.
    """
    if named := os.environ.get(recipe.variable):
        return named
    if recipe.name not in _addresses:
        _obtained(recipe)
        _addresses[recipe.name] = _joined(recipe)
    return _addresses[recipe.name]


_addresses: dict[str, str] = {}
_missing: dict[str, str] = {}
_held: list[IO[str]] = []


def _obtained(recipe: Recipe) -> None:
    if recipe.name not in _missing:
        try:
            recipe.obtain()
        except NotToBeHad as reason:
            _missing[recipe.name] = str(reason)
        else:
            return
    pytest.skip(f"{recipe.name.upper()} IS NOT TESTED: {_missing[recipe.name]}; or set {recipe.variable} to a running one")


def _run_folder() -> Path:
    """The same for all processes of one run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"pid{os.getpid()}"
    return Path(tempfile.gettempdir()) / f"trackyard-servers-{os.getuid()}" / run


def _joined(recipe: Recipe) -> str:
    folder = _run_folder() / recipe.name
    with locked(folder / "start.lock"):
        users = (folder / "users.lock").open("a")
        # Waits for a keeper that is about to stop; it takes the address away first.
        fcntl.flock(users, fcntl.LOCK_SH)
        _held.append(users)
        known = folder / "address"
        if not known.exists():
            address = _started(recipe, folder)
            known.write_text(address)
        atexit.register(_held.clear)
        return known.read_text()


def _started(recipe: Recipe, folder: Path) -> str:
    port, data, log = free_port(), folder / "data", folder / "log"
    data.mkdir(exist_ok=True)
    order = {"command": list(recipe.command(port, data)), "environment": dict(recipe.environment), "stop_s": STOP_S}
    with log.open("ab") as out:
        keeper = subprocess.Popen(
            [sys.executable, str(KEEPER), str(folder), json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    address = recipe.address(port)
    _wait(recipe, address, log, keeper)
    return address


def _wait(recipe: Recipe, address: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    end, last = time.monotonic() + recipe.start_s, "no attempt"
    while time.monotonic() < end and process.poll() is None:
        try:
            recipe.ping(address)
        except Exception as error:
            last = str(error)
            time.sleep(0.05)
        else:
            return
    said = log.read_text(errors="replace")[-4000:]
    raise RuntimeError(f"{recipe.name} did not start in {recipe.start_s:g} s ({last}); it said:\n{said}")
