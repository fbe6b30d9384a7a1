"""`trackyard migrate elastic plan | run | verify`: events out of an older Elasticsearch. Docs: docs/upgrading-elasticsearch.md."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import click

from apiserver.commands.opening import configured, data_folder, data_option, json_option
from apiserver.stores.errors import StoreError

SAY_EVERY_S = 10.0
_LISTED = 10


@click.group()
def command() -> None:
    """Copy events and statistics out of an Elasticsearch 5.6 to 8, whose data is only read.

    They go to where the configuration has events, or to the Elasticsearch (7.17 or 8) of --target.
    """


def _options(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        [
            click.option(
                "--source",
                required=True,
                envvar="TRACKYARD_MIGRATE_SOURCE",
                metavar="URL",
                help="What to read: http://user:password@host:9200.",
            ),
            click.option("--target", envvar="TRACKYARD_MIGRATE_TARGET", metavar="URL", help="Where to write. [default: as configured]"),
            click.option(
                "--source-prefix", default="", metavar="TEXT", help="How the names of the source's indices begin. [default: none]"
            ),
            click.option("--ca-certs", metavar="FILE", help="Certificates that both servers' are signed with."),
            click.option(
                "--work", metavar="DIR", help="The folder of this migration's checkpoints. [default: migrations/ in the data folder]"
            ),
            data_option,
            json_option,
        ]
    ):
        function = option(function)
    return function


@attrs.define
class _Migration:
    """What all commands open. library: the modules of `migrations/elastic`."""

    library: Any
    source: Any
    target: Any
    work: Path

    @contextmanager
    def checkpoints(self) -> Iterator[Any]:
        found = self.library.Checkpoints(self.work)
        try:
            yield found
        finally:
            found.close()


@contextmanager
def _opened(
    source: str, target: str | None, source_prefix: str, ca_certs: str | None, work: str | None, data: str | None, routing: str = "auto"
) -> Iterator[_Migration]:
    """Ends the command with one line for whatever is wrong."""
    from apiserver.migrations.elastic import api

    found = configured({"data.dir": data}, with_secrets=False)
    folder = data_folder(found)
    try:
        reading = api.Source(source, prefix=source_prefix, ca_certs=ca_certs)
        writing = api.target_of(found.settings(), folder, url=target, ca_certs=ca_certs, routing=routing)
        yield _Migration(api, reading, writing, Path(work) if work else api.work_folder(folder, source, target))
    except (StoreError, api.SourceError, api.OtherMigration, api.Stopped) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or work or folder}: {error.strerror or error}") from error


@command.command()
@_options
def plan(as_json: bool, **options: Any) -> None:
    """Say what there is to copy, how large it is, and whether there is room. Changes nothing."""
    with _opened(**options) as migration:
        found = migration.library.plan(migration.source, migration.target)
    _show_plan(found, as_json)


@command.command()
@_options
@click.option("--parallel", default=4, show_default=True, type=click.IntRange(1, 16), help="Parts that are copied at a time.")
@click.option("--routing", type=click.Choice(["auto", "keep", "drop"]), default="auto", show_default=True, help="See the documentation.")
@click.option("--ignore-disk", is_flag=True, help="Run although the target's disk looks too small.")
@click.option("--dry-run", is_flag=True, help="As `plan`.")
@click.option("--unit", default=50_000, type=click.IntRange(1), hidden=True)
def run(as_json: bool, parallel: int, ignore_disk: bool, dry_run: bool, unit: int, **options: Any) -> None:
    """Copy; when it was stopped, go on; when it had ended, copy what is new."""
    with _opened(**options) as migration:
        library = migration.library
        found = library.plan(migration.source, migration.target)
        if dry_run:
            _show_plan(found, as_json)
            return
        with migration.checkpoints() as checkpoints, _bar(as_json) as report:
            if not ignore_disk and not found.fits(checkpoints.left()):
                raise click.ClickException(f"{_room(found)}; make room, or give --ignore-disk")
            _warn_of_closed(found)
            outcome = library.Run(migration.source, migration.target, checkpoints, parallel=parallel, unit=unit, report=report).run()
        bad_file = migration.work / library.BAD_FILE
    if as_json:
        click.echo(json.dumps({**attrs.asdict(outcome), "bad_file": str(bad_file)}))
        return
    rate = outcome.documents / max(outcome.seconds, 1e-6)
    click.echo(f"pass {outcome.number} is done: {outcome.documents:,} documents in {_duration(outcome.seconds)}, {rate:,.0f} a second")
    if outcome.bad:
        click.echo(f"{outcome.bad:,} documents were not taken; {bad_file} says which and why")
    click.echo("Now stop what still writes to the source, run once more for what came meanwhile, and verify.")


@command.command()
@_options
@click.option("--samples", default=50, show_default=True, type=click.IntRange(0), help="Documents of each index that are compared whole.")
@click.option("--mend", is_flag=True, help="Copy tasks anew whose counts differ. Only before a server has taken new reports of them.")
def verify(as_json: bool, samples: int, mend: bool, **options: Any) -> None:
    """Compare the counts of each company, type and task, and documents by chance."""
    with _opened(**options) as migration, migration.checkpoints() as checkpoints:
        library = migration.library

        def check() -> Any:
            return library.verify(migration.source, migration.target, checkpoints, samples=samples)

        found = check()
        mended = 0
        if mend and any(one.less_count or one.more_count for one in found.indices):
            mended = library.mend(migration.source, migration.target, found)
            found = check()
    if as_json:
        rows = [{**attrs.asdict(one), "fine": one.fine} for one in found.indices]
        click.echo(json.dumps({"fine": found.fine, "mended": mended, "indices": rows}, indent=1))
    else:
        _show_verified(found, mended)
    if not found.fine:
        raise SystemExit(1)


@command.command()
@click.option("--apply", "applying", is_flag=True, help="Do it. Documents stay as they are; servers may go on working.")
@json_option
def layout(applying: bool, as_json: bool) -> None:
    """Name indices of earlier releases in the configured Elasticsearch, and bring them to the layout of today."""
    from apiserver.migrations.elastic import api

    settings = configured(with_secrets=False).settings()
    try:
        elastic, wanted = api.configured_cluster(settings)
        found = api.upgrade(elastic, wanted) if applying else api.look(elastic, wanted)
    except (StoreError, api.SourceError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({**attrs.asdict(found), "to_do": found.to_do, "applied": applying}, indent=1))
        return
    for name in found.templates:
        click.echo(f"template {name} is missing")
    for name in found.legacy:
        click.echo(f"template {name} is of an earlier release")
    for one in found.indices:
        click.echo(f"{one.name}: {'; '.join(_about(one))}")
    if not found.to_do:
        click.echo("there is nothing to do")
    else:
        click.echo("done" if applying else "`trackyard migrate elastic layout --apply` does it")


def _about(one: Any) -> Iterator[str]:
    if one.missing:
        yield f"to add: {', '.join(sorted(one.missing))}"
    if one.grows:
        yield "unknown fields are no longer to be indexed"
    if one.replicas is not None:
        yield f"{one.replicas} replicas are not what is configured"
    if one.other:
        kinds = ", ".join(f"{name} is {was}, not {now}" for name, (was, now) in sorted(one.other.items()))
        yield f"stays, as it cannot be changed in place: {kinds}"
    if one.too_old:
        yield "made by an earlier major release: copy it before Elasticsearch is brought to its next one"


# What is printed


def _show_plan(found: Any, as_json: bool) -> None:
    if as_json:
        rows = [
            {"index": one.index.name, "documents": one.index.documents, "size_bytes": one.index.size_bytes, "skipped": one.skipped or None}
            for one in found.indices
        ]
        totals = {name: getattr(found, name) for name in ("documents", "size_bytes", "needed_bytes", "free_bytes")}
        about = {"source": found.source, "version": found.version, **totals, "fits": found.fits(), "closed": list(found.closed)}
        click.echo(json.dumps({**about, "indices": rows}, indent=1))
        return
    click.echo(f"{found.source} is Elasticsearch {found.version}")
    for one in found.indices:
        note = f"  not copied: {one.skipped}" if one.skipped else ""
        click.echo(f"{one.index.documents:>14,} documents {_size(one.index.size_bytes):>10}  {one.index.name}{note}")
    click.echo(f"{found.documents:>14,} documents {_size(found.size_bytes):>10}  to copy")
    click.echo(_room(found))
    _warn_of_closed(found)


def _warn_of_closed(found: Any) -> None:
    for name in found.closed:
        click.echo(f"warning: {name} is closed and is not copied; open it on the source: POST /{name}/_open", err=True)


def _room(found: Any) -> str:
    free = "unknown" if found.free_bytes is None else _size(found.free_bytes)
    return f"about {_size(found.needed_bytes)} of disk are needed, free are {free}" + ("" if found.fits() else ": too little")


def _show_verified(found: Any, mended: int) -> None:
    if mended:
        click.echo(f"{mended:,} tasks were copied anew")
    for one in found.indices:
        state = "fine" if one.fine else "WRONG"
        click.echo(f"{state:5} {one.index}: {one.documents:,} documents of {one.tasks:,} tasks, {one.bad:,} bad, {one.sampled} compared")
        for word, several, count in (("fewer", one.less, one.less_count), ("more", one.more, one.more_count)):
            for difference in several[:_LISTED]:
                click.echo(f"      task {difference.task}: {difference.found:,} instead of {difference.expected:,}")
            if count > _LISTED:
                click.echo(f"      and {count - _LISTED:,} other tasks with {word}")
        for one_id in one.different[:_LISTED]:
            click.echo(f"      document {one_id} is not equal")
    click.echo("everything is there" if found.fine else "not everything is there")


@contextmanager
def _bar(as_json: bool) -> Iterator[Callable[[Any], None]]:
    """A bar on a terminal, else a line now and then; on standard error, since results go to standard output."""
    if sys.stderr.isatty() and not as_json:
        with click.progressbar(length=1, file=sys.stderr, show_eta=False, show_percent=True, item_show_func=lambda text: text) as bar:

            def draw(progress: Any) -> None:
                bar.length = max(1, progress.total)
                bar.update(progress.documents - bar.pos, _line(progress))

            yield draw
        return
    said = time.monotonic()

    def say(progress: Any) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY_S:
            said = time.monotonic()
            click.echo(_line(progress), err=True)

    yield say


def _line(progress: Any) -> str:
    left = "" if progress.left_s is None else f", {_duration(progress.left_s)} left"
    bad = f", {progress.bad:,} bad" if progress.bad else ""
    return f"{progress.documents:,} of {progress.total:,} documents, {progress.rate:,.0f} a second{left}{bad}"


def _size(size: int) -> str:
    value, unit = float(size), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def _duration(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
