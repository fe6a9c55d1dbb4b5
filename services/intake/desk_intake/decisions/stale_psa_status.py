"""Overrule a PSA status whose author had not seen our reopening, or ended a ticket on hold. Pure."""

from __future__ import annotations

from desk.contract.event import Draft, Event
from desk.contract.ticket.intake.psa import PsaSyncConflicted, StatusClass
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import ObservationRuled
from desk.decision.context import DecisionContext

ENDS: frozenset[StatusClass] = frozenset(("resolved", "closed", "cancelled"))


def overruled(event: Event[ObservationRuled], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the conflict: our status is kept. After a `stale` ruling the PSA's is overwritten; an end that was set
    during a hold stands there until triage rules on it after the hold.
    """
    if ticket.intake.imported or not (event.data.outcome == "stale" or ended_during_hold(event, ticket)):
        return []
    theirs, revision = ticket.intake.psa_fields.get("status"), f"ruled-{event.data.source_seq}"
    return [Draft(data=PsaSyncConflicted(field="status", ours=None, theirs=theirs, revision=revision))]


def ended_during_hold(event: Event[ObservationRuled], ticket: Ticket) -> bool:
    """Whether the ruling is on an end that a person set in the PSA while the caller was on hold."""
    kept = ticket.intake.during_hold
    newest = kept is not None and kept.source_seq == event.data.source_seq
    return newest and ticket.intake.caller_hold and ticket.intake.status_class in ENDS
