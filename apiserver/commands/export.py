"""`trackyard export`: projects as a zip file in the reference server's format. Docs: docs/exchange.md."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import click

from apiserver.commands.opening import data_option, json_option, opened


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--project", "projects", multiple=True, metavar="NAME|ID", help="With all projects below it. [default: every project]")
@click.option("--task", "tasks", multiple=True, metavar="NAME|ID", help="Single tasks.")
@click.option("--status", "statuses", multiple=True, default=["published"], show_default=True, help="Of tasks; `any`: all of them.")
@click.option("--company", metavar="ID", help="Whose projects. [default: the company of this installation]")
@click.option("--no-events", is_flag=True, help="Without curves, plots, images and logs.")
@click.option("--artifacts", is_flag=True, help="With the files of this server, in a second file beside it.")
@click.option("--users", is_flag=True, help="With the names and e-mail addresses of users; without key pairs.")
@click.option("--mark", is_flag=True, help="With a tag that says when it was exported.")
@click.option("--public", is_flag=True, help="To be imported as examples that all users see and nobody changes.")
@click.option("--translate", "translated", multiple=True, nargs=2, metavar="FROM TO", help="The beginning of addresses of files.")
@data_option
@json_option
def command(
    target: Path,
    projects: tuple[str, ...],
    tasks: tuple[str, ...],
    statuses: tuple[str, ...],
    company: str | None,
    no_events: bool,
    artifacts: bool,
    users: bool,
    mark: bool,
    public: bool,
    translated: tuple[tuple[str, str], ...],
    data: str | None,
    as_json: bool,
) -> None:
    """Export projects to TARGET_<sum>.zip."""
    from apiserver.calls import auth
    from apiserver.exchange.exporting import NotExported, Wanted, export
    from apiserver.serve import files_folder

    wanted = Wanted(
        projects=projects,
        tasks=tasks,
        statuses=() if "any" in statuses else statuses,
        events=not no_events,
        users=users,
        mark=mark,
        metadata={"public": public},
        translate=dict(translated),
    )
    with opened(data) as backend:
        try:
            found = export(
                backend,
                wanted,
                auth.default_company(backend.settings) if company is None else company,
                target,
                files=files_folder(backend.settings) if artifacts else None,
            )
        except NotExported as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename or target}: {error.strerror or error}") from error
    if as_json:
        click.echo(json.dumps(attrs.asdict(found), default=str))
        return
    click.echo(f"{found.file}: {found.projects:,} projects, {found.tasks:,} tasks, {found.models:,} models, {found.events:,} events")
    if found.artifacts:
        click.echo(f"{found.artifacts}: {found.files:,} files")
    for url in found.missing[:10]:
        click.echo(f"warning: {url} is not in the folder of files", err=True)
    if len(found.missing) > 10:
        click.echo(f"warning: and {len(found.missing) - 10:,} more", err=True)
