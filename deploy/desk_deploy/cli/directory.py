"""The directory of a desk without a PSA: `desk client`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from desk.http.commands.command_answer import CommandAnswer
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data
from desk_deploy.cli.output import say, show_json

client = typer.Typer(no_args_is_help=True, help="Record the clients of a desk without a PSA.")


@client.callback()
def group() -> None:
    """Keep `add` a subcommand while it is the only one."""


@client.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="ID", help="Client id, e.g. acme.")],
    title: Annotated[str, typer.Option(help="Name of the company.")],
    tier: Annotated[str | None, typer.Option(help="Service tier from now on.")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of the main site, e.g. Europe/Rome.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Add a client, or change its title, zone and tier. The same again records nothing."""
    body = {"title": title, "tier": tier, "zone": zone}
    with required(data) as desk:
        answer = desk.run(f"/intake/clients/{quote(name, safe='')}/add-client", CommandAnswer, body)
    names = [fact.type.split(".")[2] for fact in answer.facts]
    if as_json:
        show_json({"client": name, "facts": names})
    else:
        say(f"{name}: {', '.join(names) or 'no change'}")
