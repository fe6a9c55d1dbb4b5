"""`desk tickets` and `desk ticket`: tickets from one service's replica; merges and their undoing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.http.reads.page import Page
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import readable, required
from desk_deploy.cli.options import DATA, AsJson, Data, ServiceName
from desk_deploy.cli.output import fields_of, moment, say, show_json, show_table

if TYPE_CHECKING:
    from desk.http.reads.ticket_responses import TicketDocument, TimelineFact

ticket = typer.Typer(no_args_is_help=True, help="Show, merge or unmerge one ticket.")
Whose = Annotated[ServiceName, typer.Option(help="Service whose replica is read.")]
LISTED = ("source_record", "status", "priority", "queue", "technician", "client", "opened_at", "ticket_id")
COLUMNS = (
    "ticket_id", "source", "source_record", "status", "cycle", "kind", "origin", "client", "contact", "problem",
    "opened_at", "priority", "queue", "technician", "device", "waits", "resolved_at", "reopen_count",
    "reassignment_count", "url",
)  # fmt: skip


WHY = {
    "erased": "its key was erased on purpose",
    "key-lost": "its key is missing from the key ring",
    "damaged": "it cannot be decrypted with its key",
}


def tickets(
    status: Annotated[str | None, typer.Option(help="Only this status.")] = None,
    client: Annotated[str | None, typer.Option(help="Only this client.")] = None,
    priority: Annotated[str | None, typer.Option(help="Only this priority, e.g. P1.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    technician: Annotated[str | None, typer.Option(help="Only this technician.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, e.g. incident.")] = None,
    origin: Annotated[str | None, typer.Option(help="Only this origin: live or import.")] = None,
    is_open: Annotated[bool | None, typer.Option("--open/--ended", help="Only open or only ended tickets.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of tickets.")] = 50,
    service: Whose = ServiceName.TRIAGE,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """List tickets, the oldest first. A ticket is listed when it matches all filters exactly."""
    from desk.http.reads.ticket_responses import TicketRow

    wanted: dict[str, str | None] = {
        "status": status, "client": client, "priority": priority, "queue": queue, "technician": technician,
        "kind": kind, "origin": origin, "open": None if is_open is None else str(is_open).lower(),
    }  # fmt: skip
    with readable(data) as desk:
        found = list(islice(desk.pages(f"/{service}/tickets", Page[TicketRow], **wanted), limit))
    if as_json:
        show_json(found)
    else:
        rows = map(fields_of, found)
        show_table([_title(column) for column in LISTED], [[row[column] for column in LISTED] for row in rows])


@ticket.command("show")
def show(
    reference: Annotated[str, typer.Argument(metavar="REF", help="Ticket id, or its number in the source.")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Show the ticket as of this time, ISO 8601 in UTC.")
    ] = None,
    service: Whose = ServiceName.TRIAGE,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Show a ticket with its open gates, and every fact with actor, cause and cycle."""
    from desk.http.reads.ticket_responses import TicketDocument, TimelineDocument
    from desk_deploy.cli.ticket_reference import ticket_of

    as_of = parsed("--at", at)
    with readable(data) as desk:
        identity = ticket_of(desk, service.value, reference)
        found = desk.read(f"/{service}/tickets/{identity}", TicketDocument, at=as_of)
        facts = desk.read(f"/{service}/tickets/{identity}/timeline", TimelineDocument, at=as_of).items
    if as_json:
        show_json({**fields_of(found), "timeline": facts})
    else:
        _rows(found, facts)


Reason = Annotated[str, typer.Option(help="Reason, kept with the fact.")]


@ticket.command("merge")
def merge(
    reference: Annotated[str, typer.Argument(metavar="REF", help="Ticket that ends in the other one.")],
    root: Annotated[str, typer.Argument(metavar="ROOT", help="Ticket that continues it; id or number.")],
    reason: Reason,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Merge a ticket into another one about the same problem. Needs a dispatcher's or coordinator's token."""
    _command(reference, "merge", {"reason": reason}, data, as_json, root)


@ticket.command("unmerge")
def unmerge(
    reference: Annotated[str, typer.Argument(metavar="REF", help="Ticket that was merged.")],
    reason: Reason,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Undo a merge that was made at the desk. Needs a dispatcher's or coordinator's token."""
    _command(reference, "unmerge", {"reason": reason}, data, as_json)


def _command(
    reference: str, name: str, body: dict[str, object], data: Path, as_json: bool, root: str | None = None
) -> None:
    from desk_deploy.cli.ticket_reference import command_ticket, ticket_of

    with required(data) as desk:
        identity = ticket_of(desk, "intake", reference)
        if root is not None:
            body["root"] = ticket_of(desk, "intake", root)
        answer = command_ticket(desk, "intake", identity, name, body)
    if as_json:
        show_json({"ticket": identity, "facts": answer.names})
    else:
        say(f"{identity}: {', '.join(answer.names) or 'no change'}")


def parsed(option: str, text: str | None) -> str | None:
    """The time that an option gives, in the form of the API; None when it is not given. Failure names the option and
    the accepted forms."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(f"{option}: {text!r} is not a time: write e.g. 2026-03-02T09:00:00Z or 2026-03-02") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _rows(found: TicketDocument, facts: Sequence[TimelineFact]) -> None:
    values = fields_of(found)
    fields = ((name, _text(values[name])) for name in COLUMNS)
    show_table(("field", "value"), [(_title(name), value) for name, value in fields if value not in (None, {}, [])])
    if found.write_back is not None:
        say(found.write_back.says)
    say("")
    columns = ("time", "service", "fact", "cycle", "actor", "mode", "cause")
    show_table(columns, [_line(fact) for fact in facts])
    if found.open_gates:
        say("")
        show_table(("open gate", "owner", "remedy"), [(g.gate, g.owner, g.remedy) for g in found.open_gates])


def _text(value: object) -> object:
    """The reason for a text that cannot be read; other values unchanged."""
    if not isinstance(value, dict) or "unreadable" not in value:
        return value
    return f"(cannot be read: {WHY.get(value['unreadable'], value['unreadable'])}; key {value.get('key')})"


def _title(field: str) -> str:
    return field.replace("_", " ")


def _line(fact: TimelineFact) -> tuple[object, ...]:
    cause = fact.cause.type if fact.cause is not None else None
    return (moment(fact.time), fact.owner, _name(fact.type), fact.cycle, fact.actor, fact.mode, _name(cause))


def _name(kind: str | None) -> str | None:
    return kind.split(".")[2] if kind else None
