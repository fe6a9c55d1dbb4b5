"""One notice to the requesters of all tickets of a major incident. Pure."""

from __future__ import annotations

from typing import Literal
from uuid import uuid5

from pydantic import Field

from desk.contract.event import Draft, Event
from desk.contract.streams.incident import Incident
from desk.contract.streams.incidents import MassNoticeSent
from desk.contract.ticket.triage.diagnosis import IncidentNoticeSent
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_triage.decisions.incidents.declaration import ensure_exists


class RecordMassNotice(Body):
    text: str = Field(min_length=1, max_length=10_000, examples=["The carrier has repaired the line."])
    channel: Literal["email", "phone", "portal", "status-page"] = Field(description="How the clients were informed")


def record_mass_notice(body: RecordMassNotice, incident: Incident, context: DecisionContext) -> list[Draft]:
    """Record the notice for the children that are attached now. The same text again records nothing."""
    ensure_exists(incident)
    mark = context.fingerprint(body.text)
    if mark in incident.notices:
        return []
    children = incident.attached("child")
    if not children:
        remedy = "Attach the tickets first (link-incident)."
        raise Refusal("invalid_field", "incident: it has no child whose requester could be informed.", remedy=remedy)
    return [Draft(data=MassNoticeSent(notice=mark, tickets=children, channel=body.channel, text_hash=mark))]


def notify_of_notice(event: Event[MassNoticeSent], incident: Incident, context: DecisionContext) -> list[Draft]:
    """Record on each of its tickets that the client was informed."""
    n = event.data
    data = IncidentNoticeSent(incident=event.subject, notice=n.notice, channel=n.channel)
    return [Draft(data=data, subject=ticket, id=uuid5(event.id, f"{data.name}|{ticket}")) for ticket in n.tickets]
