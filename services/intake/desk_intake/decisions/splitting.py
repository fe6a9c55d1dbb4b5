"""Splits a part of a ticket off as a ticket of its own. Pure."""

from __future__ import annotations

from typing import NamedTuple
from uuid import uuid5

from pydantic import Field

from desk.contract.bounds import Code, Id
from desk.contract.event import Draft, Payload
from desk.contract.streams.client import Client
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision import reads
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import Found, Reads
from desk.decision.refusal import Refusal
from desk_intake.decisions.opening import DESTINATION, restated, tier_of, waived_asset


class SplitTicket(TicketBody):
    problem: str = Field(min_length=1, max_length=100, description="The part that is split off, in one sentence")
    description: str | None = Field(None, max_length=50_000)
    kind: f.Kind | None = Field(None, description="Default: the kind of this ticket")
    symptom: Code | None = None
    messages: tuple[Id, ...] = Field(
        (), max_length=100, description="Messages of this ticket about that part; they stay on this ticket"
    )


class SplittingReads(NamedTuple):
    """The ticket's client, and the instance and board in which the new ticket gets its record."""

    client: Client
    destination: str | None


def _splitting(_body: SplitTicket, found: Found) -> SplittingReads:
    return SplittingReads(found.state(reads.client(found.client)), found.answer(DESTINATION))


SPLITTING: Reads[SplitTicket, SplittingReads] = Reads(
    _splitting, lambda _body, client: (reads.client(client),), (DESTINATION,)
)


def split_ticket(body: SplitTicket, ticket: Ticket, found: SplittingReads, context: DecisionContext) -> list[Draft]:
    """Open a ticket for a part of this one, at the time of the split: same client, requester and channel.

    Nothing is copied or moved: messages are named on both, time is moved by billing (move-time). The same command a
    second time records nothing.
    """
    other, i = str(uuid5(context.id, "split")), ticket.intake
    if other in i.splits:
        return []
    own = {message.message for message in i.messages} | i.notes
    if foreign := [message for message in body.messages if message not in own]:
        raise Refusal("invalid_field", f"messages: {foreign[0]!r} is no message of this ticket.")
    messages = tuple(dict.fromkeys(body.messages))
    parts = (*_opening(body, ticket, found, context), f.SplitFrom(other=context.subject, messages=messages))
    new = [Draft(data=data, subject=other) for data in parts]
    return [Draft(data=f.SplitInto(other=other, messages=messages)), *new]


def _opening(body: SplitTicket, ticket: Ticket, found: SplittingReads, context: DecisionContext) -> tuple[Payload, ...]:
    """The first facts of the new ticket."""
    i, kind = ticket.intake, body.kind or ticket.intake.kind
    opening = f.TicketOpened(
        kind=kind,
        profile=kind,
        client=i.client,
        channel=i.channel,
        opened_at=context.now,
        problem=body.problem,
        command=str(context.id),
        contact=i.contact,
        description=body.description,
        destination=found.destination,
        zone=found.client.zone,
    )
    tier = tier_of(i.client, found.client, context.now)
    waiver = tuple(draft.data for draft in waived_asset(kind, Ticket()))
    return opening, tier, restated(body.problem, body.symptom, context), *waiver
