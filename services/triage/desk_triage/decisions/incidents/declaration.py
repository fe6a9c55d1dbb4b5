"""Declaring a major incident and updating what is known of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field

from desk.contract.bounds import Code, Id, Instant
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.streams.incident import Incident
from desk.contract.streams.incidents import IncidentDeclared, IncidentUpdated
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

Severity = Literal["minor", "major", "critical"]
CLOCKS_APART = timedelta(minutes=2)
"""How far a caller's clock may be ahead of the desk's."""
MOST_CLIENTS = 100


class DeclareIncident(Body):
    title: str = Field(min_length=1, max_length=200, examples=["Carrier outage in the north"])
    symptom: Code = Field(description="Symptom code that its tickets share", examples=["vpn-drop"])
    severity: Severity = "major"
    onset: Instant = Field(description="When the first user was affected")
    clients: tuple[Code, ...] = Field(
        (), max_length=MOST_CLIENTS, description="Clients that are affected. Default: any client may be"
    )
    devices: tuple[Id, ...] = Field((), max_length=1000, description="Devices of the clients that fail with it")
    vendor: Code | None = Field(None, description="Vendor whose service fails", examples=["example-carrier"])
    component: Code | None = Field(None, description="Part of the vendor's service that fails", examples=["vpn"])


class UpdateIncident(Body):
    text: str = Field(min_length=1, max_length=10_000, description="What is known now")
    severity: Severity | None = None


def declare_incident(
    body: DeclareIncident, incident: Incident, clients: Mapping[str, Client], context: DecisionContext
) -> list[Draft]:
    """Declare an incident; `clients` are those that it names. An incident that exists records nothing."""
    if incident.exists:
        return []
    if body.onset > context.now + CLOCKS_APART:
        remedy = "Give the time at which the first user was affected."
        raise Refusal("invalid_field", "onset: lies in the future.", remedy=remedy)
    for client in body.clients:
        if not clients[client].revision:
            raise Refusal("invalid_field", f"clients: {client!r} is no client here.", remedy="Check the client id.")
    if body.component is not None and body.vendor is None:
        raise Refusal("invalid_field", "component: belongs to a vendor.", remedy="Name the vendor, or leave it out.")
    return [Draft(data=IncidentDeclared(**body.model_dump()))]


def update_incident(body: UpdateIncident, incident: Incident, context: DecisionContext) -> list[Draft]:
    """Record what is known now of an open incident. Each update is an act of its own."""
    ensure_exists(incident)
    if incident.state == "resolved":
        raise Refusal("incident_resolved", remedy="Reopen the incident first (reopen-incident).")
    data = IncidentUpdated(revision=incident.revision + 1, text=body.text, severity=body.severity)
    return [Draft(data=data)]


def ensure_exists(incident: Incident) -> None:
    """Refuse an incident that nobody declared."""
    if not incident.exists:
        raise Refusal("unknown_incident")
