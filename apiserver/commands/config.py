"""`trackyard config show | check`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from apiserver import configuration
from apiserver.commands.opening import data_folder, json_option
from apiserver.configuration import Value, secrets

HIDDEN = "***"


@click.group()
def command() -> None:
    """Show or check the configuration."""


@command.command()
@click.argument("beginning", default="")
@click.option("--data", metavar="DIR", help="The data folder, whose secrets file counts too.")
@click.option("--changed", is_flag=True, help="Only what is not the default.")
@json_option
def show(beginning: str, data: str | None, changed: bool, as_json: bool) -> None:
    """Print the effective value of every key and where it came from; secrets are masked.

    BEGINNING: only keys that begin so.
    """
    found = configuration.load(options={"data.dir": data})
    for problem in (*found.warnings, *found.problems):
        click.echo(f"warning: {problem}", err=True)
    if (data_folder(found) / secrets.FILE).exists():
        try:
            secrets.fill_in(found, data_folder(found))
        except secrets.BadSecrets as error:
            click.echo(f"warning: {error}", err=True)
    chosen = [value for path, value in sorted(found.values.items()) if path.startswith(beginning)]
    if changed:
        chosen = [value for value in chosen if value.origin != configuration.DEFAULT]
    if as_json:
        rows = [{"key": v.key.path, "value": masked(v), "origin": v.origin, "used": "unused" not in v.key.marks} for v in chosen]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for value in chosen:
        note = " (no effect)" if "unused" in value.key.marks and value.origin != configuration.DEFAULT else ""
        click.echo(f"{value.key.path} = {json.dumps(masked(value), ensure_ascii=False)}  # {value.origin}{note}")


@command.command()
def check() -> None:
    """Check all configuration files and variables; name what is wrong with file and line."""
    found = configuration.load()
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
    for problem in found.problems:
        click.echo(f"error: {problem}")
    if found.problems:
        raise SystemExit(1)
    changed = sum(value.origin != configuration.DEFAULT for value in found.values.values())
    click.echo(f"fine: {len(found.values)} keys, {changed} of them not the default")


def masked(value: Value) -> Any:
    """The value as it may be shown: of a secret only whether it is set, of a secret section its names."""
    return _masked(value.value) if value.key.secret else value.value


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return HIDDEN if value not in (None, "") and not isinstance(value, bool) else value
