"""The children of a major incident: they are resolved with it and come back with it.

The incident knows its children by its own facts; each ticket decides by its own whether it still is one. Pure.
"""

from __future__ import annotations

from uuid import uuid5

from desk.contract.event import Draft, Event, Payload
from desk.contract.streams.incident import Incident
from desk.contract.streams.incidents import IncidentReopened, IncidentResolved
from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.ends import Reopened
from desk.contract.ticket.triage.incident_link import waits_for_incident
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_triage.decisions.incidents.links import end_waits_on_parent, wait_on_parent
from desk_triage.decisions.resolution import ensure_within_window, reopening, resolution

SAMPLE = "sample"
"""How children are verified: one was watched to work again, the verification of the others is waived for it."""
ENDED_ELSEWHERE = (Status.UNKNOWN, Status.MERGED, Status.GONE)


def notify_of_resolution(event: Event[IncidentResolved], incident: Incident, context: DecisionContext) -> list[Draft]:
    """Notify the children that are attached now: their incident was resolved."""
    r = event.data
    return [
        _to(ticket, event, dx.ParentResolved(incident=event.subject, revision=r.episode, sample=ticket in r.samples))
        for ticket in incident.attached("child")
    ]


def notify_of_reopening(event: Event[IncidentReopened], incident: Incident, context: DecisionContext) -> list[Draft]:
    """Notify the children that are attached now: their incident is back."""
    again = event.data
    return [
        _to(ticket, event, dx.ParentReopened(incident=event.subject, revision=again.episode))
        for ticket in incident.attached("child")
    ]


def _to(ticket: str, event: Event, data: Payload) -> Draft:
    """A fact on one child. Its key is the same on every child, so that its id is derived from the ticket too."""
    return Draft(data=data, subject=ticket, id=uuid5(event.id, f"{data.name}|{ticket}"))


def verify_by_sample(event: Event[dx.ParentResolved], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """End the child's wait; record its sample as verified, the verification of others as waived.

    A ticket that is no child of the incident any more, or that has ended, stays as it is.
    """
    attempt = ticket.triage.attempt
    if not _is_child(event.data.incident, ticket) or attempt.applied != event.id:
        return []
    verified = fx.FixVerified(how="sample") if event.data.sample else fx.VerificationWaived(reason=SAMPLE)
    return [*end_waits_on_parent(ticket), Draft(data=verified, cycle=ticket.cycle, attempt=attempt.number)]


def resolve_child(
    event: Event[fx.FixVerified | fx.VerificationWaived], ticket: Ticket, context: DecisionContext
) -> list[Draft]:
    """Resolve the child after its sample, if no other gate is open; else its technician goes on."""
    s = ticket.triage
    sampled = event.data.how == SAMPLE if isinstance(event.data, fx.FixVerified) else event.data.reason == SAMPLE
    if not sampled or s.end is not None or s.attempt.incident is None or not _is_child(s.attempt.incident, ticket):
        return []
    profile = context.policies.gate_profile.of_ticket(ticket)
    return [] if open_gates(RESOLVE, ticket, profile) else resolution(ticket)


def come_back(event: Event[dx.ParentReopened], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Reopen the child that was resolved with the incident; an open one waits for it again.

    One that ended otherwise, or before the reply window began, stays ended.
    """
    s = ticket.triage
    if not _is_child(event.data.incident, ticket):
        return []
    if s.end is None:
        return wait_on_parent(ticket, context)
    if s.end.kind != "resolved" or s.attempt.incident != event.data.incident:
        return []
    try:
        ensure_within_window(event.time, s.end, context)
    except Refusal:
        return []
    return reopening(s.end, "coordinator", "diagnosis", None, ticket, context)


def wait_again(event: Event[Reopened], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Wait for the incident again, after the reopening of a child of one that is open."""
    s = ticket.triage
    if not waits_for_incident(s) or s.end is not None or ticket.intake.imported:
        return []
    return wait_on_parent(ticket, context)


def _is_child(incident: str, ticket: Ticket) -> bool:
    return ticket.triage.incident == incident and status(ticket) not in ENDED_ELSEWHERE and not ticket.intake.imported
