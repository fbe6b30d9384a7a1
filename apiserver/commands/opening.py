"""What commands share: the configuration that may be used, and the stores it names. One line and an exit status for whatever is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from apiserver import configuration
from apiserver.configuration import Configuration, secrets
from apiserver.stores.backend import Backend
from apiserver.stores.errors import StoreError
from apiserver.stores.registry import is_shared, open_backend


def configured(options: Mapping[str, Any] | None = None, *, with_secrets: bool = True) -> Configuration:
    """The configuration, with this installation's secrets. Ends the command when anything is wrong with it."""
    found = checked(configuration.load(options=options))
    if with_secrets:
        try:
            secrets.fill_in(found, data_folder(found))
        except secrets.BadSecrets as error:
            raise click.ClickException(str(error)) from error
    return found


def checked(found: Configuration) -> Configuration:
    """Tells warnings, and ends the command with all that is wrong."""
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    if found.problems:
        for problem in found.problems:
            click.echo(f"error: {problem}", err=True)
        raise SystemExit(2)
    return found


def data_folder(found: Configuration) -> Path:
    return Path(str(found.values["data.dir"].value)).expanduser()


@contextmanager
def opened(data: str | None) -> Iterator[Backend]:
    """The stores of a data folder that there is, or the shared ones; whether a server runs on them or not."""
    found = configured({"data.dir": data}, with_secrets=False)
    folder = data_folder(found)
    try:
        if not folder.is_dir() and not (is_shared(found.settings()) and secrets.configured(found)):
            raise click.ClickException(f"{folder}: there is no such data folder; `trackyard serve --data {folder}` makes one")
        secrets.fill_in(found, folder)
        backend = open_backend(found.settings())
    except (StoreError, secrets.BadSecrets) as error:
        raise click.ClickException(str(error)) from error
    try:
        yield backend
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    finally:
        backend.close()


data_option = click.option("--data", metavar="DIR", help="The data folder. [default: the setting data.dir, which is data]")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
