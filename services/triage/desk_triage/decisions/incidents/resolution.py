"""Resolving and reopening a major incident. Pure."""

from __future__ import annotations

from pydantic import Field

from desk.contract.bounds import TicketId
from desk.contract.event import Draft
from desk.contract.streams.incident import Incident
from desk.contract.streams.incidents import IncidentReopened, IncidentResolved
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_triage.decisions.incidents.declaration import ensure_exists


class ResolveIncident(Body):
    cause: str = Field(min_length=1, max_length=10_000, examples=["A fibre was cut"])
    action: str = Field(min_length=1, max_length=10_000, examples=["The carrier repaired it"])
    samples: tuple[TicketId, ...] = Field(
        (), max_length=200, description="Children whose failing action was watched to succeed; at least one if any"
    )


class ReopenIncident(Body):
    reason: str = Field("", max_length=10_000, description="How the cause showed that it is back")


def resolve_incident(body: ResolveIncident, incident: Incident, context: DecisionContext) -> list[Draft]:
    """Resolve the incident; its children follow by reaction. A resolved one records nothing."""
    ensure_exists(incident)
    if incident.state == "resolved":
        return []
    children = incident.attached("child")
    for sample in body.samples:
        if sample not in children:
            remedy = "Name tickets that are its children; GET /incidents/{incident} lists them."
            raise Refusal("invalid_field", f"samples: {sample!r} is no child of this incident.", remedy=remedy)
    if children and not body.samples:
        raise Refusal("sample_missing")
    samples = tuple(dict.fromkeys(body.samples))
    data = IncidentResolved(episode=incident.episode, cause=body.cause, action=body.action, samples=samples)
    return [Draft(data=data)]


def reopen_incident(body: ReopenIncident, incident: Incident, context: DecisionContext) -> list[Draft]:
    """Reopen the incident, because its cause is back. An open one records nothing."""
    ensure_exists(incident)
    if incident.state == "open":
        return []
    if not body.reason:
        raise Refusal("reason_missing", "reason: say how the cause showed that it is back.")
    return [Draft(data=IncidentReopened(episode=incident.episode + 1, reason=body.reason))]
