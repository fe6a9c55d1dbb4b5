"""Rates entries by rule, as soon as their calendar and agreement are recorded.

Once drained, ratings do not depend on the order in which entries, terms and calendars were applied: each of them rates
the entries that it completes, and rates again those that it changes.
"""

from __future__ import annotations

from desk.calendars.named import calendar_named
from desk.contract.event import Draft, Event
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry, Rating
from desk.contract.ticket.labour import cycle_of
from desk.contract.ticket.sla.facts import PolicySelected
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_billing.decisions.pricing import Prices, Terms, Unmatched, priced
from desk_billing.decisions.splitting import split

Logged = f.TimeLogged | f.TimeCorrected | f.TimeMoved


def rate_entry(event: Event[Logged], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Rate an entry that was logged, corrected or moved here. It waits while its calendar or terms are missing."""
    entry = ticket.billing.entries.get(event.data.entry)
    if entry is None or entry.state != "live" or entry.rev != event.data.rev or _rated_before(entry):
        return []
    return _drafts([_rating(entry, ticket, context)])


def _rated_before(entry: Entry) -> bool:
    return entry.rating is not None and entry.rating.rev == entry.rev


def rate_waiting(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """After `policy-selected` or the start of a cycle: rate waiting entries, and again those of another calendar."""
    found = [(entry, _rating(entry, ticket, context)) for entry in _open(ticket)]
    return _drafts(
        [data for entry, data in found if data is not None and _cut_otherwise(entry.rating, data, entry.rev)]
    )


def rate_again(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """After the client's terms were captured: rate entries again whose rating changes under them."""
    found = [(entry, _rating(entry, ticket, context)) for entry in _open(ticket)]
    return _drafts([data for entry, data in found if data is not None and _differs(entry.rating, data, entry.rev)])


def _open(ticket: Ticket) -> list[Entry]:
    """Live entries that are not invoiced, written off or rated by hand."""
    by_hand = (e for e in ticket.billing.live if e.rating is not None and e.rating.rev == e.rev and e.rating.by)
    kept = {entry.entry for entry in by_hand}
    return [e for e in ticket.billing.live if e.end_of_life is None and e.entry not in kept]


def _differs(before: Rating | None, data: f.TimeRated | f.TimeUnmatched, rev: int) -> bool:
    if before is None or before.rev != rev:
        return True
    if isinstance(data, f.TimeUnmatched):
        return before.why != data.why
    return before.unmatched or before.lines != data.lines


def _cut_otherwise(before: Rating | None, data: f.TimeRated | f.TimeUnmatched, rev: int) -> bool:
    """Whether another calendar split the entry. Rates and rules published since do not change a rated entry."""
    if before is None or before.rev != rev or before.unmatched or isinstance(data, f.TimeUnmatched):
        return _differs(before, data, rev)
    return {line.calendar for line in before.lines} != {line.calendar for line in data.lines}


def _drafts(found: list[f.TimeRated | f.TimeUnmatched | None]) -> list[Draft]:
    return [Draft(data=data) for data in found if data is not None]


def _rating(entry: Entry, ticket: Ticket, context: DecisionContext) -> f.TimeRated | f.TimeUnmatched | None:
    """The entry's next rating; None while it must wait."""
    selected = ticket.sla.policies.get(cycle_of(entry, ticket))
    waits = ticket.intake.tier is None and ticket.intake.origin != "import"
    if ticket.intake.imported or selected is None or waits:
        return None
    rating = next_rating(entry)
    try:
        lines = _lines(entry.labour, selected, ticket, context)
    except Unmatched as nothing:
        return f.TimeUnmatched(entry=entry.entry, rev=entry.rev, rating=rating, why=nothing.why)
    return f.TimeRated(entry=entry.entry, rev=entry.rev, rating=rating, lines=lines)


def next_rating(entry: Entry) -> int:
    """Ratings of one revision are counted from 1."""
    return entry.rating.rating + 1 if entry.rating is not None and entry.rating.rev == entry.rev else 1


def _lines(
    labour: f.Labour, selected: PolicySelected, ticket: Ticket, context: DecisionContext
) -> tuple[f.RatedLine, ...]:
    if labour.minutes <= 0:
        raise Unmatched("no-duration")
    try:
        calendar = calendar_named(context.policies, selected.calendar, selected.calendar_version, selected.zone)
    except LookupError:
        raise Unmatched("calendar-unknown") from None
    tier = ticket.intake.tier
    asked = {
        "billable": labour.billable,
        "role": labour.role,
        "work_type": labour.work_type,
        "tier": tier.tier if tier else "none",
        "agreement": tier.agreement if tier else None,
        "client": ticket.intake.client,
        "kind": ticket.intake.kind,
    }
    terms = Terms(calendar_label(selected), tier.agreement if tier else None, tier.version if tier else "")
    prices = Prices(context.policies.billing_rules, context.policies.rate_card)
    return tuple(priced(split(labour, calendar), asked, terms, prices))


def calendar_label(selected: PolicySelected) -> str:
    """The name of the calendar in rated lines, e.g. `business-hours@1 Europe/Berlin`."""
    return f"{selected.calendar}@{selected.calendar_version} {selected.zone}"
