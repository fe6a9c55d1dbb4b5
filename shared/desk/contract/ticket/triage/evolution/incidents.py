"""Folds the ticket's links to major incidents into triage's slice."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage.attempt import Attempt
from desk.contract.ticket.triage.evolution.step import Step
from desk.contract.ticket.triage.slice import TriageSlice


def _linked(s: TriageSlice, e: Event[dx.LinkedToIncident]) -> TriageSlice:
    if e.data.relation != "child":
        return replace(s, links=s.links + 1)
    return replace(s, incident=e.data.incident, parent_resolved=None, links=s.links + 1)


def _unlinked(s: TriageSlice, e: Event[dx.UnlinkedFromIncident]) -> TriageSlice:
    """Forget the incident; its fix is not the ticket's any more, unless the ticket ended by it."""
    if e.data.incident != s.incident:
        return replace(s, links=s.links + 1)
    own = _without_fix(s) if s.attempt.incident == e.data.incident and s.end is None else s
    return replace(own, incident=None, parent_resolved=None, links=s.links + 1)


def _without_fix(s: TriageSlice) -> TriageSlice:
    return replace(s, phase="diagnosing", attempt=replace(s.attempt, failed=True))


def _parent_resolved(s: TriageSlice, e: Event[dx.ParentResolved]) -> TriageSlice:
    """Open the attempt whose fix is that of the incident; an end that stands keeps its own."""
    if s.end is not None or e.data.incident != s.incident:
        return replace(s, parent_resolved=e.data.incident)
    used = s.attempt.applied is not None or s.attempt.failed
    number = s.attempt.number + 1 if used else s.attempt.number
    attempt = Attempt(number=number, applied=e.id, applied_at=e.time, incident=e.data.incident)
    return replace(s, phase="verifying", parent_resolved=e.data.incident, attempt=attempt)


def _parent_reopened(s: TriageSlice, e: Event[dx.ParentReopened]) -> TriageSlice:
    kept = s.parent_resolved if s.parent_resolved != e.data.incident else None
    if s.attempt.incident != e.data.incident:
        return replace(s, parent_resolved=kept)
    return replace(_without_fix(s) if s.end is None else s, parent_resolved=kept)


STEPS: dict[type[Payload], Step] = steps(
    on(dx.LinkedToIncident, _linked),
    on(dx.UnlinkedFromIncident, _unlinked),
    on(dx.ParentResolved, _parent_resolved),
    on(dx.ParentReopened, _parent_reopened),
    on(dx.IncidentNoticeSent, lambda s, e: replace(s, notices=s.notices | {s.cycle})),
)
