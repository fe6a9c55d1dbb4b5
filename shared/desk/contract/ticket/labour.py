"""Labour by cycle: an entry belongs to the cycle in which its work began, by triage's reopenings. Pure."""

from __future__ import annotations

from desk.contract.ticket.billing.slice import Entry
from desk.contract.ticket.ticket import Ticket


def cycle_of(entry: Entry, ticket: Ticket) -> int:
    """The cycle in which the work of the entry began."""
    return 1 + sum(again.time <= entry.labour.start for again in ticket.triage.reopened)


def labour_of_cycle(ticket: Ticket) -> tuple[Entry, ...]:
    """The live entries of the current cycle."""
    return tuple(entry for entry in ticket.billing.live if cycle_of(entry, ticket) == ticket.cycle)


def technicians_of_cycle(ticket: Ticket) -> tuple[str, ...]:
    """The technicians of those entries, each once, in recorded order; empty for one whom the entry does not name."""
    names = {entry.labour.technician.casefold(): entry.labour.technician for entry in labour_of_cycle(ticket)}
    return tuple(names.values())
