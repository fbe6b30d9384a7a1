"""`trackyard restore FILE`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from apiserver import configuration
from apiserver.commands.meter import Meter
from apiserver.commands.opening import data_option
from apiserver.commands.places import bring_secrets, kept_from_servers, make_room, of_configuration, refuse_servers, stores
from apiserver.portable import backups
from apiserver.stores.errors import StoreError


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@click.option("--no-files", is_flag=True, help="Leave out uploaded files that the backup has.")
@click.option("--into-non-empty", is_flag=True, help="Even though something is there: what has the same id is replaced.")
@click.option("--over-first-start", is_flag=True, help="Take away what a first start made, where nothing else is there.")
@click.option("--other-secrets", is_flag=True, help="Go on though key pairs of the backup will not work.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: progress, and the result as the last.")
def command(
    file: Path, data: str | None, no_files: bool, into_non_empty: bool, over_first_start: bool, other_secrets: bool, as_json: bool
) -> None:
    """Put everything of a backup back, into an installation that is empty and does not run.

    The whole file is checked before anything is written.
    """
    meter = Meter(as_json)
    began = time.monotonic()
    where = of_configuration("", configuration.load(options={"data.dir": data}))
    shown = str(where.folder) if where.has_files else "the databases"
    try:
        found = backups.check(file, meter)
        with kept_from_servers(where, make=True), stores(where, read_only=False) as backend:
            refuse_servers(where, backend)
            make_room(shown, backend, merge=into_non_empty, over_first=over_first_start)
            notes = bring_secrets(dict(found.secrets), where, go_on=other_secrets, pairs=bool(found.secrets))
            files = where.files if found.files and not no_files else None
            done = backups.restore(file, found, backend, merge=into_non_empty, files=files, listener=meter)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror}") from error
    meter.result(
        {
            "same": not done.different, "records": done.records, "files": done.files, "different": done.different, "notes": notes,
            "seconds": round(time.monotonic() - began, 1),
        },
        *(f"DIFFERENT: {text}" for text in done.different),
        *notes,
        f"{done.records:,} records and {done.files:,} files restored into {shown}{'' if into_non_empty else '; compared with the file'}",
    )  # fmt: skip
    if done.different:
        raise SystemExit(1)
