"""Flags billable labour that is on no invoice after its due day, and clears flags of labour no longer owed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from desk.contract.event import Draft, Event
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry, Flag, set_hash
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext


def unbilled(ticket: Ticket) -> tuple[Entry, ...]:
    """Live entries with a billable amount that are neither invoiced nor written off."""
    return tuple(e for e in ticket.billing.live if e.rated and e.end_of_life is None and amount(e) > 0)


def amount(entry: Entry) -> Decimal:
    """The billable amount of the newest rating."""
    return entry.rating.amount if entry.rating is not None else Decimal(0)


def overdue(confirmed: str, ticket: Ticket, now: datetime) -> list[Draft]:
    """Flag the confirmed set on its due day. A set that changed since waits for its own confirmation."""
    return _flagged(ticket, "not-invoiced", now) if confirmed == ticket.billing.set_hash else []


def flag_gone(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Flag unbilled labour of a record that is gone from the PSA."""
    return [] if ticket.intake.imported else _flagged(ticket, "psa-gone", event.time)


def flag_rated(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Flag labour that was rated after the record was gone: it is not confirmed, so that no due day would flag it."""
    return flag_gone(event, ticket, context) if ticket.intake.gone else []


def _flagged(ticket: Ticket, why: str, now: datetime) -> list[Draft]:
    """One flag per currency, for entries that no open flag names."""
    named = {name for flag in ticket.billing.flags.values() for name in flag.entries}
    owed = [entry for entry in unbilled(ticket) if entry.entry not in named]
    currencies = dict.fromkeys(_currency(entry) for entry in owed)
    return [_flag(currency, [e for e in owed if _currency(e) == currency], why, now) for currency in currencies]


def _flag(currency: str, owed: list[Entry], why: str, now: datetime) -> Draft:
    data = f.UnbilledLabourFlagged(
        set_hash=set_hash((entry.entry, entry.rev) for entry in owed),
        entries=tuple(entry.entry for entry in owed),
        amount=sum((amount(entry) for entry in owed), Decimal(0)),
        currency=currency,
        age_days=max(0, (now - min(entry.labour.start for entry in owed)).days),
        why=why,
    )
    return Draft(data=data)


def _currency(entry: Entry) -> str:
    return entry.rating.lines[0].currency if entry.rating is not None and entry.rating.lines else ""


def clear(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Clear flags whose entries were invoiced, written off, moved away or are no longer billable."""
    return [Draft(data=data) for data in _cleared(ticket)]


def _cleared(ticket: Ticket) -> Iterator[f.UnbilledLabourCleared]:
    owed = {entry.entry for entry in unbilled(ticket)}
    for key, flag in ticket.billing.flags.items():
        if owed.isdisjoint(flag.entries) and not _waits(flag, ticket):
            yield f.UnbilledLabourCleared(set_hash=key, why=_why(flag, ticket))


def _waits(flag: Flag, ticket: Ticket) -> bool:
    """Whether one of its entries is live, neither invoiced nor written off, and not rated yet."""
    entries = (ticket.billing.entries[name] for name in flag.entries)
    return any(e.state == "live" and e.end_of_life is None and not e.rated for e in entries)


def _why(flag: Flag, ticket: Ticket) -> str:
    ends = [ticket.billing.entries[name].end_of_life for name in flag.entries]
    if "invoiced" in ends:
        return "invoiced"
    return "written-off" if "written-off" in ends else "not-billable"
