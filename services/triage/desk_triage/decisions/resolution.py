"""Resolves, cancels and reopens (steps 15 to 17). Triage alone decides cycles."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from desk.contract.event import Draft
from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage.slice import End
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash, repeated
from desk_triage.decisions.dispatch import to_tier2

Route = Literal["diagnosis", "tier2"]


class Cancel(TicketBody):
    reason: Literal["spam", "duplicate", "withdrawn", "caller-rejected", "no-answer"]


class Reopen(TicketBody):
    cause: Literal["verification", "client", "coordinator"]
    notes: str = Field("", max_length=10_000, description="Description of the remaining failure")
    route: Route = "diagnosis"


def resolve(body: TicketBody, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Resolve the cycle and end its waits; every resolve gate of the profile must be met."""
    s = ticket.triage
    if s.end is not None:
        if s.end.kind == "resolved":
            return []
        raise Refusal("ticket_closed", "The cycle was cancelled; reopen the ticket first.")
    profile = context.policies.gate_profile.of_ticket(ticket)
    missing = open_gates(RESOLVE, ticket, profile)
    if missing:
        raise Refusal("gates_open", missing=missing)
    return resolution(ticket)


def resolution(ticket: Ticket) -> list[Draft]:
    """The end of a cycle whose gates are met, with those of its waits."""
    s = ticket.triage
    found = (s.attempt.applied, s.attempt.verified, s.attempt.waived, s.attempt.checked)
    resolved = en.Resolved(technician=s.technician, premises=tuple(i for i in found if i is not None))
    return [*_end_waits(ticket), Draft(data=resolved, cycle=ticket.cycle)]


def _end_waits(ticket: Ticket) -> list[Draft]:
    return [Draft(data=d.WaitingEnded(wait=wait)) for wait in ticket.triage.waits]


def cancel(body: Cancel, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """End the cycle without a resolution, for a listed reason."""
    s = ticket.triage
    if s.end is not None:
        if s.end.kind == "cancelled":
            return repeated(en.Cancelled, ticket.cycle, body=body, texts=s.texts, context=context)
        raise Refusal("ticket_closed", "The cycle is resolved already.")
    data = en.Cancelled(reason=body.reason, text_hash=content_hash(body, context))
    return [*_end_waits(ticket), Draft(data=data, cycle=ticket.cycle)]


def reopen(body: Reopen, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Undo the end of the current cycle within the reply window; this starts a new cycle of the same ticket."""
    end = ticket.triage.end
    if end is None:
        raise Refusal("not_resolved")
    if not body.notes:
        raise Refusal("notes_missing")
    ensure_within_window(context.now, end, context)
    return reopening(end, body.cause, body.route, body.notes, ticket, context)


def ensure_within_window(at: datetime, end: End, context: DecisionContext) -> None:
    """Refuse a reopening that was asked for after the reply window."""
    if at > end.time + timedelta(days=context.policies.reply_window.days):
        raise Refusal("window_over", "Open a follow-up ticket that names this one.")


def reopening(
    end: End, cause: en.ReopenCause, route: Route, notes: str | None, ticket: Ticket, context: DecisionContext
) -> list[Draft]:
    """Start the next cycle, which undoes this end; on the route to Tier 2 in a queue of that tier."""
    data = en.Reopened(undoes=end.id, cause=cause, route=route, notes=notes)
    return [Draft(data=data, cycle=ticket.cycle + 1), *(to_tier2(ticket, context) if route == "tier2" else [])]
