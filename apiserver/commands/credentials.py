"""`trackyard credentials create | list | revoke`: key pairs, straight in the stores, with the server running or not."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from apiserver.commands.opening import data_option, json_option, opened


@click.group()
def command() -> None:
    """Make, list and revoke API key pairs."""


@command.command()
@click.option("--user", default="", metavar="ID", help="Whose it is. [default: the first user, who is made if missing]")
@click.option("--label", default="", help="What it is for.")
@data_option
@json_option
def create(user: str, label: str, data: str | None, as_json: bool) -> None:
    """Make a key pair and print it. The secret is not kept and cannot be shown again."""
    from apiserver.bootstrap import bootstrap, create_credentials
    from apiserver.stores.errors import NotFound

    with opened(data) as backend:
        bootstrap(backend)
        try:
            pair = create_credentials(backend, user_id=user, label=label)
        except NotFound as error:
            raise click.ClickException(f"there is no user {user}") from error
    if as_json:
        click.echo(json.dumps({"access_key": pair.access_key, "secret_key": pair.secret_key}))
    else:
        click.echo(f"access_key: {pair.access_key}\nsecret_key: {pair.secret_key}")


@command.command("list")
@data_option
@json_option
def list_(data: str | None, as_json: bool) -> None:
    """List key pairs, without their secrets."""
    from apiserver.bootstrap import list_credentials

    with opened(data) as backend:
        rows = list_credentials(backend)
    if as_json:
        click.echo(json.dumps(rows, default=_text, indent=1))
        return
    for row in rows:
        used = _text(row["last_used"]) if row["last_used"] else "never used"
        click.echo(f"{row['access_key']}  {row['user_name']} ({row['role']})  {used}  {row['label'] or ''}".rstrip())
    if not rows:
        click.echo("There is no key pair yet; `trackyard credentials create` makes one.")


@command.command()
@click.argument("access_key")
@data_option
@json_option
def revoke(access_key: str, data: str | None, as_json: bool) -> None:
    """Take a key pair away. Tokens made with it live on until they end."""
    from apiserver.bootstrap import revoke_credentials

    with opened(data) as backend:
        revoked = revoke_credentials(backend, access_key)
    if as_json:
        click.echo(json.dumps({"revoked": int(revoked)}))
    elif revoked:
        click.echo("revoked")
    if not revoked:
        raise click.ClickException(f"there is no key pair {access_key}")


@command.command("new-key")
@click.option("--which", type=click.Choice(["credentials_key", "token_secret"]), default="credentials_key", show_default=True)
@data_option
@click.confirmation_option(
    prompt="Every key pair (of token_secret: token) that was made with the former one is worthless from then on. Go on?"
)
def new_key(which: str, data: str | None) -> None:
    """Take this server's secure.auth.credentials_key, or token_secret, as the installation's, where the former one is lost or replaced."""
    from apiserver.bootstrap import accept_secret

    with opened(data) as backend:
        accept_secret(backend, which)
    click.echo("done" + ("; `trackyard credentials create` makes new pairs" if which == "credentials_key" else ""))


def _text(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
