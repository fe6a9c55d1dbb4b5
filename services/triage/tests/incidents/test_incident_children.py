"""Children of a major incident: they wait for it, are resolved with it by sample, and come back with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.contract.ticket.intake import facts as intake
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import fix as fx
from desk.decision.refusal import Refusal
from desk.testing import controls as c

from .incident_desk import IncidentDesk


@pytest.fixture
def desk() -> IncidentDesk:
    found = IncidentDesk()
    found.declares("outage")
    for ticket in ("t-1", "t-2", "t-3"):
        found.opens(ticket)
    return found


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


def test_a_child_waits_for_its_incident_and_is_not_diagnosed_alone(desk: IncidentDesk) -> None:
    facts = desk.sends("link-incident", "t-1", incident="outage")
    assert facts == ["linked-to-incident", "child-attached", "waiting-started"]
    assert desk.incident("outage").children == {"t-1": "child"}
    assert status(desk.ticket("t-1")) is Status.WAITING
    reproduction = {"on_profile": True, "on_network": True, "on_permissions": True, "steps": "a", "observed": "b"}
    with pytest.raises(Refusal) as refused:
        desk.sends("record-reproduction", "t-1", result="reproduced", **reproduction)
    assert code_of(refused) == "known_incident" and "unlink-incident" in refused.value.remedy
    assert desk.sends("link-incident", "t-1", incident="outage") == []


def test_a_related_ticket_goes_on_by_itself(desk: IncidentDesk) -> None:
    facts = desk.sends("link-incident", "t-1", incident="outage", relation="related")
    assert facts == ["linked-to-incident", "child-attached"]
    desk.leads("resolve-incident", "outage")
    assert status(desk.ticket("t-1")) is Status.TRIAGED


def test_a_ticket_that_has_another_cause_is_detached_with_a_reason(desk: IncidentDesk) -> None:
    desk.sends("link-incident", "t-1", incident="outage")
    with pytest.raises(Refusal) as refused:
        desk.sends("unlink-incident", "t-1", incident="outage", reason="")
    assert code_of(refused) == "reason_missing"
    facts = desk.sends("unlink-incident", "t-1", incident="outage")
    assert facts == ["unlinked-from-incident", "child-detached", "waiting-ended"]
    assert desk.sends("unlink-incident", "t-1", incident="outage") == []
    assert (desk.incident("outage").children, desk.ticket("t-1").triage.incident) == ({}, None)


def test_what_cannot_be_attached_is_refused(desk: IncidentDesk) -> None:
    desk.declares("elsewhere", clients=[])
    desk.declares("second")
    desk.sends("link-incident", "t-1", incident="outage")
    desk.leads("resolve-incident", "second")
    found = []
    for ticket, incident, relation in (
        ("t-1", "elsewhere", "child"), ("t-1", "outage", "related"), ("t-2", "second", "child"), ("t-2", "no", "child"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            desk.sends("link-incident", ticket, incident=incident, relation=relation)
        found.append(code_of(refused))
    assert found == ["invalid_field", "invalid_field", "incident_resolved", "unknown_incident"]


def test_children_are_resolved_with_their_incident_by_sample(desk: IncidentDesk) -> None:
    for ticket in ("t-1", "t-2"):
        desk.sends("link-incident", ticket, incident="outage")
    facts = desk.leads("resolve-incident", "outage", samples=["t-1"])
    assert facts[:3] == ["incident-resolved", "parent-resolved", "parent-resolved"]
    assert [status(desk.ticket(name)) for name in ("t-1", "t-2", "t-3")] == [
        Status.RESOLVED, Status.RESOLVED, Status.TRIAGED,
    ]  # fmt: skip
    verified = [fact.data for name in ("t-1", "t-2") for fact in desk.facts(name)
                if isinstance(fact.data, fx.FixVerified | fx.VerificationWaived)]  # fmt: skip
    assert verified == [fx.FixVerified(how="sample"), fx.VerificationWaived(reason="sample")]
    assert not desk.ticket("t-1").triage.waits
    assert desk.leads("resolve-incident", "outage", samples=["t-1"]) == []


def test_an_incident_is_not_resolved_without_a_sample_of_its_own(desk: IncidentDesk) -> None:
    desk.sends("link-incident", "t-1", incident="outage")
    for samples, code in (([], "sample_missing"), (["t-2"], "invalid_field")):
        with pytest.raises(Refusal) as refused:
            desk.leads("resolve-incident", "outage", samples=samples)
        assert code_of(refused) == code
    with pytest.raises(Refusal) as refused:
        desk.leads("resolve-incident", "no-such")
    assert code_of(refused) == "unknown_incident"


def test_a_child_with_an_open_gate_stays_with_its_technician(desk: IncidentDesk) -> None:
    desk.says("t-9", c.opening(), c.linked(), c.tier())
    desk.sends("link-incident", "t-9", incident="outage")
    desk.leads("resolve-incident", "outage", samples=["t-9"])
    assert status(desk.ticket("t-9")) is Status.WATCHING
    with pytest.raises(Refusal) as refused:
        desk.sends("resolve", "t-9")
    assert {row.gate for row in refused.value.missing} == {"caller", "priority"}


def test_a_lost_child_is_not_resolved_with_the_incident(desk: IncidentDesk) -> None:
    for ticket in ("t-1", "t-2", "t-3"):
        desk.sends("link-incident", ticket, incident="outage")
    desk.sends("unlink-incident", "t-2", incident="outage")
    desk.says("t-3", intake.MergedInto(root="t-1", evidence="record 7 was merged in the PSA"))
    desk.leads("resolve-incident", "outage", samples=["t-1"])
    assert [status(desk.ticket(name)) for name in ("t-1", "t-2", "t-3")] == [
        Status.RESOLVED, Status.TRIAGED, Status.MERGED,
    ]  # fmt: skip
    assert "resolved" not in {fact.data.name for name in ("t-2", "t-3") for fact in desk.facts(name)}


def test_a_child_whose_fix_did_not_hold_stands_on_its_own(desk: IncidentDesk) -> None:
    desk.sends("link-incident", "t-1", incident="outage")
    desk.leads("resolve-incident", "outage", samples=["t-1"])
    desk.sends("reopen", "t-1", cause="client", notes="it still drops")
    with pytest.raises(Refusal) as refused:
        desk.sends("resolve", "t-1")
    missing = {row.gate: row.remedy for row in refused.value.missing}
    assert "reproduction" in missing and "record-fix" in missing["fix"]


def test_a_detached_child_does_not_keep_the_fix_of_the_incident(desk: IncidentDesk) -> None:
    desk.says("t-9", c.opening(), c.linked(), c.tier())
    desk.sends("link-incident", "t-9", incident="outage")
    desk.leads("resolve-incident", "outage", samples=["t-9"])
    desk.sends("unlink-incident", "t-9", incident="outage")
    attempt = desk.ticket("t-9").triage.attempt
    assert attempt.failed and status(desk.ticket("t-9")) is Status.DIAGNOSING


def test_children_come_back_with_their_incident_and_wait_again(desk: IncidentDesk) -> None:
    for ticket in ("t-1", "t-2"):
        desk.sends("link-incident", ticket, incident="outage")
    desk.sends("cancel", "t-2", reason="withdrawn")
    with pytest.raises(Refusal) as refused:
        desk.leads("resolve-incident", "outage", samples=["t-1"])
        desk.leads("reopen-incident", "outage", reason="")
    assert code_of(refused) == "reason_missing"
    desk.leads("reopen-incident", "outage")
    assert [(status(desk.ticket(name)), desk.ticket(name).cycle) for name in ("t-1", "t-2")] == [
        (Status.WAITING, 2), (Status.CANCELLED, 1),
    ]  # fmt: skip
    assert desk.leads("reopen-incident", "outage") == []
    desk.leads("resolve-incident", "outage", samples=["t-1"])
    assert status(desk.ticket("t-1")) is Status.RESOLVED


def test_a_child_that_is_reopened_waits_for_its_open_incident_again(desk: IncidentDesk) -> None:
    desk.sends("link-incident", "t-1", incident="outage")
    desk.sends("cancel", "t-1", reason="withdrawn")
    assert "waiting-started" in desk.sends("reopen", "t-1", cause="client", notes="it is still down")
    assert status(desk.ticket("t-1")) is Status.WAITING


def test_a_child_that_ended_before_the_reply_window_stays_ended(desk: IncidentDesk) -> None:
    desk.sends("link-incident", "t-1", incident="outage")
    desk.leads("resolve-incident", "outage", samples=["t-1"])
    desk.clock.advance(timedelta(days=desk.book.reply_window.days, seconds=1))
    assert desk.leads("reopen-incident", "outage") == ["incident-reopened", "parent-reopened"]
    assert status(desk.ticket("t-1")) is Status.RESOLVED


def test_an_open_child_waits_again_when_the_incident_is_back(desk: IncidentDesk) -> None:
    desk.says("t-9", c.opening(), c.linked(), c.tier())
    desk.sends("link-incident", "t-9", incident="outage")
    desk.leads("resolve-incident", "outage", samples=["t-9"])
    desk.leads("reopen-incident", "outage")
    assert (status(desk.ticket("t-9")), desk.ticket("t-9").triage.attempt.failed) == (Status.WAITING, True)


def test_two_hundred_children_are_resolved_in_one_append(desk: IncidentDesk) -> None:
    names = [f"many-{number}" for number in range(200)]
    for name in names:
        desk.opens(name)
        desk.sends("link-incident", name, incident="outage")
    with pytest.raises(Refusal) as refused:
        desk.sends("link-incident", "t-1", incident="outage")
    assert code_of(refused) == "invalid_field"
    assert desk.leads("resolve-incident", "outage", samples=[names[0]]).count("resolved") == 200
