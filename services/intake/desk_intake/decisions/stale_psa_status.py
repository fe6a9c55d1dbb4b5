"""Overrule a PSA status whose author had not seen our reopening, and record the conflict. Pure."""

from __future__ import annotations

from desk.contract.event import Draft, Event
from desk.contract.ticket.intake.psa import PsaSyncConflicted
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import ObservationRuled
from desk.decision.context import DecisionContext


def overruled(event: Event[ObservationRuled], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the conflict after triage ruled `stale`: our status is kept and the PSA's is overwritten."""
    if event.data.outcome != "stale" or ticket.intake.imported:
        return []
    theirs, revision = ticket.intake.psa_fields.get("status"), f"ruled-{event.data.source_seq}"
    return [Draft(data=PsaSyncConflicted(field="status", ours=None, theirs=theirs, revision=revision))]
