"""Installations as commands are told them: a data folder, a configuration folder, or the one that is configured here."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from attrs import frozen

from apiserver import configuration
from apiserver.commands.opening import checked, data_folder
from apiserver.configuration import Configuration, secrets
from apiserver.jobs.schedule import HOLDER
from apiserver.portable.writing import contents, forget_first_start, is_as_first_started
from apiserver.serve import LOCK_FILE
from apiserver.settings import Settings
from apiserver.stores.backend import Backend
from apiserver.stores.errors import StoreError
from apiserver.stores.registry import chosen, open_backend

CONFIGURED = "configured"
DOCUMENTS = "documents.db"
_OURS = {secrets.FILE, LOCK_FILE, "files"}
"""What may be in a data folder that has no documents yet."""


@frozen
class Place:
    """name: as it was written. folder: the data folder, which has the secrets, and all data of an embedded installation."""

    name: str
    configuration: Configuration
    folder: Path

    @property
    def settings(self) -> Settings:
        return self.configuration.settings()

    @property
    def has_files(self) -> bool:
        """Whether something of it is in files of the data folder."""
        return "sqlite" in chosen(self.settings).values()

    @property
    def files(self) -> Path:
        """The folder of uploaded files."""
        return Path(str(self.settings.get("data.files_dir") or self.folder / "files")).expanduser()

    @property
    def secrets(self) -> dict[str, str]:
        """Those that it has, by path; none is made. Ends the command when the file is damaged."""
        try:
            return secrets.known(self.configuration, self.folder)
        except secrets.BadSecrets as error:
            raise click.ClickException(str(error)) from error


def place(name: str, *, must_be_there: bool) -> Place:
    """What the name means. Ends the command with one line when that is nothing."""
    path = Path(name).expanduser()
    if name == CONFIGURED:
        found = configuration.load()
    elif (path / DOCUMENTS).is_file() or not path.exists() or (path.is_dir() and not _is_configuration(path)):
        if must_be_there and not (path / DOCUMENTS).is_file():
            what = (
                "is neither a data folder (with documents.db) nor a configuration folder (with *.conf)" if path.exists() else "is not there"
            )
            raise click.ClickException(f"{path} {what}")
        others = [] if not path.is_dir() or (path / DOCUMENTS).is_file() else [one.name for one in path.iterdir() if one.name not in _OURS]
        if others:
            raise click.ClickException(
                f"{path} holds other things ({', '.join(sorted(others)[:3])}, …): name a folder that is new or empty"
            )
        found = configuration.load({}, {"data.dir": str(path)}, folders=())
    elif path.is_dir():
        found = configuration.load({}, folders=(path,))
    else:
        raise click.ClickException(f"{path} is no folder")
    return of_configuration(name, found)


def _is_configuration(path: Path) -> bool:
    return any(path.glob("*.conf")) or any(path.glob("*/*.conf"))


def of_configuration(name: str, found: Configuration) -> Place:
    """Ends the command when anything is wrong with the configuration."""
    return Place(name, checked(found), data_folder(found))


@contextmanager
def stores(where: Place, *, read_only: bool) -> Iterator[Backend]:
    """Its stores. Ends the command with one line when they cannot be opened."""
    try:
        backend = open_backend(where.settings, read_only=read_only)
    except StoreError as error:
        raise click.ClickException(f"{where.name}: {error}") from error
    try:
        yield backend
    finally:
        backend.close()


@contextmanager
def kept_from_servers(where: Place, *, make: bool) -> Iterator[None]:
    """No server runs on its data folder, and none starts, in the block. make: the folder, when it is missing. Ends the command else."""
    if not where.has_files:
        yield
        return
    if make:
        where.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (where.folder / LOCK_FILE).touch()
    elif not (where.folder / LOCK_FILE).exists():
        yield
        return
    with (where.folder / LOCK_FILE).open("rb") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if make else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException(f"a server runs on {where.folder}: stop it first") from error
        yield


def refuse_servers(where: Place, backend: Backend) -> None:
    """Ends the command when servers run on shared stores, as far as one can see that: one of them runs the jobs."""
    if not where.has_files and backend.state.get(HOLDER) is not None:
        raise click.ClickException(
            f"servers seem to run on {where.name}: stop them first (one that was killed is forgotten within a minute)"
        )


def make_room(name: str, backend: Backend, *, merge: bool, over_first: bool) -> None:
    """Ends the command when the stores hold something, unless told. over_first: take away what a first start made."""
    found = contents(backend)
    if not found or merge:
        return
    first = is_as_first_started(backend)
    if first and over_first:
        forget_first_start(backend)
        return
    shown = ", ".join(f"{key}: {count}" for key, count in list(found.items())[:5])
    hint = "it is only what a first start makes: --over-first-start takes that away" if first else "--into-non-empty goes on"
    raise click.ClickException(f"{name} is not empty ({shown}{', …' if len(found) > 5 else ''}); {hint}")


def bring_secrets(source: dict[str, str], target: Place, *, go_on: bool, pairs: bool) -> list[str]:
    """Give the target the secrets of the source, where it has none; lines to tell. pairs: whether there are key pairs to keep working.

    Ends the command when key pairs would stop working, unless told to go on.
    """
    token, key = secrets.PATHS
    there = target.secrets
    lines: list[str] = []
    if pairs and not go_on and not source.get(key):
        raise click.ClickException(
            f"the source's {key} is not known here (no {secrets.FILE} in its data folder), so key pairs would stop working: name its"
            " configuration folder, or go on with --other-secrets and make new pairs"
        )
    if pairs and source.get(key) and there.get(key) not in (None, source[key]):
        text = f"{target.name} has another {key} than the source, so that no key pair would work"
        if not go_on:
            raise click.ClickException(f"{text}: configure the source's (or remove {target.folder / secrets.FILE}), or --other-secrets")
        lines.append(f"{text}; trackyard credentials create makes new ones")
    if source.get(token) and there.get(token) not in (None, source[token]):
        lines.append(f"{target.name} has another {token} than the source: people sign in again")
    missing = {path: source[path] for path in secrets.PATHS if source.get(path) and path not in there}
    if missing:
        try:
            secrets.keep(target.folder, missing)
        except secrets.BadSecrets as error:
            raise click.ClickException(str(error)) from error
        more = "" if target.has_files else "; other servers of this installation need it too, or secure.auth in their configuration"
        lines.append(f"secrets: carried to {target.folder / secrets.FILE}{more}")
    return lines
