"""`trackyard`: one module for each command, imported when it is used, so that `--help` answers at once."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "backup": "Write everything into a file.",
    "config": "Show or check the configuration.",
    "credentials": "Make, list and revoke API key pairs.",
    "export": "Write projects into a zip file.",
    "generate": "Print apiserver/generated/ from schema/.",
    "import": "Read projects from a zip file.",
    "job": "Run one background job now.",
    "migrate": "Bring the data of older releases to this one's shape, or copy it.",
    "move": "Carry everything to another installation.",
    "restore": "Put a backup back.",
    "routes": "List every endpoint.",
    "serve": "Run the server.",
    "verify": "Check a backup, or the installation.",
}
_MODULES = {"import": "import_"}
"""Commands whose names cannot be those of modules."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command: click.Command = importlib.import_module(f"apiserver.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trackyard", prog_name="trackyard")
def main() -> None:
    """Trackyard: a self-hosted server that records machine-learning experiments."""
