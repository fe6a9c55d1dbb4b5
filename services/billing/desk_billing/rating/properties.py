"""The properties of an entry that conditions test."""

from __future__ import annotations

from desk.decision.policies.labour.conditions import Properties
from desk_billing.rating.labour import Entry, Ticket


def properties(entry: Entry, ticket: Ticket, band: str, agreement: str, default_role: str) -> Properties:
    """The properties of a piece of the entry, in lower case."""
    found = {
        "option": entry.option,
        "role": entry.role or default_role,
        "work_type": entry.work_type,
        "tier": ticket.tier,
        "support_tier": ticket.support_tier,
        "agreement": agreement,
        "client": ticket.client,
        "kind": ticket.kind,
        "band": band,
        "cycle": str(entry.cycle),
        "party": entry.party,
        "location": entry.location,
        "technician": entry.technician,
    }
    return {name: value.casefold() for name, value in found.items()}
