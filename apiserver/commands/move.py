"""`trackyard move`: carries everything from one installation to another."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from apiserver.commands.meter import Meter, clock, size
from apiserver.commands.places import CONFIGURED, Place, bring_secrets, kept_from_servers, make_room, place, refuse_servers, stores
from apiserver.portable.comparing import Compared, as_json, compare
from apiserver.portable.encoding import dumped
from apiserver.portable.moving import Checkpoints, Mover
from apiserver.portable.reading import Reader
from apiserver.stores.collections import AUTH_USERS
from apiserver.stores.errors import StoreError
from apiserver.stores.filters import Exists

RECORDS_A_SECOND = 8000
"""Of a dry run's estimate: what one core carries and compares, of a usual mixture (benchmarks/move.py); the two stores share the rest."""
_SAMPLE = 500
WHERE = "a data folder, a configuration folder, or the word `configured`: what `trackyard serve` would use here"


@click.command(epilog=f"DIR is {WHERE}.")
@click.option("--from", "source", metavar="DIR", required=True, help="The installation to carry. It is only read.")
@click.option("--to", "target", metavar="DIR", required=True, help="Where to. A data folder is made when missing.")
@click.option("--work", metavar="DIR", help="Where checkpoints are. [default: a folder beside the target, DIR.move]")
@click.option("--dry-run", is_flag=True, help="Only tell how much there is and how long it may take.")
@click.option("--verify-only", is_flag=True, help="Only compare both sides.")
@click.option("--into-non-empty", is_flag=True, help="Even though the target holds something: what has the same id is replaced.")
@click.option("--over-first-start", is_flag=True, help="Take away what a first start made in the target, where nothing else is in it.")
@click.option("--other-secrets", is_flag=True, help="Go on though key pairs will not work in the target.")
@click.option("--while-running", is_flag=True, help="Go on though servers seem to run on shared stores; what they store now may be missed.")
@click.option("--portions", default=1.0, hidden=True, help="Size of portions, as a part of the usual.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: progress, and the result as the last.")
def command(
    source: str, target: str, work: str | None, dry_run: bool, verify_only: bool, into_non_empty: bool, over_first_start: bool,
    other_secrets: bool, while_running: bool, portions: float, as_json: bool,
) -> None:  # fmt: skip
    """Carry everything from one installation to another, between embedded and scale-out stores in both directions.

    Documents, events, statistics and secrets. Uploaded files stay where they are. Stop the servers first. Run it again after it was
    interrupted, and it goes on where it was. At the end both sides are compared, record by record.
    """
    meter = Meter(as_json)
    here, there = place(source, must_be_there=True), place(target, must_be_there=verify_only)
    if _identity(here) == _identity(there):
        raise click.ClickException("--from and --to are the same installation")
    try:
        with kept_from_servers(here, make=False), stores(here, read_only=True) as stored:
            if not while_running:
                refuse_servers(here, stored)
            reader = Reader(stored, portions)
            with reader.snapshot():
                if dry_run:
                    _dry_run(meter, reader, there)
                elif verify_only:
                    with stores(there, read_only=True) as other:
                        _finish(meter, list(compare(reader, Reader(other), merged=into_non_empty, listener=meter)), {})
                else:
                    _move(meter, here, there, reader, work, into_non_empty, over_first_start, other_secrets, while_running)
    except StoreError as error:
        raise click.ClickException(str(error)) from error


def _identity(where: Place) -> dict[str, str]:
    """What tells one installation from another: the places of its stores."""
    if where.has_files:
        return {"data": str(where.folder.resolve())}
    setting = where.settings.get
    parts = [setting("hosts.mongo"), setting("hosts.elastic"), setting("stores.elastic.index_prefix"), setting("stores.redis.prefix")]
    return {"stores": str([_without_secrets(part) for part in parts])}


