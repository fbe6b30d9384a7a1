"""A server in this process for tests: clean stores, the application over them, a signed-in client."""

from __future__ import annotations

import copy
import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apiserver.app import create_api
from apiserver.bootstrap import bootstrap
from apiserver.configuration import keys
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.testing import stacks
from apiserver.testing.client import Client
from apiserver.testing.snapshots import Snapshot

USER = ("TESTUSERKEY", "test-user-secret")
SYSTEM = ("TESTSYSTEMKEY", "test-system-secret")
SETTINGS: Mapping[str, Any] = {
    "secure.auth.token_secret": "token secret of tests, long enough for its hash",
    "secure.auth.credentials_key": "credentials key of tests",
    "secure.credentials.tests": {"role": "user", "user_key": USER[0], "user_secret": USER[1], "display_name": "Default User"},
    "secure.credentials.apiserver": {"role": "system", "user_key": SYSTEM[0], "user_secret": SYSTEM[1]},
}
"""What tests need beside the defaults: secrets, an ordinary user and a system user."""


def settings_of(overrides: Mapping[str, Any]) -> Settings:
    """The defaults of `config/`, what tests need, and over them the overrides."""
    defaults = _defaults().by_path
    values = {path: copy.deepcopy(key.default) for path, key in defaults.items()}
    for path, value in [*SETTINGS.items(), *overrides.items()]:
        values = {above: kept for above, kept in values.items() if above != path and not above.startswith(f"{path}.")}
        values[path] = value
    return Settings.from_dict(values, secrets=[path for path, key in defaults.items() if key.secret])


@contextmanager
def stores(folder: Path, overrides: Mapping[str, Any] | None = None) -> Iterator[Backend]:
    """Clean stores on the stack that the tests run on, with nothing in them yet."""
    with stacks.place(folder) as found, stacks.opened(found, settings_of({**found, **(overrides or {})})) as backend:
        yield backend


@contextmanager
def serving(folder: Path, overrides: Mapping[str, Any] | None = None) -> Iterator[Client]:
    """A client of a new server over clean stores, on the stack that the tests run on."""
    with stacks.place(folder, holds=_started(overrides or {})) as found, client(found, overrides) as made:
        yield made


@contextmanager
def client(found: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Iterator[Client]:
    """A client of a server over the stores of a place, which a server has been started on."""
    with stacks.opened(found, settings_of({**found, **(overrides or {})})) as backend:
        yield Client(create_api(backend), backend, *USER)


def made(folder: Path, fill: Callable[[Client], object]) -> Snapshot:
    """What the stores of a new server hold after `fill`, for tests that begin with that again and again."""
    with stacks.place(folder, holds=_started({})) as found:
        with client(found) as api:
            fill(api)
        return stacks.taken(found)


_defaults = functools.cache(keys.load)
"""PERF: 10 ms of a test's 30; nobody changes `config/` while tests run."""

_starts: dict[str, Snapshot] = {}


def _started(overrides: Mapping[str, Any]) -> Snapshot:
    """What stores hold that a server has been started on.

    PERF: 200 ms to make and fill them, 5 ms to copy files, or to put back what databases held; so it is done once for each overrides.
    """
    key = repr(sorted(overrides.items()))
    if key not in _starts:
        with tempfile.TemporaryDirectory() as folder, stacks.place(Path(folder)) as found:
            with stacks.opened(found, settings_of({**found, **overrides})) as backend:
                bootstrap(backend)
            _starts[key] = stacks.taken(found)
    return _starts[key]
