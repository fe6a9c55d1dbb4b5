"""What is said on the ticket: answers to the client, notes, and the summaries that docs wrote."""

from __future__ import annotations

from pydantic import Field

from desk.commands import TicketBody
from desk.deciding import Deciding
from desk.refusals import Refusal
from desk.ticket.event import Draft, Event
from desk.ticket.intake import facts as f
from desk.ticket.ticket import Ticket


class Reply(TicketBody):
    text: str = Field(min_length=1, max_length=50_000)


class Note(TicketBody):
    text: str = Field(min_length=1, max_length=50_000)
    internal: bool = True


def reply(body: Reply, ticket: Ticket, deciding: Deciding) -> list[Draft]:
    """A public answer to the requester, by a person: this is what counts as a response."""
    if ticket.intake.contact is None:
        raise Refusal("no_address", "The ticket has no contact to answer.")
    data = f.ReplySent(
        message=str(deciding.id),
        author="human",
        audience="public",
        to_requester=True,
        channel="psa",
        text=body.text,
    )
    return [Draft(data=data)]


def note(body: Note, ticket: Ticket, deciding: Deciding) -> list[Draft]:
    """A note on the ticket."""
    return [Draft(data=f.NoteAdded(note=str(deciding.id), internal=body.internal, text=body.text))]


def deliver_summary(event: Event, ticket: Ticket, deciding: Deciding) -> list[Draft]:
    """Docs approved a summary: it goes to the client as a public answer, once."""
    if ticket.intake.caller_hold or ticket.intake.imported or ticket.intake.contact is None:
        return []
    data = f.ReplySent(
        message=str(event.id),
        author="human",
        audience="public",
        to_requester=True,
        channel="psa",
        text=event.data.text,
        summary=f"{event.cycle}.{event.data.rev}",
    )
    return [Draft(data=data)]
