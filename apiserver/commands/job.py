"""`trackyard job NAME`: a background job, now and once; for operators with their own schedule."""

from __future__ import annotations

import click

from apiserver.commands.opening import data_option, opened
from apiserver.jobs.table import JOBS


@click.command(epilog="Jobs: " + "; ".join(f"{job.name}: {job.what}" for job in JOBS.values()))
@click.argument("name", type=click.Choice(sorted(JOBS)))
@data_option
def command(name: str, data: str | None) -> None:
    """Run one background job now."""
    with opened(data) as backend:
        click.echo(JOBS[name].run(backend) or "nothing to do")
