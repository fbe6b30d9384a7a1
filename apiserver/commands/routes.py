"""`trackyard routes [--missing] [--json]`."""

from __future__ import annotations

import json

import click

from apiserver.commands.opening import json_option


@click.command()
@click.option("--missing", is_flag=True, help="Only endpoints that are not built yet.")
@json_option
def command(missing: bool, as_json: bool) -> None:
    """List every endpoint: its versions and its functions."""
    from apiserver.codegen.command import rows

    found = rows(missing=missing)
    if as_json:
        click.echo(json.dumps([row.as_json() for row in found], indent=1))
        return
    for row in found:
        place = " ".join(row.handlers) if row.built else "not built yet"
        click.echo(f"{row.endpoint:45} {' '.join(row.versions):16} {place}")
    click.echo(f"{len(found)} endpoints" + (" not built yet" if missing else f", {sum(not row.built for row in found)} not built yet"))
