"""A status that somebody set in the PSA without knowing of our reopening is overruled, and they are told so."""

from __future__ import annotations

from desk.contract.event import Draft, Event
from desk.contract.ticket.intake.psa import PsaSyncConflicted
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext


def overruled(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Triage ruled `stale`: ours stands, theirs is written over."""
    if event.data.outcome != "stale" or ticket.intake.imported:
        return []
    theirs, revision = ticket.intake.psa_fields.get("status"), f"ruled-{event.data.source_seq}"
    return [Draft(data=PsaSyncConflicted(field="status", ours=None, theirs=theirs, revision=revision))]
