"""A server in this process for tests: clean stores, the application over them, a signed-in client."""

from __future__ import annotations

import copy
import functools
import shutil
import tempfile
from collections.abc import Iterator, Mapping
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
    """A client of a new server over clean stores, on the stack that the tests run on.

    PERF: of the embedded stack: 200 ms to make the files and fill them, 5 ms to copy them; so they are made once for each set of overrides.
    """
    embedded = stacks.stack() == stacks.EMBEDDED
    if embedded:
        shutil.copytree(_made(overrides or {}), folder, dirs_exist_ok=True)
    with stores(folder, overrides) as backend:
        if not embedded:
            bootstrap(backend)
        yield Client(create_api(backend), backend, *USER)


_defaults = functools.cache(keys.load)
"""PERF: 10 ms of a test's 30; nobody changes `config/` while tests run."""

_templates: dict[str, tempfile.TemporaryDirectory[str]] = {}


def _made(overrides: Mapping[str, Any]) -> str:
    """A folder with files that a server has been started on."""
    key = repr(sorted(overrides.items()))
    if key not in _templates:
        _templates[key] = tempfile.TemporaryDirectory(prefix="trackyard-template-")
        with stores(Path(_templates[key].name), overrides) as backend:
            bootstrap(backend)
    return _templates[key].name
