"""Older versions of the SDK, each installed once into a folder of the tests' cache, with the newest Python that it still runs on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from tests.servers.base import DOWNLOAD_S, NotToBeHad, kept


@frozen
class Client:
    """requirements: what pip installs; newest: the last Python that it runs on, as (3, minor); prefix: of its variables."""

    name: str
    requirements: Sequence[str]
    newest: tuple[int, int]
    prefix: str = "CLEARML"

    def __str__(self) -> str:
        return self.name


CLIENTS = (
    # NOTE: not one of them says which versions of these it does not work with.
    Client("trains-0.16.4", ("trains==0.16.4", "PyJWT<2", "urllib3<2", "numpy<2"), (3, 11), "TRAINS"),
    # NOTE: has a regular expression that Python 3.11 refuses.
    Client("clearml-1.0.5", ("clearml==1.0.5", "urllib3<2", "numpy<2"), (3, 10)),
    Client("clearml-1.9.3", ("clearml==1.9.3", "urllib3<2", "numpy<2"), (3, 11)),
    Client("clearml-1.16.5", ("clearml==1.16.5", "numpy<2"), (3, 11)),
)
OLDEST_MINOR = 9


def python_for(client: Client) -> str | None:
    """The path of the newest Python of this machine that the client runs on: this one, one on the PATH, one of pyenv."""
    if sys.version_info[:2] <= client.newest:
        return sys.executable
    for minor in range(client.newest[1], OLDEST_MINOR - 1, -1):
        places = [shutil.which(f"python3.{minor}"), *sorted((Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/python"))]
        for place in filter(None, places):
            # NOTE: pyenv's stand-ins on the PATH end with an error where the version is not chosen.
            if subprocess.run([place, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
                return str(place)
    return None


def installed(client: Client, python: str) -> Path:
    """The Python that has the client. Raises: NotToBeHad."""

    def make(folder: Path) -> None:
        _run([python, "-m", "venv", "--without-pip", str(folder)])
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, *client.requirements])

    version = subprocess.run([python, "-c", "import sys; print(sys.version_info.minor)"], capture_output=True, text=True, check=True)
    return kept(f"{client.name}-python3.{version.stdout.strip()}", make) / "bin" / "python"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_S, check=False)
    if done.returncode:
        raise NotToBeHad(f"{' '.join(command[:4])}: {(done.stderr or done.stdout).strip()[-500:]}")