def _without_secrets(part: Any) -> Any:
    """NOTE: the checkpoints keep this: an address without its user and password."""
    if isinstance(part, Mapping):
        return {name: _without_secrets(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_without_secrets(one) for one in part]
    return part.split("@")[-1] if isinstance(part, str) else part


def _move(
    meter: Meter, here: Place, there: Place, reader: Reader, work: str | None, merge: bool, over_first: bool, other_secrets: bool,
    while_running: bool,
) -> None:  # fmt: skip
    with kept_from_servers(there, make=True), stores(there, read_only=False) as other:
        if not while_running:
            refuse_servers(there, other)
        try:
            checkpoints = Checkpoints.of(_work_folder(work, there), {"from": _identity(here), "to": _identity(there)})
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}; name another folder with --work") from error
        if not checkpoints.begun:
            make_room(there.name, other, merge=merge, over_first=over_first)
        else:
            meter.say(f"going on where {checkpoints.file} says")
        pairs = bool(reader.backend.documents.count(AUTH_USERS, Exists("credentials.0")))
        notes = bring_secrets(here.secrets, there, go_on=other_secrets, pairs=pairs)
        for note in notes:
            meter.say(note)
        began = time.monotonic()
        mover = Mover(reader, other, checkpoints, meter)
        count = mover.carry(merge=merge)
        compared = mover.compare()
        if not any(one.different for one in compared):
            checkpoints.remove()
        if here.files.resolve() != there.files.resolve() and here.files.is_dir():
            notes.append(f"uploaded files stay in {here.files}: set data.files_dir to it for the target, which looks in {there.files}")
        _finish(meter, compared, {"carried": count, "seconds": round(time.monotonic() - began, 1), "notes": notes})


def _work_folder(work: str | None, there: Place) -> Path:
    if work:
        return Path(work).expanduser()
    if there.name == CONFIGURED:
        return Path("trackyard.move")
    path = Path(there.name).expanduser().resolve()
    return path.with_name(path.name + ".move")


def _dry_run(meter: Meter, reader: Reader, there: Place) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for section in reader.sections():
        count = reader.count(section)
        if not count:
            continue
        portion = next(iter(reader.portions(section)), None)
        sample = portion.records[:_SAMPLE] if portion else []
        each = sum(len(dumped(record)) for record in sample) / len(sample) if sample else 0.0
        rows[section.key] = {"records": count, "bytes": round(count * each)}
    records, total = sum(row["records"] for row in rows.values()), sum(row["bytes"] for row in rows.values())
    seconds = records / RECORDS_A_SECOND
    lines = [f"{row['records']:>14,}  {size(row['bytes']):>9}  {key}" for key, row in rows.items()]
    meter.result(
        {"dry_run": True, "sections": rows, "records": records, "bytes": total, "estimated_seconds": round(seconds)},
        *lines,
        f"{records:>14,}  {size(total):>9}  in all, as JSON; about {clock(seconds)} to carry and compare on a machine like ours",
        f"nothing was written to {there.name}",
    )


def _finish(meter: Meter, compared: list[Compared], more: dict[str, Any]) -> None:
    """Tells what the comparison found; ends with status 1 when the sides differ."""
    different = [one for one in compared if one.different]
    lines = [f"{one.source.count:>14,}  {one.source.sum:032x}  {one.section.key}" for one in compared if one.source.count]
    for one in different:
        lines.append(f"DIFFERENT: {one.section.key}: {one.source.text} in the source, {one.target.text} in the target")
        lines += [f"  {text}" for text in one.differences]
        if one.different > len(one.differences):
            lines.append(f"  and {one.different - len(one.differences)} more")
    lines += more.get("notes", ())
    total = sum(one.source.count for one in compared)
    lines.append("both sides differ" if different else f"both sides hold the same {total:,} records")
    meter.result({"same": not different, "records": total, "sections": [as_json(one) for one in compared], **more}, *lines)
    if different:
        raise SystemExit(1)
