"""`trackyard migrate status | run | verify`: the shape of stored data, and changing it; `migrate elastic` copies events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from apiserver.commands.migrate_elastic import command as elastic
from apiserver.commands.opening import configured, data_folder, data_option, json_option
from apiserver.configuration import secrets

if TYPE_CHECKING:
    from apiserver.settings import Settings

PENDING = 3
"""Exit code of `status` when something is to be done, and of `verify` when something is wrong."""


@click.group()
def command() -> None:
    """Look at migrations of the stored data, run them, check them; copy events out of an older Elasticsearch."""


command.add_command(elastic, "elastic")


@command.command()
@click.option("--count", is_flag=True, help="Also count the documents that each step would change, which may take its time.")
@data_option
@json_option
def status(count: bool, data: str | None, as_json: bool) -> None:
    """Show which migrations the data has behind it, which are pending, and what they would do. Changes nothing.

    The exit code is 3 when something is pending.
    """
    from apiserver import starting
    from apiserver.stores.errors import StoreError

    try:
        found = starting.statuses(_settings(data), count=count)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([{**attrs.asdict(one), "pending": len(one.pending)} for one in found], indent=1))
    for one in found if not as_json else ():
        click.echo(f"{one.store}: {one.engine} at {one.where}, version {one.version or 'none'}, {len(one.pending)} pending")
        for note in one.notes:
            click.echo(f"  note: {note}")
        for step in one.pending:
            left = f" ({step.left:,} documents)" if step.left is not None else ""
            click.echo(f"  {step.number}: {step.what}{left}")
    if not found and not as_json:
        click.echo("These stores have no migrations.")
    raise SystemExit(PENDING if any(one.pending for one in found) else 0)


@command.command()
@click.option("--without-events", is_flag=True, help="Although events of a server before 0.16 were never moved to Elasticsearch 7.")
@data_option
@json_option
def run(without_events: bool, data: str | None, as_json: bool) -> None:
    """Run what is pending. Stop all servers and make a backup before: there is no way back but that.

    A run that was interrupted is simply started again.
    """
    from apiserver import starting
    from apiserver.stores.errors import StoreError

    said: list[str] = []
    try:
        done = starting.run(_settings(data), said.append if as_json else click.echo, without_events=without_events)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"done": done, "said": said}, indent=1))
    elif not done:
        click.echo("Nothing was to be done.")


@command.command()
@data_option
@json_option
def verify(data: str | None, as_json: bool) -> None:
    """Check that the data has the shape that its migrations give it. Changes nothing. The exit code is 3 when it has not."""
    from apiserver import starting
    from apiserver.stores.errors import StoreError

    try:
        problems = starting.verified(_settings(data))
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"problems": problems}, indent=1))
    else:
        click.echo("\n".join(problems) or "All is as it should be.")
    raise SystemExit(PENDING if problems else 0)


def _settings(data: str | None) -> Settings:
    """NOTE: secrets are read where there are some, and none are made."""
    found = configured({"data.dir": data}, with_secrets=False)
    folder: Path = data_folder(found)
    if (folder / secrets.FILE).exists():
        try:
            secrets.fill_in(found, folder)
        except secrets.BadSecrets as error:
            raise click.ClickException(str(error)) from error
    return found.settings()
