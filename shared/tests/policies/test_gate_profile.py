"""The gates of every kind, kinds against the profile, and the former name of a gate."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from desk.contract.ticket.gates import CLOSE, RESOLVE, open_gates
from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.triage import diagnosis as dx
from desk.decision.policies.intake import StatusMap
from desk.decision.policies.triage import GateProfile
from desk.policies.book import PolicyBook, builtin
from desk.policies.kinds import kinds_without_profile
from desk.testing import controls as c
from desk.testing.given import Story

SMALL = {"incident": {"caller": "mandatory"}, "quick": {}, "cancelled": {"time": "mandatory"}}


def statuses(**board: Any) -> StatusMap:
    return StatusMap.model_validate({**builtin("status-map"), "boards": {"7": {"statuses": {"1": "new"}, **board}}})


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_profile_that_ships_lists_gates_for_every_kind(kind: Kind) -> None:
    profile = PolicyBook().gate_profile
    assert profile.of(kind) == profile.root[kind]
    gates = {gate.gate for rows in (RESOLVE, CLOSE) for gate in open_gates(rows, Story().ticket, profile.of(kind))}
    assert {"caller", "asset", "priority", "fix", "verification", "documented", "time", "sign-off"} <= gates


def test_a_kind_that_a_profile_does_not_list_is_asked_like_an_incident() -> None:
    profile = GateProfile.model_validate(SMALL)
    assert profile.of("alert") == {"caller": "mandatory"}
    assert profile.of("alert", cancelled=True) == {"time": "mandatory"}


def asked_of(kind: Kind, *facts: Any) -> set[str]:
    ticket = Story().given(c.opening(kind=kind), *facts).ticket
    return {gate.gate for gate in open_gates(RESOLVE, ticket, PolicyBook().gate_profile.of(kind))}


def test_nobody_calls_for_an_alert_and_its_tier_is_enough() -> None:
    assert "caller" in asked_of("alert")
    assert "caller" not in asked_of("alert", c.tier())
    assert "caller" in asked_of("incident", c.tier())


def test_a_security_ticket_needs_a_caller_verified_at_level_2() -> None:
    assert "caller" in asked_of("security", c.verified(), c.tier())
    assert "caller" not in asked_of("security", c.verified(level=2, method="call-back"), c.tier())


def test_a_verification_that_has_expired_still_meets_the_gate() -> None:
    assert "caller" not in asked_of("incident", c.verified(expires=c.NOW), c.tier())


def test_kinds_without_gates_are_named_with_their_field() -> None:
    board = statuses(kind="alert", kinds={"9": "security", "10": "quick"})
    found = kinds_without_profile(board, GateProfile.model_validate(SMALL))
    assert found == [("boards.7.kind", "alert"), ("boards.7.kinds.9", "security")]
    assert kinds_without_profile(board, PolicyBook().gate_profile) == []


def test_the_former_name_of_a_gate_is_read_as_the_new_one() -> None:
    content = {**SMALL, "cancelled": {"told": "if-person-wrote"}}
    book = PolicyBook()
    book.put("gate-profile", "2", content)
    assert book.gate_profile.of("incident", cancelled=True) == {"client-informed": "if-person-wrote"}
    assert book.get("gate-profile") == content


def test_a_gate_under_both_names_is_refused() -> None:
    twice = {**SMALL, "quick": {"told": "mandatory", "client-informed": "-"}}
    with pytest.raises(ValidationError, match="quick: told is the former name of client-informed; keep the new one"):
        GateProfile.model_validate(twice)


@pytest.mark.parametrize(
    ("priority", "asked_as"), [("P1", "incident"), ("P2", "incident"), ("P3", "quick"), ("P4", "quick")]
)
def test_a_quick_ticket_of_p1_or_p2_is_asked_what_an_incident_is(priority: str, asked_as: Kind) -> None:
    ticket = Story().given(c.opening(kind="quick"), c.assessed(priority=priority)).ticket
    profile = PolicyBook().gate_profile
    assert profile.of_ticket(ticket) == profile.of(asked_as)
    assert profile.of_ticket(ticket, cancelled=True) == profile.of("quick", cancelled=True)


LINKED = dx.LinkedToIncident(incident="outage", relation="child", revision=1)
UNLINKED = dx.UnlinkedFromIncident(incident="outage", reason="other cause", revision=2)
PARENT_RESOLVED = dx.ParentResolved(incident="outage", revision=1)


def of_child(kind: Kind, *facts: Any) -> Any:
    return PolicyBook().gate_profile.of_ticket(Story().given(c.opening(kind=kind), *facts).ticket)


@pytest.mark.parametrize("kind", ["incident", "quick", "alert", "request"])
def test_a_child_is_asked_what_its_kind_asks_except_for_what_its_incident_answers(kind: Kind) -> None:
    profile = PolicyBook().gate_profile
    child = of_child(kind, LINKED)
    assert child == {**profile.of(kind), **profile.root["child"]}
    assert (child["fix"], child["documented"], child["caller"]) == (
        "by-incident", "by-incident", profile.of(kind)["caller"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("security", (LINKED,)),
        ("incident", (dx.LinkedToIncident(incident="outage", relation="related", revision=1),)),
        ("incident", (LINKED, UNLINKED)),
        ("incident", (LINKED, PARENT_RESOLVED, dx.ParentReopened(incident="outage", revision=2), UNLINKED)),
    ],
)
def test_security_and_who_is_no_child_are_asked_what_their_kind_asks(kind: Kind, facts: tuple[Any, ...]) -> None:
    assert of_child(kind, *facts) == PolicyBook().gate_profile.of(kind)


def test_a_profile_without_the_overlay_asks_a_child_what_its_kind_asks() -> None:
    ticket = Story().given(c.opening(kind="incident"), LINKED).ticket
    assert GateProfile.model_validate(SMALL).of_ticket(ticket) == SMALL["incident"]


def test_the_fix_and_the_document_of_the_incident_are_those_of_the_child() -> None:
    story = Story().given(c.opening(), LINKED)
    gates = {"fix": RESOLVE["fix"], "documented": RESOLVE["documented"]}
    profile = PolicyBook().gate_profile.of_ticket(story.ticket)
    before = open_gates(gates, story.ticket, profile)
    assert [gate.gate for gate in before] == ["fix", "documented"]
    assert {gate.remedy for gate in before} == {
        "resolve the incident (resolve-incident), or detach the ticket from it (unlink-incident)"
    }
    assert open_gates(gates, story.given(PARENT_RESOLVED).ticket, profile) == ()
    assert open_gates(gates, story.given(dx.ParentReopened(incident="outage", revision=2)).ticket, profile)
