"""Attaching a ticket to a major incident and detaching it: the ticket's fact and the incident's in one append. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.contract.bounds import TicketId
from desk.contract.event import Draft
from desk.contract.streams.incident import Incident
from desk.contract.streams.incidents import ChildAttached, ChildDetached
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import dispatch as d
from desk.decision import reads
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import Reads
from desk.decision.refusal import Refusal
from desk_triage.decisions.incidents.declaration import ensure_exists

MOST_CHILDREN = 200


class LinkIncident(TicketBody):
    incident: TicketId = Field(description="Major incident that is open")
    relation: Literal["child", "related"] = Field(
        "child", description="child: waits for the incident and is resolved with it; related: does neither"
    )


class UnlinkIncident(TicketBody):
    incident: TicketId = Field(description="Major incident that the ticket belongs to")
    reason: str = Field("", max_length=2000, description="Reason for which it has another cause")


LINKING: Reads[LinkIncident, Incident] = Reads(
    lambda body, found: found.state(reads.incident(body.incident)),
    lambda body, _client: (reads.incident(body.incident),),
)
UNLINKING: Reads[UnlinkIncident, Incident] = Reads(
    lambda body, found: found.state(reads.incident(body.incident)),
    lambda body, _client: (reads.incident(body.incident),),
)


def link_incident(body: LinkIncident, ticket: Ticket, incident: Incident, context: DecisionContext) -> list[Draft]:
    """Attach the ticket; a child waits from now on. A ticket that is attached so already records nothing."""
    ensure_exists(incident)
    if incident.children.get(context.subject) == body.relation:
        return []
    _ensure_attachable(body, ticket, incident, context)
    number = ticket.triage.links + 1
    linked = dx.LinkedToIncident(incident=body.incident, relation=body.relation, revision=number)
    attached = ChildAttached(ticket=context.subject, episode=number, relation=body.relation)
    drafts = [Draft(data=linked), Draft(data=attached, subject=body.incident)]
    return [*drafts, *wait_on_parent(ticket, context)] if body.relation == "child" else drafts


def _ensure_attachable(body: LinkIncident, ticket: Ticket, incident: Incident, context: DecisionContext) -> None:
    if incident.state == "resolved":
        raise Refusal("incident_resolved")
    if not incident.concerns(ticket.intake.client):
        raise Refusal("other_client", "incident: it concerns other clients only.", remedy="Choose another incident.")
    other = body.incident if context.subject in incident.children else ticket.triage.incident
    if other is not None and (body.relation == "child" or other == body.incident):
        detail = f"incident: the ticket belongs to {other!r} already."
        raise Refusal("invalid_field", detail, remedy="Detach it from there first (unlink-incident).")
    if len(incident.children) >= MOST_CHILDREN:
        detail = f"incident: it has {MOST_CHILDREN} tickets, the most that one incident may have."
        raise Refusal("invalid_field", detail, remedy="Declare another incident for the next ones.")


def unlink_incident(body: UnlinkIncident, ticket: Ticket, incident: Incident, context: DecisionContext) -> list[Draft]:
    """Detach the ticket, which goes on by itself. A ticket that is not attached records nothing."""
    ensure_exists(incident)
    if context.subject not in incident.children:
        return []
    if not body.reason:
        raise Refusal("reason_missing", "reason: say why the ticket has another cause.")
    number = ticket.triage.links + 1
    unlinked = dx.UnlinkedFromIncident(incident=body.incident, reason=body.reason, revision=number)
    detached = ChildDetached(ticket=context.subject, episode=number, reason=body.reason)
    over = end_waits_on_parent(ticket) if ticket.triage.incident == body.incident else []
    return [Draft(data=unlinked), Draft(data=detached, subject=body.incident), *over]


def wait_on_parent(ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Begin the wait of a child, unless it waits already."""
    if any(wait.on == "parent" for wait in ticket.triage.waits.values()):
        return []
    return [Draft(data=d.WaitingStarted(wait=str(context.id), on="parent"))]


def end_waits_on_parent(ticket: Ticket) -> list[Draft]:
    """End the waits of a child for its incident."""
    return [Draft(data=d.WaitingEnded(wait=name)) for name, wait in ticket.triage.waits.items() if wait.on == "parent"]
