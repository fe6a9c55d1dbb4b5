"""One notice informs the requesters of all children of an incident, once, and meets the gate `client-informed`."""

from __future__ import annotations

import pytest

from desk.contract.streams.incidents import MassNoticeSent
from desk.contract.ticket.gates import CLOSE, open_gates
from desk.decision.refusal import Refusal

from .incident_desk import IncidentDesk


@pytest.fixture
def desk() -> IncidentDesk:
    found = IncidentDesk()
    found.declares("outage")
    for ticket in ("t-1", "t-2", "t-3"):
        found.opens(ticket)
    found.sends("link-incident", "t-1", incident="outage")
    found.sends("link-incident", "t-2", incident="outage")
    found.sends("link-incident", "t-3", incident="outage", relation="related")
    return found


def open_at_close(desk: IncidentDesk, ticket: str) -> set[str]:
    state = desk.ticket(ticket)
    return {gate.gate for gate in open_gates(CLOSE, state, desk.book.gate_profile.of_ticket(state))}


def test_a_notice_informs_every_child_once(desk: IncidentDesk) -> None:
    facts = desk.leads("record-mass-notice", "outage")
    assert facts == ["mass-notice-sent", "incident-notice-sent", "incident-notice-sent"]
    assert desk.leads("record-mass-notice", "outage") == []
    assert desk.leads("record-mass-notice", "outage", text="It is down again.")[0] == "mass-notice-sent"
    assert len(desk.incident("outage").notices) == 2


def test_a_notice_meets_the_gate_of_the_children_it_went_to(desk: IncidentDesk) -> None:
    desk.leads("record-mass-notice", "outage")
    desk.opens("t-4")
    desk.sends("link-incident", "t-4", incident="outage")
    informed = [
        ticket for ticket in ("t-1", "t-2", "t-3", "t-4") if "client-informed" not in open_at_close(desk, ticket)
    ]
    assert informed == ["t-1", "t-2"]
    desk.sends("cancel", "t-1", reason="withdrawn")
    desk.sends("reopen", "t-1", cause="client", notes="it is still down")
    assert "client-informed" in open_at_close(desk, "t-1")


def test_a_child_that_was_detached_is_not_informed(desk: IncidentDesk) -> None:
    desk.sends("unlink-incident", "t-2", incident="outage")
    desk.leads("record-mass-notice", "outage")
    (notice,) = (fact.data for fact in desk.facts("incidents:outage") if isinstance(fact.data, MassNoticeSent))
    assert notice.tickets == ("t-1",)


def test_a_notice_needs_an_incident_with_children(desk: IncidentDesk) -> None:
    desk.declares("second")
    for incident, code in (("second", "invalid_field"), ("no-such", "unknown_incident")):
        with pytest.raises(Refusal) as refused:
            desk.leads("record-mass-notice", incident)
        assert refused.value.code == code
