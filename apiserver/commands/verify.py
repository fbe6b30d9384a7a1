"""`trackyard verify [FILE]`: whether a backup, or an installation, is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from apiserver import configuration
from apiserver.commands.meter import Meter, size
from apiserver.commands.opening import data_option
from apiserver.commands.places import of_configuration, stores
from apiserver.portable import backups, references
from apiserver.portable.archive import Damaged
from apiserver.portable.reading import Reader
from apiserver.portable.references import References
from apiserver.stores.errors import StoreError


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@click.option("--strict", is_flag=True, help="Fail when something names what is not there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: progress, and the result as the last.")
def command(file: Path | None, data: str | None, strict: bool, as_json: bool) -> None:
    """Check a backup FILE, or without one the installation: that everything can be read, and what names something that is not there.

    A damaged or incomplete file fails. References that lead nowhere are listed: some are usual, such as that of a task to a queue that was
    deleted since.
    """
    meter = Meter(as_json)
    try:
        about, found, lines = _file(file, meter) if file else _installation(data)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror}") from error
    for name, missing in sorted(found.missing.items()):
        some = ", ".join(f"{where}: {what}" for where, what in missing.shown)
        lines.append(f"{missing.count:>14,}  {name} that is not there ({some}{', …' if missing.count > len(missing.shown) else ''})")
    lines.append("every reference leads somewhere" if not found.missing else "the references above lead nowhere")
    meter.result({**about, "missing": found.as_json()}, *lines)
    if strict and found.missing:
        raise SystemExit(1)


def _file(file: Path, meter: Meter) -> tuple[dict[str, Any], References, list[str]]:
    contents = backups.check(file, meter)
    found = backups.sums(file)
    for key, one in contents.sections.items():
        if (found[key].count, found[key].sum) != (one.count, one.sum):
            raise Damaged(f"{file}: {key} holds {found[key].text}, and {one.text} were written")
    lines = [f"{one.count:>14,}  {one.sum:032x}  {key}" for key, one in contents.sections.items()]
    lines.append(f"{file}: whole; of {contents.header['created']}, {size(contents.bytes)}, {contents.files:,} files")
    about = {
        "file": str(file), **contents.header, "sections": {key: {"records": one.count} for key, one in contents.sections.items()},
    }  # fmt: skip
    return about, backups.look(file), lines


def _installation(data: str | None) -> tuple[dict[str, Any], References, list[str]]:
    where = of_configuration("", configuration.load(options={"data.dir": data}))
    if where.has_files and not where.folder.is_dir():
        raise click.ClickException(f"{where.folder}: there is no such data folder")
    with stores(where, read_only=True) as backend:
        reader = Reader(backend)
        with reader.snapshot():
            counts = {section.key: reader.count(section) for section in reader.sections()}
            found = references.of_stores(reader)
    counts = {key: count for key, count in counts.items() if count}
    return (
        {"sections": {key: {"records": count} for key, count in counts.items()}},
        found,
        [f"{n:>14,}  {key}" for key, n in counts.items()],
    )
