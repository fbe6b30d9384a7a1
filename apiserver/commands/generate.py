"""`trackyard generate [--check]`."""

from __future__ import annotations

import click


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; print what would change, and fail if anything would.")
def command(check: bool) -> None:
    """Print apiserver/generated/ from schema/, and config/defaults.json from config/*.conf."""
    from apiserver.codegen.command import generate
    from apiserver.configuration import keys

    try:
        status = keys.generate(check=check)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    raise SystemExit(max(status, generate(check)))
