"""The command line `desk`. It imports a command when that command runs, and all of them only for `desk --help`: a
command answers as fast as Python imports what it needs."""

from __future__ import annotations

from importlib import import_module

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from desk_deploy.cli.error_messages import Commands

COMMANDS = {
    "up": "up:up",
    "serve": "serve:serve",
    "simulate": "standalone.simulate:simulate",
    "import": "history.import_log:app",
    "export": "history.export:export",
    "verify": "admin.verify:verify",
    "status": "admin.operations:status",
    "tickets": "tickets:tickets",
    "ticket": "tickets:ticket",
    "quick": "quick.command:quick",
    "client": "directory.records:clients",
    "contact": "directory.records:contacts",
    "device": "directory.records:devices",
    "agreement": "directory.records:agreements",
    "staff": "directory.records:people",
    "directory": "directory.importing:app",
    "incident": "incidents:app",
    "parked": "admin.operations:parked",
    "effects": "admin.effects:app",
    "stop-effects": "admin.effects:stop",
    "start-effects": "admin.effects:start",
    "integrations": "admin.integrations:app",
    "status-page": "standalone.status_page:app",
    "keys": "admin.keys:app",
    "republish": "admin.republish:republish",
    "restored": "admin.restored:restored",
    "rebuild": "admin.operations:rebuild",
    "reconcile": "admin.operations:reconcile",
    "would-write": "admin.observe_only:would_write",
    "would-refuse": "admin.observe_only:would_refuse",
    "policy": "policies:app",
    "explain": "sla:explain",
    "sla": "sla:app",
    "money": "standalone.money:app",
    "token": "admin.tokens:token",
}
"""Module below desk_deploy.cli and name of each command or group of commands, in the order of `desk --help`."""


class DeskCommands(Commands):
    """The commands of COMMANDS, each imported when it is asked for."""

    def list_commands(self, ctx: object) -> list[str]:
        """The names of all commands, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """The command or group `cmd_name`; None if there is none: then all are loaded, for typer suggests from them."""
        if cmd_name in COMMANDS:
            return loaded(cmd_name)
        for name in COMMANDS:
            self.add_command(loaded(name))
        return None


def loaded(name: str) -> TyperCommand | TyperGroup:
    """Import the command or group `name` of COMMANDS."""
    module, _, attribute = COMMANDS[name].partition(":")
    found = getattr(import_module(f"{__name__}.{module}"), attribute)
    alone = typer.Typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    command = get_group(alone).commands[name]
    assert isinstance(command, TyperCommand | TyperGroup)
    return command


app = typer.Typer(cls=DeskCommands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def desk() -> None:
    """Run and operate a Deskstream service desk."""
