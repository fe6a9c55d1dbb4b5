"""The ticket's conversation: replies to the client, notes, and delivery of the summaries that docs wrote. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.contract.bounds import Instant
from desk.contract.event import Draft, Event
from desk.contract.ticket.docs.client import ClientSummaryWritten
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.policies.write_back import ensure_message_may_leave, level_for


class Reply(TicketBody):
    text: str = Field(min_length=1, max_length=50_000)
    channel: Literal["psa", "phone", "in-person"] = Field(
        "psa", description="How the client gets it; phone and in-person record a reply already given"
    )
    at: Instant | None = Field(
        None, description="With phone or in-person: when the client was answered, if earlier than now"
    )


class Note(TicketBody):
    text: str = Field(min_length=1, max_length=50_000)
    internal: bool = True


def reply(body: Reply, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Send a person's public reply to the requester; it counts as a response.

    A call or a talk that is logged later counts at its own time. Every reply is an act of its own: there is no repeat.
    After the close there is one only where the client waits for it.
    """
    if status(ticket) is Status.CLOSED and not _awaited(ticket):
        raise Refusal("ticket_closed", "The client waits for no reply.")
    if ticket.intake.contact is None:
        raise Refusal("no_address", "The ticket has no contact to answer.")
    _ensure_given(body, context)
    if body.channel == "psa":
        ensure_message_may_leave(ticket, context.policies)
    data = ReplySent(
        message=str(context.id),
        author="human",
        audience="public",
        to_requester=True,
        channel=body.channel,
        text=body.text,
    )
    return [Draft(data=data, time=body.at)]


def _awaited(ticket: Ticket) -> bool:
    """Whether an answer to the client is owed, or the newest reply did not reach them."""
    owed = any(obligation.what == "reply" for obligation in ticket.docs.owed(ticket.cycle))
    return owed or ticket.intake.undelivered_reason is not None


def _ensure_given(body: Reply, context: DecisionContext) -> None:
    """Refuse a time of a reply that is yet to be sent or to be given: a response time is never promised."""
    if body.at is None:
        return
    if body.channel == "psa":
        remedy = "Leave at out, or choose channel phone or in-person."
        raise Refusal("invalid_field", "at: a reply through the PSA is sent now.", remedy=remedy, field="at")
    if body.at > context.now:
        remedy = "Record the reply once it was given."
        raise Refusal("invalid_field", "at: it lies in the future.", remedy=remedy, field="at")


def note(body: Note, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Add a note to the ticket; a public one is a message to the client."""
    if not body.internal:
        ensure_message_may_leave(ticket, context.policies)
    return [Draft(data=NoteAdded(note=str(context.id), internal=body.internal, text=body.text))]


def deliver_summary(event: Event[ClientSummaryWritten], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Send a summary that docs approved to the client, once, as a public reply, if policy `write-back` permits it."""
    if ticket.intake.caller_hold or ticket.intake.imported or ticket.intake.contact is None:
        return []
    if level_for(context.policies.write_back, ticket) not in (None, "everything"):
        return []
    data = ReplySent(
        message=str(event.id),
        author="human",
        audience="public",
        to_requester=True,
        channel="psa",
        text=event.data.text,
        summary=f"{event.cycle}.{event.data.rev}",
    )
    return [Draft(data=data)]
