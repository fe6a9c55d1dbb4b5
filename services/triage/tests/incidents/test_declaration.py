"""Major incidents: declared once, updated while open, refused where the desk knows better."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.contract.streams.incident import Incident
from desk.contract.streams.incidents import IncidentDeclared, IncidentResolved, IncidentUpdated
from desk.decision.refusal import Refusal
from desk.testing import controls as c
from desk.testing.facts import event
from desk_triage.decisions.incidents.declaration import UpdateIncident, update_incident

from .incident_stories import CONTEXT, after, declared, declaring

RESOLVED = IncidentResolved(episode=1, cause="fibre cut", action="carrier repaired it")


def test_an_incident_is_declared_with_what_its_tickets_have_in_common() -> None:
    (draft,) = declaring(
        clients=[c.CLIENT], devices=["router-1"], vendor="carrier", component="vpn", severity="critical"
    )
    assert draft.data == IncidentDeclared(
        title="Carrier outage",
        symptom="vpn-drop",
        severity="critical",
        onset=c.NOW,
        clients=(c.CLIENT,),
        devices=("router-1",),
        vendor="carrier",
        component="vpn",
    )
    incident = after(Incident(), [draft])
    assert (incident.state, incident.episode, incident.component) == ("open", 1, "vpn")
    assert incident.concerns(c.CLIENT) and not incident.concerns("other")


def test_an_incident_that_is_declared_already_records_nothing() -> None:
    assert declaring(declared()) == []


def test_an_incident_without_clients_may_concern_any() -> None:
    assert declared().concerns(c.CLIENT) and declared().concerns("other")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"onset": c.NOW + timedelta(minutes=3)}, "onset"),
        ({"clients": [c.CLIENT, "nobody"]}, "clients: 'nobody'"),
        ({"component": "vpn"}, "component"),
    ],
)
def test_an_incident_that_cannot_be_is_refused_with_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        declaring(**fields)
    assert refused.value.code == "invalid_field"
    assert str(refused.value.detail).startswith(field) and refused.value.remedy


def test_every_update_has_its_own_revision() -> None:
    incident, revisions = declared(), []
    for text in ("the carrier looks into it", "the carrier looks into it"):
        (draft,) = update_incident(UpdateIncident(text=text, severity="minor"), incident, CONTEXT)
        assert isinstance(draft.data, IncidentUpdated)
        revisions.append(draft.data.revision)
        incident = after(incident, [draft])
    assert (revisions, incident.severity) == ([1, 2], "minor")


@pytest.mark.parametrize(
    ("incident", "code"),
    [(Incident(), "unknown_incident"), (declared().evolve(event(RESOLVED)), "incident_resolved")],
)
def test_an_incident_that_is_not_open_is_not_updated(incident: Incident, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        update_incident(UpdateIncident(text="still down"), incident, CONTEXT)
    assert refused.value.code == code
