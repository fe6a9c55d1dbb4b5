"""Major incidents: `desk incident`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from desk.http.commands.command_answer import CommandAnswer
from desk_deploy.cli.locate_desk import readable, required
from desk_deploy.cli.options import DATA, AsJson, Data
from desk_deploy.cli.output import counted, moment, say, show_json, show_table
from desk_deploy.cli.ticket_reference import command_ticket, ticket_of
from desk_deploy.cli.tickets import parsed

if TYPE_CHECKING:
    from desk_triage.responses import IncidentDocument

app = typer.Typer(no_args_is_help=True, help="Declare major incidents, and follow those that are open.")
Incident = Annotated[str, typer.Argument(metavar="INCIDENT", help="Incident id.")]


@app.command("declare")
def declare(
    title: Annotated[str, typer.Argument(help="What happened, in one sentence.")],
    symptom: Annotated[str, typer.Option(help="Symptom code that its tickets share, e.g. vpn-drop.")],
    onset: Annotated[str, typer.Option(metavar="TIME", help="When the first user was affected, ISO 8601.")],
    client: Annotated[list[str] | None, typer.Option(help="Affected client; repeat it. Default: any.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="Device that fails with it; repeat it.")] = None,
    severity: Annotated[str, typer.Option(help="minor, major or critical.")] = "major",
    vendor: Annotated[str | None, typer.Option(help="Vendor whose service fails.")] = None,
    component: Annotated[str | None, typer.Option(help="Part of the vendor's service that fails.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Declare a major incident. It prints the id of the incident."""
    body = {
        "title": title, "symptom": symptom, "onset": parsed("--onset", onset), "clients": client or [],
        "devices": device or [], "severity": severity, "vendor": vendor, "component": component,
    }  # fmt: skip
    with required(data) as desk:
        answer = desk.run("/triage/incidents", CommandAnswer, body)
    _show_facts(answer, as_json)


@app.command("update")
def update(
    incident: Incident,
    text: Annotated[str, typer.Argument(help="What is known now.")],
    severity: Annotated[str | None, typer.Option(help="minor, major or critical.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Record what is known of an open incident."""
    _send("update-incident", incident, {"text": text, "severity": severity}, data, as_json)


@app.command("resolve")
def resolve(
    incident: Incident,
    cause: Annotated[str, typer.Option(help="What caused it.")],
    action: Annotated[str, typer.Option(help="What removed the cause.")],
    sample: Annotated[
        list[str] | None, typer.Option(metavar="TICKET", help="Child that was watched to work again; repeat it.")
    ] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Resolve an incident and its children."""
    body: dict[str, object] = {"cause": cause, "action": action, "samples": sample or []}
    _send("resolve-incident", incident, body, data, as_json)


@app.command("reopen")
def reopen(
    incident: Incident,
    reason: Annotated[str, typer.Argument(help="How the cause showed that it is back.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Reopen an incident and the children that were resolved with it."""
    _send("reopen-incident", incident, {"reason": reason}, data, as_json)


@app.command("notice")
def notice(
    incident: Incident,
    text: Annotated[str, typer.Argument(help="What the clients were told.")],
    channel: Annotated[str, typer.Option(help="email, phone, portal or status-page.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Record one notice to the requesters of all children."""
    _send("record-mass-notice", incident, {"text": text, "channel": channel}, data, as_json)


@app.command("link")
def link(
    incident: Incident,
    ticket: Annotated[str, typer.Argument(metavar="REF", help="Ticket id, or its number in the source.")],
    relation: Annotated[str, typer.Option(help="child waits and is resolved with it; related does neither.")] = "child",
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Attach a ticket to an incident."""
    _send_ticket("link-incident", ticket, {"incident": incident, "relation": relation}, data, as_json)


@app.command("unlink")
def unlink(
    incident: Incident,
    ticket: Annotated[str, typer.Argument(metavar="REF", help="Ticket id, or its number in the source.")],
    reason: Annotated[str, typer.Option(help="Why the ticket has another cause.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Detach a ticket from an incident."""
    _send_ticket("unlink-incident", ticket, {"incident": incident, "reason": reason}, data, as_json)


@app.command("list")
def listed(
    state: Annotated[str, typer.Option(help="open or resolved.")] = "open", data: Data = DATA, as_json: AsJson = False
) -> None:
    """List incidents, the newest onset first."""
    from desk_triage.responses import IncidentList

    with readable(data) as desk:
        found = desk.read("/triage/incidents", IncidentList, state=state).items
    if as_json:
        show_json(found)
    else:
        columns = ("incident", "severity", "onset", "symptom", "tickets", "title")
        show_table(columns, [_row(one) for one in found])


@app.command("show")
def show(incident: Incident, data: Data = DATA, as_json: AsJson = False) -> None:
    """Show an incident with its tickets."""
    from desk_triage.responses import IncidentDocument

    with readable(data) as desk:
        found = desk.read(f"/triage/incidents/{quote(incident, safe='')}", IncidentDocument)
    if as_json:
        show_json(found)
        return
    say(f"{found.incident}: {found.title} ({found.state}, {found.severity}, since {moment(found.onset)})")
    say(counted(len(found.children), "ticket"))
    if found.children:
        show_table(("ticket", "relation"), [(child.ticket, child.relation) for child in found.children])


def _row(one: IncidentDocument) -> tuple[object, ...]:
    return one.incident, one.severity, moment(one.onset), one.symptom, len(one.children), one.title


def _send(name: str, incident: str, body: dict[str, object], data: Data, as_json: bool) -> None:
    with required(data) as desk:
        answer = desk.run(f"/triage/incidents/{quote(incident, safe='')}/{name}", CommandAnswer, body)
    _show_facts(answer, as_json)


def _send_ticket(name: str, reference: str, body: dict[str, object], data: Data, as_json: bool) -> None:
    with required(data) as desk:
        answer = command_ticket(desk, "triage", ticket_of(desk, "triage", reference), name, body)
    _show_facts(answer, as_json)


def _show_facts(answer: CommandAnswer, as_json: bool) -> None:
    if as_json:
        show_json({"subject": answer.subject, "facts": answer.names})
    else:
        say(f"{answer.subject}: {', '.join(answer.names) or 'no change'}")
