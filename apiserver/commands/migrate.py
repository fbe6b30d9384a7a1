"""`trackyard migrate ...`: one group for each kind of migration, imported when it is used."""

from __future__ import annotations

import click

from apiserver.commands.migrate_elastic import command as elastic


@click.group()
def command() -> None:
    """Copy or change the data of older releases."""


command.add_command(elastic, "elastic")
