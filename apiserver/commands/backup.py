"""`trackyard backup FILE`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from apiserver import configuration
from apiserver.commands.meter import Meter, size
from apiserver.commands.opening import data_option
from apiserver.commands.places import of_configuration, stores
from apiserver.portable import backups
from apiserver.portable.reading import Reader
from apiserver.stores.errors import StoreError


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@click.option("--files", is_flag=True, help="Uploaded files too.")
@click.option("--no-secrets", is_flag=True, help="Leave out the secrets; key pairs then work only where those are kept.")
@click.option("--overwrite", is_flag=True, help="Take the place of a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: progress, and the result as the last.")
def command(file: Path, data: str | None, files: bool, no_secrets: bool, overwrite: bool, as_json: bool) -> None:
    """Write everything that the server keeps into FILE, with the server running or not.

    Whoever has the file has all data, and the secrets: it is made readable for its owner only.
    """
    meter = Meter(as_json)
    if file.exists() and not overwrite:
        raise click.ClickException(f"{file} is there already; --overwrite takes its place")
    where = of_configuration("", configuration.load(options={"data.dir": data}))
    if where.has_files and not where.folder.is_dir():
        raise click.ClickException(f"{where.folder}: there is no such data folder")
    began = time.monotonic()
    try:
        with stores(where, read_only=True) as backend, Reader(backend).snapshot() as moment:
            kept = {} if no_secrets else where.secrets
            found = backups.write(Reader(backend), file, moment=moment, secrets=kept, files=where.files if files else None, listener=meter)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror}") from error
    records = sum(one.count for one in found.sections.values())
    meter.result(
        {
            "file": str(file), "bytes": found.bytes, "records": records, "files": found.files, "consistency": found.header["consistency"],
            "secrets": bool(found.secrets), "seconds": round(time.monotonic() - began, 1),
            "sections": {key: {"records": one.count, "checksum": f"{one.sum:032x}"} for key, one in found.sections.items()},
        },
        f"{file}: {records:,} records" + (f", {found.files:,} files" if files else "") + f", {size(found.bytes)}",
        "as of one moment" if moment else "the databases went on meanwhile: docs/backup.md says what that means",
        "without secrets" if not found.secrets else "with secrets: keep it where only you can read it",
    )  # fmt: skip
