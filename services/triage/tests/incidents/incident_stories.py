"""Major incidents in tests of decisions: folded from the facts that the decisions make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate
from uuid import UUID

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client
from desk.contract.streams.incident import INITIAL, Incident
from desk.decision.context import DecisionContext
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.facts import event
from desk_triage.decisions.incidents.declaration import DeclareIncident, declare_incident

INCIDENT = "incident-1"
CONTEXT = DecisionContext(
    id=UUID(int=1), actor=Actor("person", "cora"), now=c.NOW, policies=PolicyBook(), subject=INCIDENT
)
KNOWN = Client(revision="1", active=True)
BODY: dict[str, Any] = {"title": "Carrier outage", "symptom": "vpn-drop", "onset": c.NOW}
Decide = Callable[Concatenate[Any, Incident, ...], list[Draft]]


def declaring(incident: Incident = INITIAL, **fields: Any) -> list[Draft]:
    """The drafts of declare-incident; one client alone is known."""
    body = DeclareIncident(**{**BODY, **fields})
    clients = {name: KNOWN if name == c.CLIENT else Client() for name in body.clients}
    return declare_incident(body, incident, clients, CONTEXT)


def after(incident: Incident, drafts: list[Draft]) -> Incident:
    """The incident after the drafts that were decided on it."""
    for draft in drafts:
        if draft.data.spec.stream == "incidents":
            incident = incident.evolve(event(draft.data))
    return incident


def declared(**fields: Any) -> Incident:
    """An incident that was declared."""
    return after(INITIAL, declaring(**fields))
