"""The command line `desk`. What a command needs is imported when it runs: `desk status` loads no service."""

from __future__ import annotations

import typer

from desk_deploy.cli import exporting, importing, up, verify
from desk_deploy.cli.failing import Commands

app = typer.Typer(
    cls=Commands,
    help="The service desk as one stream of facts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.add_typer(importing.app, name="import")
app.command("export")(exporting.export)
app.command("verify")(verify.verify)
