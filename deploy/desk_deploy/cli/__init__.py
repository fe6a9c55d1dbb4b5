"""The command line `desk`. What a command needs is imported when it runs: `desk status` loads no service."""

from __future__ import annotations

import typer

from desk_deploy.cli import (
    effects,
    exporting,
    importing,
    keys,
    observing,
    operations,
    policies,
    republishing,
    restored,
    serve,
    sla,
    tickets,
    tokens,
    up,
    verify,
)
from desk_deploy.cli.failing import Commands

app = typer.Typer(
    cls=Commands,
    help="The service desk as one stream of facts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.add_typer(importing.app, name="import")
app.command("export")(exporting.export)
app.command("verify")(verify.verify)
app.command("status")(operations.status)
app.command("tickets")(tickets.tickets)
app.add_typer(tickets.ticket, name="ticket")
app.add_typer(operations.parked, name="parked")
app.add_typer(effects.app, name="effects")
app.command("stop-effects")(effects.stop)
app.command("start-effects")(effects.start)
app.add_typer(keys.app, name="keys")
app.command("republish")(republishing.republish)
app.command("restored")(restored.restored)
app.command("rebuild")(operations.rebuild)
app.command("reconcile")(operations.reconcile)
app.command("would-write")(observing.would_write)
app.command("would-refuse")(observing.would_refuse)
app.add_typer(policies.app, name="policy")
app.command("explain")(sla.explain)
app.add_typer(sla.app, name="sla")
app.command("token")(tokens.token)
