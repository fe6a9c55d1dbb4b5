"""The labour of one ticket as the rating engine reads it, and the engine's lines as facts have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from desk.calendars.times import to_seconds
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry
from desk.contract.ticket.labour import cycle_of
from desk.contract.ticket.sla.facts import PolicySelected
from desk.contract.ticket.ticket import Ticket
from desk.decision.policies.lookup import Policies
from desk_billing.policies import calendar_label, documents_of
from desk_billing.rating import labour
from desk_billing.rating.book import Book
from desk_billing.rating.line import Line
from desk_billing.rating.overlap import Overlaps
from desk_billing.rating.rate import rate_ticket
from desk_billing.rating.steps.classify import UNMATCHED
from desk_billing.rating.steps.money import price, rate_text, rounded_amount
from desk_billing.rating.steps.settle import settle

TICKET = "ticket"
"""The name of the ticket inside the engine, which rates one at a time."""
UNKNOWN_CALENDAR = "calendar-unknown"


class Rated:
    """The lines of a ticket's live labour by entry, and the code of what could not be rated."""

    def __init__(self, ticket: Ticket, policies: Policies) -> None:
        self.problems: dict[str, str] = {}
        self.lines: Mapping[str, tuple[Line, ...]] = {}
        book = documents_of(policies).book()
        cycles: dict[int, list[labour.Entry]] = {}
        for entry in ticket.billing.live:
            cycle = cycle_of(entry, ticket)
            cycles.setdefault(cycle, []).append(_entry(entry, cycle))
        overlaps = Overlaps(one for own in cycles.values() for one in own)
        found: list[Line] = []
        for cycle, own in cycles.items():
            selected = ticket.sla.policies.get(cycle)
            found += [] if selected is None else self._of_cycle(ticket, selected, own, book, overlaps)
        self._settle(found)

    def _of_cycle(
        self, ticket: Ticket, selected: PolicySelected, own: list[labour.Entry], book: Book, overlaps: Overlaps
    ) -> list[Line]:
        """The lines of entries that no person rated."""
        label = calendar_label(selected)
        open_ = [one for one in own if not by_hand(ticket.billing.entries[one.id])]
        try:
            book.calendars[label]
        except LookupError:
            self.problems.update({one.id: UNKNOWN_CALENDAR for one in open_})
            return []
        self.problems.update({one.id: "no-duration" for one in open_ if one.minutes <= 0})
        return rate_ticket(_ticket(ticket, label), open_, book, overlaps)

    def _settle(self, lines: list[Line]) -> None:
        found: dict[str, list[Line]] = {}
        for line in settle(lines, ()).lines:
            found.setdefault(line.entry.id, []).append(line)
            if line.billing_class == UNMATCHED:
                self.problems.setdefault(line.entry.id, line.reason)
        self.lines = {name: tuple(own) for name, own in found.items()}


def by_hand(entry: Entry) -> bool:
    """Whether a person rated the present revision."""
    return entry.rating is not None and entry.rating.rev == entry.rev and bool(entry.rating.by)


def _entry(entry: Entry, cycle: int) -> labour.Entry:
    worked = entry.labour
    return labour.Entry(
        id=entry.entry,
        ticket=TICKET,
        technician=worked.technician,
        start=to_seconds(worked.start),
        end=to_seconds(worked.end),
        minutes=worked.minutes,
        role=worked.role,
        work_type=worked.work_type,
        option=worked.billable,
        cycle=cycle,
        rev=entry.rev,
    )


def _ticket(ticket: Ticket, calendar: str) -> labour.Ticket:
    tier = ticket.intake.tier
    return labour.Ticket(
        id=TICKET,
        client=ticket.intake.client or "",
        calendar=calendar,
        kind=ticket.intake.kind,
        tier=tier.tier if tier else "none",
        agreement=(tier.agreement or "") if tier else "",
    )


def recorded(line: Line, ticket: Ticket) -> f.RatedLine:
    """The line as its fact has it."""
    tier, quote, verdict = ticket.intake.tier, line.quote, line.verdict
    rate = line.rate if line.rate is not None else quote.rate or Fraction(0)
    terms = line.setting.terms
    factors = (f.RateFactor(name, _decimal(factor)) for name, factor in quote.factors if factor != 1)
    return f.RatedLine(
        minutes=line.minutes,
        charged=line.charged,
        billing_class=_recorded_class(line),
        rule=verdict.rule,
        rate=Decimal(rate_text(rate, quote.currency)),
        amount=line.amount,
        list_value=rounded_amount(price(quote.rate or Fraction(0), line.minutes), quote.currency),
        currency=quote.currency,
        calendar=line.ticket.calendar,
        agreement=terms.agreement if terms is not None else tier.agreement if tier else None,
        agreement_version=tier.version if tier else "",
        day=date.fromisoformat(line.day),
        band=line.band,
        source=verdict.source,
        reason=line.reason,
        factors=tuple(factors),
        versions=line.setting.versions,
    )


def essence_of(line: f.RatedLine) -> tuple[object, ...]:
    """The fields by which two lines differ: without the documents' versions and those that version 1 did not record."""
    money = (line.charged, line.billing_class, line.rate, line.amount, line.currency)
    return line.minutes, line.band, line.rule, *money, line.calendar, line.agreement, line.agreement_version


def _recorded_class(line: Line) -> f.BillingClass:
    found = line.billing_class
    if found == "covered" or found == "non-billable":
        return found
    return "billable"


def _decimal(factor: Fraction) -> Decimal:
    return Decimal(factor.numerator) / Decimal(factor.denominator)
