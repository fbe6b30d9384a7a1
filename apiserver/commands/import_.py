"""`trackyard import`: what `trackyard export` or the reference server exported. Docs: docs/exchange.md."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import click

from apiserver.commands.opening import data_option, json_option, opened


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--company", metavar="ID", help="Where it goes; `default`: this installation's. [default: as the file says]")
@click.option("--user", metavar="ID", help="Whose it will be. [default: as the file says]")
@click.option("--ids", type=click.Choice(["keep", "new", "example", "private"]), help="What becomes of ids. [default: as the file says]")
@click.option("--artifacts/--no-artifacts", default=True, show_default=True, help="Put files that lie beside it into this server's folder.")
@click.option("--max-bytes", default=64 * 1024**3, show_default=True, type=click.IntRange(1), help="Of all that it unpacks to.")
@data_option
@json_option
def command(
    file: Path, company: str | None, user: str | None, ids: str | None, artifacts: bool, max_bytes: int, data: str | None, as_json: bool
) -> None:
    """Import projects from FILE. Documents of the same ids are replaced."""
    from apiserver.calls import auth
    from apiserver.exchange.archives import BadArchive
    from apiserver.exchange.importing import Options, import_
    from apiserver.serve import files_folder
    from apiserver.stores.collections import USERS
    from apiserver.stores.filters import Eq

    with opened(data) as backend:
        if company == "default":
            company = auth.default_company(backend.settings)
        if user is not None and not backend.documents.count(USERS, Eq("id", user)):
            raise click.ClickException(f"there is no user {user}")
        options = Options(company=company, user=user, ids=ids, max_bytes=max_bytes)  # type: ignore[arg-type]
        try:
            found = import_(backend, file, options, files=files_folder(backend.settings) if artifacts else None)
        except BadArchive as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename or file}: {error.strerror or error}") from error
    if as_json:
        click.echo(json.dumps(attrs.asdict(found)))
        return
    counts = {name: getattr(found, name) for name in ("projects", "tasks", "models", "events", "files")}
    click.echo(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    for name, new in found.renamed.items():
        click.echo(f"the project {name!r} that was there is now {new!r}")
    if found.bad_events:
        click.echo(f"warning: {found.bad_events:,} events cannot be read by anybody, and are left out", err=True)
