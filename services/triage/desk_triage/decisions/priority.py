"""Sets the priority (step 3): from impact and urgency, or by hand with a reason."""

from __future__ import annotations

from pydantic import Field

from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import dispatch as d
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.policies.triage import Matrix
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash


class AssessPriority(TicketBody):
    impact: d.Level = Field(description="high: site or revenue, medium: several users, low: one")
    urgency: d.Level = Field(description="high: blocked, medium: degraded, low: request")
    evidence: str | None = Field(None, max_length=2000, description="Evidence for a P1; required for P1 only")


class OverridePriority(TicketBody):
    priority: d.Priority
    reason: str = Field("", max_length=2000)


def assess_priority(body: AssessPriority, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Set the priority by the matrix in force. The same assessment again records nothing."""
    version = context.policies.version("matrix")
    priority = context.policies.document(Matrix, version).of(body.impact, body.urgency)
    _fits(priority, body.evidence, ticket)
    s, said = ticket.triage, content_hash(body, context)
    same = not s.overridden and (s.impact, s.urgency, s.priority) == (body.impact, body.urgency, priority)
    if same and (not body.evidence or s.priority_hash == said):
        return []
    data = d.PriorityAssessed(
        impact=body.impact,
        urgency=body.urgency,
        priority=priority,
        matrix_version=version,
        evidence=body.evidence,
        revision=s.priorities + 1,
        text_hash=said,
    )
    return [Draft(data=data)]


def override_priority(body: OverridePriority, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Set a priority other than the matrix gives; the reason is mandatory."""
    if not body.reason:
        raise Refusal("reason_missing")
    _fits(body.priority, body.reason, ticket)
    s, said = ticket.triage, content_hash(body, context)
    if s.overridden and s.priority == body.priority and s.priority_hash == said:
        return []
    revision = s.priorities + 1
    data = d.PriorityOverridden(priority=body.priority, reason=body.reason, revision=revision, text_hash=said)
    return [Draft(data=data)]


def _fits(priority: d.Priority, evidence: str | None, ticket: Ticket) -> None:
    if priority == "P1" and not evidence:
        raise Refusal("p1_evidence_missing")
    if priority in ("P1", "P2") and ticket.intake.kind == "quick":
        raise Refusal("kind_too_small", f"A quick ticket cannot be {priority}.")
