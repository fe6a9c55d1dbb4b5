"""`desk client|contact|device|agreement|staff add`: one record of a desk without a PSA."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.directory.commands import Kind, Record, add
from desk_deploy.cli.locate_desk import required
from desk_deploy.cli.options import DATA, AsJson, Data
from desk_deploy.cli.output import say, show_json
from desk_deploy.cli.tickets import parsed


def _group(things: str) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, help=f"Record the {things} of a desk without a PSA.")

    @group.callback()
    def only() -> None:
        """Keep `add` a subcommand while it is the only one."""

    return group


clients = _group("clients")
contacts = _group("clients' contacts")
devices = _group("clients' devices")
agreements = _group("clients' agreements")
people = _group("staff")
Name = Annotated[str, typer.Argument(metavar="ID", help="Id of the record, e.g. acme.")]
OfClient = Annotated[str, typer.Option("--client", metavar="ID", help="Client that it belongs to.")]
Text = str | None


@clients.command("add")
def client(
    name: Name,
    title: Annotated[str, typer.Option(help="Name of the company.")],
    tier: Annotated[Text, typer.Option(help="Service tier from now on.")] = None,
    zone: Annotated[Text, typer.Option(help="IANA zone of the main site, e.g. Europe/Rome.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Add a client, or change its title, zone and tier. The same again records nothing."""
    _add("client", name, "", {"title": title, "tier": tier, "zone": zone}, data, as_json)


@contacts.command("add")
def contact(
    name: Name,
    of_client: OfClient,
    full_name: Annotated[str, typer.Option("--name", help="Full name.")],
    email: Annotated[Text, typer.Option(help="Address for replies and summaries.")] = None,
    phone: Annotated[list[str] | None, typer.Option(help="Number on record; may be repeated.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Add a contact, or change it. A number that changed does not count for a call back for seven days."""
    _add("contact", name, of_client, {"name": full_name, "email": email, "phones": phone or []}, data, as_json)


@devices.command("add")
def device(
    name: Name,
    of_client: OfClient,
    hostname: Annotated[Text, typer.Option(help="Host name.")] = None,
    asset_class: Annotated[Text, typer.Option(help="Asset class, e.g. workstation or firewall.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Add a device, or change it."""
    _add("device", name, of_client, {"hostname": hostname, "asset_class": asset_class}, data, as_json)


@agreements.command("add")
def agreement(
    name: Name,
    of_client: OfClient,
    kind: Annotated[str, typer.Option(help="Type of the agreement, e.g. managed.")],
    starts: Annotated[str, typer.Option(metavar="TIME", help="Start, ISO 8601.")],
    ends: Annotated[Text, typer.Option(metavar="TIME", help="End; without it the agreement goes on.")] = None,
    covers: Annotated[list[str] | None, typer.Option(help="Work type that it covers; may be repeated.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Add an agreement, or change or end it."""
    times = {"starts": parsed("--starts", starts), "ends": parsed("--ends", ends)}
    _add("agreement", name, of_client, {"kind": kind, **times, "covers": covers or []}, data, as_json)


@people.command("add")
def staff(
    name: Name,
    full_name: Annotated[str, typer.Option("--name", help="Full name.")],
    subject: Annotated[Text, typer.Option("--sub", help="Subject of the person's tokens.")] = None,
    pager: Annotated[Text, typer.Option(help="User at the paging vendor.")] = None,
    rmm: Annotated[Text, typer.Option(help="User at the RMM.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Add a member of staff, or change it."""
    body = {"name": full_name, "oidc_subject": subject, "pager_user": pager, "rmm_user": rmm}
    _add("staff", name, "", body, data, as_json)


def _add(kind: Kind, name: str, of_client: str, body: Mapping[str, object], data: Path, as_json: bool) -> None:
    with required(data) as desk:
        facts = add(desk, Record(kind, name, of_client, body))
    if as_json:
        show_json({kind: name, "facts": facts})
    else:
        say(f"{name}: {', '.join(facts) or 'no change'}")
