"""Priority, queue and owner of an observation: the fact to record, or None when nothing changed."""

from __future__ import annotations

from desk.contract.event import Draft
from desk.contract.ticket.intake.psa import PsaObserved
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.dispatch import Assigned, Priority, PriorityAssessed, Queued, Unassigned
from desk.contract.ticket.triage.ends import Resolved
from desk.decision.context import DecisionContext
from desk.decision.policies.triage import Level, Matrix
from desk_triage.decisions.dispatch import tier_of

LEVELS: tuple[Level, ...] = ("high", "medium", "low")
PRIORITIES: tuple[Priority, ...] = ("P1", "P2", "P3", "P4")


def assess(o: PsaObserved, ticket: Ticket, context: DecisionContext, version: str | None) -> PriorityAssessed | None:
    """Priority by the matrix from impact and urgency; a priority set directly in the PSA is taken unchanged."""
    if not {"impact", "urgency", "priority"} & o.changed.keys():
        return None
    s = ticket.triage
    impact, urgency = _level(o, "impact", s.impact), _level(o, "urgency", s.urgency)
    after = o.changed["priority"].after if "priority" in o.changed else None
    observed = next((one for one in PRIORITIES if one == after), None)
    if observed is not None:
        matrix_version, priority = f"psa:{o.mapping_version}", observed
        impact, urgency = impact or "medium", urgency or "medium"
    elif impact and urgency:
        matrix_version = version or context.policies.version("matrix")
        priority = context.policies.document(Matrix, matrix_version).of(impact, urgency)
    else:
        return None
    if (impact, urgency, priority) == (s.impact, s.urgency, s.priority):
        return None
    revision = s.priorities + 1
    return PriorityAssessed(
        impact=impact, urgency=urgency, priority=priority, matrix_version=matrix_version, revision=revision
    )


def _level(o: PsaObserved, field: str, current: Level | None) -> Level | None:
    """The observed level when it changed to one of LEVELS, else the current one."""
    after = o.changed[field].after if field in o.changed else None
    return next((level for level in LEVELS if level == after), current)


def place(o: PsaObserved, ticket: Ticket, context: DecisionContext) -> Queued | None:
    """The queue, which may be None, with its tier by policy `routing`.

    The queue of the first observation is a first placement, not a reassignment.
    """
    change, s = o.changed.get("queue"), ticket.triage
    if change is None or change.after == s.queue:
        return None
    tier = tier_of(change.after, context)
    return Queued(queue=change.after, tier=tier, before=s.queue, first=o.source_seq == 1, revision=s.placements + 1)


def assign(o: PsaObserved, ticket: Ticket) -> Assigned | Unassigned | None:
    """The assignment, or its removal."""
    change, s = o.changed.get("technician"), ticket.triage
    if change is None or change.after == s.technician:
        return None
    if change.after is None:
        return Unassigned(before=s.technician, revision=s.placements + 1)
    return Assigned(technician=change.after, before=s.technician, revision=s.placements + 1)


def technician_after(fields: list[Draft], ticket: Ticket) -> str | None:
    """The technician of the ticket after these facts."""
    for draft in fields:
        if isinstance(draft.data, Assigned):
            return draft.data.technician
        if isinstance(draft.data, Unassigned):
            return None
    return ticket.triage.technician


def booked(draft: Draft, technician: str | None) -> Draft:
    """Book a resolution to the owner that the same observation names."""
    if not isinstance(draft.data, Resolved):
        return draft
    resolved = Resolved(technician=technician, premises=draft.data.premises, missing=draft.data.missing)
    return Draft(data=resolved, cycle=draft.cycle, time=draft.time, mode=draft.mode, actor=draft.actor)
