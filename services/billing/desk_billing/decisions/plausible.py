"""Detects implausible labour. It is held, and rated only after a person has accepted it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field

from desk.contract.event import Draft
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_billing.decisions.period import ensure_open

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
BEFORE_THE_TICKET = timedelta(days=366)
AHEAD = timedelta(days=7)
LONGEST = timedelta(hours=36)
TEXTS: dict[f.Doubt, str] = {
    "too-early": "it lies before the year 2000, or more than a year before the ticket was opened",
    "future": "it lies more than a week in the future",
    "too-long": "it is longer than 36 hours",
}


class AcceptTime(TicketBody):
    entry: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=2000, description="Why the entry is correct")


def doubt(labour: f.Labour, ticket: Ticket, now: datetime) -> f.Doubt | None:
    """The reason why the labour is implausible, or None."""
    opened_at = ticket.intake.opened_at
    if labour.start < EARLIEST or (opened_at is not None and opened_at - labour.start > BEFORE_THE_TICKET):
        return "too-early"
    if max(labour.start, labour.end) - now > AHEAD:
        return "future"
    return "too-long" if max(labour.end - labour.start, timedelta(minutes=labour.minutes)) > LONGEST else None


def ensure_plausible(labour: f.Labour, anyway: bool, ticket: Ticket, now: datetime) -> None:
    """Refuse implausible labour in a command, unless it says `anyway`."""
    why = None if anyway else doubt(labour, ticket, now)
    if why is not None:
        field = "end" if why == "too-long" else "start"
        remedy = "Correct it, log it day by day, or send it with anyway: true."
        raise Refusal("invalid_field", f"{field}: {TEXTS[why]}.", remedy=remedy)


def accept_time(body: AcceptTime, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Accept a held entry: it is logged, and rated like any other. A repeat records nothing."""
    entry = ticket.billing.entries.get(body.entry)
    if entry is not None and entry.state == "live":
        return []
    if entry is None or entry.state != "held":
        raise Refusal("invalid_field", f"entry: {body.entry!r} is not held.", remedy="Name a held entry of the ticket.")
    ensure_open(entry.labour.start, context)
    logged = f.TimeLogged(entry=entry.entry, rev=entry.rev + 1, labour=entry.labour, reason=body.reason)
    return [Draft(data=logged, time=min(entry.labour.end, context.now))]
