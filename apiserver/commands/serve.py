"""`trackyard serve`."""

from __future__ import annotations

import click

from apiserver.commands.opening import configured, data_option
from apiserver.serve import CannotStart, serve

_PORT = click.IntRange(0, 65535)


@click.command()
@data_option
@click.option("--host", metavar="H", help="Address to listen on; 0.0.0.0 for all networks. [default: serve.host, 127.0.0.1]")
@click.option("--api-port", type=_PORT, metavar="N", help="Port of the API; 0: any free one. [default: serve.api_port, 8008]")
@click.option(
    "--web-port", type=_PORT, metavar="N", help="Port of the web door, which has /api and /files too. [default: serve.web_port, 8080]"
)
@click.option("--files-port", type=_PORT, metavar="N", help="Port of the file server. [default: serve.files_port, 8081]")
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Worker processes. [default: serve.workers, 2]")
@click.option(
    "--services-agent", is_flag=True, default=None, help="Run the official agent in services mode beside the server. [serve.services_agent]"
)
def command(
    data: str | None,
    host: str | None,
    api_port: int | None,
    web_port: int | None,
    files_port: int | None,
    workers: int | None,
    services_agent: bool | None,
) -> None:
    """Run the server: API, web door and files, in one process tree, until Ctrl-C.

    The first start makes the data folder, this installation's secrets and a user, and prints a key pair.
    """
    options = {
        "data.dir": data,
        "serve.host": host,
        "serve.api_port": api_port,
        "serve.web_port": web_port,
        "serve.files_port": files_port,
        "serve.workers": workers,
        "serve.services_agent.enabled": services_agent or None,
    }
    try:
        serve(configured(options, with_secrets=False))
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None
