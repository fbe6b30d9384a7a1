"""A new installation for a benchmark: a data folder, for scale-out with database servers of its own, and `run` that serves it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
from attrs import define, field

from apiserver.bootstrap import KeyPair, bootstrap, create_credentials
from apiserver.calls.auth import default_company
from apiserver.commands.opening import configured
from apiserver.configuration import secrets
from apiserver.stores.backend import Backend
from apiserver.stores.registry import open_backend
from apiserver.testing import stacks
from benchmarks.serving import running
from benchmarks.wire import Client
from tests.servers.base import Own, Recipe
from tests.servers.elasticsearch import ELASTIC_7
from tests.servers.mongo import MONGO
from tests.servers.redis import REDIS

EMBEDDED, SCALE_OUT = stacks.EMBEDDED, stacks.SCALE_OUT


@define
class Installation:
    """One stack's stores, open in this process (`backend`) and served by `run`. addresses: {mongo, elastic, redis} of its engines."""

    stack: str
    folder: Path
    addresses: Mapping[str, str]
    variables: Mapping[str, str]
    backend: Backend
    pair: KeyPair = field(init=False)

    def __attrs_post_init__(self) -> None:
        bootstrap(self.backend)
        self.pair = create_credentials(self.backend, label="benchmarks")

    @contextmanager
    def run(self, *, workers: int = 2) -> Iterator[tuple[Client, psutil.Process]]:
        """The server as a process tree, and a client that is signed in."""
        with running(self.folder, workers=workers, variables=self.variables) as (port, process):
            client = Client(port)
            client.login(self.pair.access_key, self.pair.secret_key)
            yield client, psutil.Process(process.pid)

    def start_s(self) -> float:
        """Seconds from the command to the first answer."""
        began = time.perf_counter()
        with running(self.folder, workers=2, variables=self.variables):
            return time.perf_counter() - began

    @property
    def company(self) -> str:
        return default_company(self.backend.settings)

    def events_bytes(self) -> int:
        """What the store of events takes on the disk."""
        return sum(path.stat().st_size for path in self.folder.glob("events.db*"))


@contextmanager
def installed(stack: str) -> Iterator[Installation]:
    """Raises: NotToBeHad, where an engine cannot be obtained."""
    with ExitStack() as ending:
        place = Path(tempfile.mkdtemp(prefix="trackyard-bench-"))
        ending.callback(shutil.rmtree, place, ignore_errors=True)
        place.chmod(0o755)
        addresses = {} if stack == EMBEDDED else _started(place, ending)
        variables = stacks.environment(_settings(addresses)) if addresses else {}
        folder = place / "data"
        found = configured({"data.dir": str(folder), **_settings(addresses)}, with_secrets=False)
        folder.mkdir(mode=0o700)
        secrets.fill_in(found, folder)
        backend = open_backend(found.settings())
        ending.callback(backend.close)
        yield Installation(stack, folder, addresses, variables, backend)


def _started(place: Path, ending: ExitStack) -> dict[str, str]:
    found = {}
    recipes: dict[str, Recipe] = {"mongo": MONGO, "elastic": ELASTIC_7, "redis": REDIS}
    for name, recipe in recipes.items():
        recipe.obtain()
        own = Own(recipe, place / name)
        (place / name).mkdir()
        (place / name).chmod(0o777)
        ending.callback(own.stop)
        own.start()
        found[name] = own.address
    return found


def _settings(addresses: Mapping[str, str]) -> dict[str, Any]:
    if not addresses:
        return {}
    return {
        "stores.engine": SCALE_OUT,
        **{f"hosts.mongo.{alias}": {"host": addresses["mongo"], "name": alias} for alias in ("backend", "auth")},
        **{f"hosts.elastic.{alias}": {"hosts": [addresses["elastic"]]} for alias in ("events", "workers")},
        **{f"hosts.redis.{alias}": {"url": f"{addresses['redis']}/{db}"} for alias, db in (("apiserver", 0), ("workers", 4))},
    }
