"""Rates labour by hand, records invoices and writes labour off. Commands of billing only."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from desk.contract.bounds import Code, Minutes
from desk.contract.event import Draft
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry
from desk.contract.ticket.labour import cycle_of
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import Body, TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_billing.decisions.entries import live_entry
from desk_billing.decisions.period import ensure_open
from desk_billing.decisions.rating import next_rating
from desk_billing.decisions.unbilled import unbilled
from desk_billing.policies import calendar_label
from desk_billing.rating.steps.money import price, rounded_amount

Entries = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=500)]
BY_HAND = "by-hand"


class Line(Body):
    minutes: Minutes
    billing_class: f.BillingClass
    rate: Decimal = Field(Decimal(0), ge=0, le=999_999_999, max_digits=13, decimal_places=4, description="Per hour")


class RateByHand(TicketBody):
    entry: Code
    lines: tuple[Line, ...] = Field(min_length=1, max_length=50)
    reason: str = Field(min_length=1, max_length=2000)


class RecordInvoice(TicketBody):
    invoice: Code = Field(description="Reference of the invoice")
    entries: Entries = Field((), description="Entries. Default: all billable labour of the ticket")


class WriteOff(TicketBody):
    entries: Entries = Field(min_length=1)
    reason: str = Field(min_length=1, max_length=2000)


def rate_by_hand(body: RateByHand, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Rate an entry by hand; no rule rates that revision again. The same rating records nothing."""
    entry = live_entry(body.entry, ticket)
    ensure_open(entry.labour.start, context)
    if entry.end_of_life == "invoiced":
        raise Refusal("already_invoiced")
    total = sum(line.minutes for line in body.lines)
    if total != entry.labour.minutes:
        detail = f"lines: they have {total} minutes, the entry has {entry.labour.minutes}."
        raise Refusal("invalid_field", detail, remedy="Account for every minute of the entry.")
    lines = tuple(_line(line, entry, ticket, context) for line in body.lines)
    if entry.rated and entry.rating is not None and entry.rating.by and entry.rating.lines == lines:
        return []
    rated = f.TimeRated(
        entry=entry.entry,
        rev=entry.rev,
        rating=next_rating(entry),
        lines=lines,
        by=context.actor.id,
        reason=body.reason,
    )
    return [Draft(data=rated)]


def _line(line: Line, entry: Entry, ticket: Ticket, context: DecisionContext) -> f.RatedLine:
    selected = ticket.sla.policies.get(cycle_of(entry, ticket))
    tier = ticket.intake.tier
    currency = context.policies.rate_card.currency
    charged = line.minutes if line.billing_class == "billable" else 0
    return f.RatedLine(
        minutes=line.minutes,
        charged=charged,
        billing_class=line.billing_class,
        rule=BY_HAND,
        rate=line.rate,
        amount=rounded_amount(price(Fraction(line.rate), charged), currency),
        list_value=rounded_amount(price(Fraction(line.rate), line.minutes), currency),
        currency=currency,
        calendar=calendar_label(selected) if selected else "",
        agreement=tier.agreement if tier else None,
        agreement_version=tier.version if tier else "",
    )


def record_invoice(body: RecordInvoice, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the invoice of labour. Entries that are on that invoice already record nothing."""
    named = _named(body.entries, ticket) if body.entries else list(unbilled(ticket))
    if other := [entry for entry in named if entry.invoice not in ("", body.invoice)]:
        raise Refusal("already_invoiced", f"entries: {other[0].entry!r} is on invoice {other[0].invoice}.")
    open_ = [entry for entry in named if entry.end_of_life != "invoiced"]
    for entry in open_:
        ensure_open(entry.labour.start, context)
        _ensure_billable(entry)
    return [Draft(data=f.TimeInvoiced(entry=e.entry, rev=e.rev, invoice=body.invoice)) for e in open_]


def _ensure_billable(entry: Entry) -> None:
    if entry.end_of_life == "written-off":
        raise Refusal("invalid_field", f"entries: {entry.entry!r} was written off.", remedy="Leave it out.")
    if not entry.rated:
        raise Refusal("invalid_field", f"entries: {entry.entry!r} is not rated.", remedy="Rate it first.")


def write_off(body: WriteOff, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Write off labour that will not be invoiced. Entries written off already record nothing."""
    found = []
    for entry in _named(body.entries, ticket):
        if entry.end_of_life == "invoiced":
            raise Refusal("invalid_field", f"entries: {entry.entry!r} is on an invoice.", remedy="Leave it out.")
        if entry.end_of_life is None:
            found.append(f.TimeWrittenOff(entry=entry.entry, rev=entry.rev, by=context.actor.id, reason=body.reason))
    return [Draft(data=data) for data in found]


def _named(names: Iterable[str], ticket: Ticket) -> list[Entry]:
    return [live_entry(name, ticket) for name in dict.fromkeys(names)]
