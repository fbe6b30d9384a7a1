"""Fixtures: one running server for all tests of this folder, and a way to run scripts against it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import RUN_S, Run, Server, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server, started by its own command on free ports."""
    with served(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    """Runs a script with the SDK pointed at the server; what it printed. A script that fails, fails the test with its output.

    A copy runs, outside of this repository: the SDK records the repository of a script, and large changes as an artifact.
    """

    def _run(script: Path, *arguments: str) -> str:
        copied = shutil.copytree(script.parent, tmp_path / "scripts", dirs_exist_ok=True)
        done = subprocess.run(
            [sys.executable, str(copied / script.name), *arguments],
            env=server.environment(tmp_path / "home"),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_S,
            check=False,
        )
        assert done.returncode == 0, f"{script.name} failed:\n{done.stdout[-8000:]}"
        return done.stdout

    return _run


@pytest.fixture
def queue(server: Server, request: pytest.FixtureRequest) -> str:
    """Name of a queue that only this test uses; agents create it."""
    return f"agents of {request.node.name}"
