"""The command line `desk`. Commands import what they need when they run, so that `desk status` loads no service."""

from __future__ import annotations

import typer

from desk_deploy.cli import directory, policies, serve, sla, tickets, up
from desk_deploy.cli.admin import (
    effects,
    integrations,
    keys,
    observe_only,
    operations,
    republish,
    restored,
    tokens,
    verify,
)
from desk_deploy.cli.error_messages import Commands
from desk_deploy.cli.history import export, import_log
from desk_deploy.cli.quick.command import quick
from desk_deploy.cli.standalone import money, simulate, status_page

app = typer.Typer(
    cls=Commands,
    help="Run and operate a Deskstream service desk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("simulate")(simulate.simulate)
app.add_typer(import_log.app, name="import")
app.command("export")(export.export)
app.command("verify")(verify.verify)
app.command("status")(operations.status)
app.command("tickets")(tickets.tickets)
app.add_typer(tickets.ticket, name="ticket")
app.command("quick")(quick)
app.add_typer(directory.client, name="client")
app.add_typer(operations.parked, name="parked")
app.add_typer(effects.app, name="effects")
app.command("stop-effects")(effects.stop)
app.command("start-effects")(effects.start)
app.add_typer(integrations.app, name="integrations")
app.add_typer(status_page.app, name="status-page")
app.add_typer(keys.app, name="keys")
app.command("republish")(republish.republish)
app.command("restored")(restored.restored)
app.command("rebuild")(operations.rebuild)
app.command("reconcile")(operations.reconcile)
app.command("would-write")(observe_only.would_write)
app.command("would-refuse")(observe_only.would_refuse)
app.add_typer(policies.app, name="policy")
app.command("explain")(sla.explain)
app.add_typer(sla.app, name="sla")
app.add_typer(money.app, name="money")
app.command("token")(tokens.token)
