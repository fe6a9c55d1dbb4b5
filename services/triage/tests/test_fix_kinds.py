"""Fixes of alerts that cleared themselves, and of requests that were fulfilled."""

from __future__ import annotations

import pytest

from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.triage import fix as fx
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story

from .triage_commands import send


def open_ticket(kind: Kind, asset_class: str = "workstation") -> Story:
    facts = [c.opening(kind=kind, profile=kind), c.tier(), c.verified(level=2), c.linked(asset_class=asset_class)]
    return Story().given(*facts, c.assessed())


def test_an_alert_that_cleared_itself_is_recorded_as_such_and_once() -> None:
    outcome = send(open_ticket("alert"), "record-fix", kind="cleared-itself", what="The circuit came back.")
    assert outcome.one(fx.FixApplied).kind == "cleared-itself"
    story = outcome.then("fix-applied")
    send(story, "record-fix", kind="cleared-itself", what="The circuit came back.").nothing()


def test_an_alert_that_cleared_itself_breaks_no_rule_on_shared_infrastructure() -> None:
    story = open_ticket("alert", asset_class="core-firewall")
    by_hand = send(story, "record-fix", what="restarted it").one(fx.FixApplied)
    by_itself = send(story, "record-fix", kind="cleared-itself", what="The circuit came back.").one(fx.FixApplied)
    assert (by_hand.violation, by_itself.violation) == ("tier_forbidden", None)


def test_the_monitor_that_reads_clear_is_the_observation_of_an_alert() -> None:
    fix = send(open_ticket("alert"), "record-fix", kind="cleared-itself", what="The circuit came back.")
    story = send(fix.then("fix-applied"), "verify-fix", how="observed", where="monitor").then("fix-verified")
    asked = PolicyBook().gate_profile.of("alert")
    gates = {gate.gate for gate in open_gates(RESOLVE, story.ticket, asked)}
    assert not gates & {"caller", "asset", "priority", "reproduction", "fix", "verification"}


def test_a_request_is_fulfilled_and_confirmed_by_its_user() -> None:
    outcome = send(open_ticket("request"), "record-fix", what="Created the shared mailbox.")
    assert outcome.one(fx.FixApplied).kind == "fulfilled"
    send(outcome.then("fix-applied"), "verify-fix", how="user-confirmed").then("fix-verified")


@pytest.mark.parametrize(
    ("of_ticket", "of_fix"),
    [("incident", "cleared-itself"), ("request", "cleared-itself"), ("quick", "fulfilled"), ("security", "fulfilled")],
)
def test_a_kind_of_fix_that_the_kind_of_ticket_does_not_have_is_refused(of_ticket: Kind, of_fix: str) -> None:
    refusal = send(open_ticket(of_ticket), "record-fix", kind=of_fix, what="done").refused("invalid_field")
    assert "change-kind" in str(refusal.remedy)


@pytest.mark.parametrize(("before", "of_fix"), [("alert", "cleared-itself"), ("request", "fulfilled")])
def test_a_fix_that_the_new_kind_of_a_ticket_does_not_have_meets_no_gate(before: Kind, of_fix: str) -> None:
    story = send(open_ticket(before), "record-fix", kind=of_fix, what="done").then("fix-applied")
    assert not fix_gate_is_open(story)
    changed = i.KindChanged(before=before, after="incident", profile="incident", reason="it is broken", revision=1)
    assert fix_gate_is_open(story.given(changed))
    outcome = send(story, "record-fix", what="replaced the access point")
    assert (outcome.one(fx.FixApplied).kind, outcome.drafts[0].attempt) == ("fix", 2)
    assert not fix_gate_is_open(outcome.then("fix-applied"))
    send(story, "record-fix", what="replaced the access point").nothing()


def fix_gate_is_open(story: Story) -> bool:
    return bool(open_gates(RESOLVE, story.ticket, {"fix": "mandatory"}))


def test_a_fix_of_any_other_ticket_is_a_fix() -> None:
    assert send(open_ticket("security"), "record-fix", what="revoked the sessions").one(fx.FixApplied).kind == "fix"
