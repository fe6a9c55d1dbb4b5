"""Facts of other services that break policy are applied and reported to security."""

from __future__ import annotations

from desk.contract.event import Draft, Payload
from desk.contract.streams.security import PolicyViolation
from desk.contract.ticket.intake.caller import CallerRejected
from desk.contract.ticket.triage import fix as fx
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_intake.reactions import REACTIONS

from .test_intake_decisions import send


def receive(fact: Payload, story: Story | None = None) -> Outcome:
    draft = Draft(data=fact, cycle=1, attempt=1)
    return (story or Story().given(*c.ready_for_work())).receives(REACTIONS[type(fact)], draft)


def test_work_on_shared_infrastructure_without_a_change_is_reported() -> None:
    found = receive(fx.FixStarted(device="dc-1", asset_class="domain-controller"))
    violation = found.one(PolicyViolation)
    assert (violation.rule, violation.ticket, violation.fact) == (
        "change_required",
        c.TICKET,
        found.story.events[-1].id,
    )


def test_a_fix_that_broke_a_rule_is_reported_with_its_author() -> None:
    found = receive(c.fixed(violation="tier_forbidden"))
    violation = found.one(PolicyViolation)
    assert (violation.rule, violation.who) == ("tier_forbidden", str(found.story.events[-1].actor))


def test_work_within_policy_reports_nothing() -> None:
    receive(fx.FixStarted(device="pc-1", asset_class="workstation")).nothing()
    receive(fx.FixStarted(device="dc-1", asset_class="domain-controller", change="chg-1")).nothing()
    receive(c.fixed()).nothing()


def test_imported_history_reports_nothing() -> None:
    receive(c.fixed(violation="tier_forbidden"), Story(origin="import").given(*c.ready_for_work())).nothing()


def test_a_claim_to_be_somebody_who_left_is_reported_with_the_technician() -> None:
    story = send(Story().given(*c.ready_for_work()), "reject-caller", claimed="Sam Ito", reason="terminated")
    found = story.story.receives(REACTIONS[CallerRejected], story.drafts[0])
    violation = found.one(PolicyViolation)
    assert (violation.rule, violation.ticket) == ("contact_terminated", c.TICKET)
    assert (violation.who, violation.detail) == (str(found.story.events[-1].actor), "caller-rejected")


def test_other_rejected_claims_alert_nobody() -> None:
    fact = CallerRejected(attempt_id="a1", claimed="Sam Ito", reason="unknown")
    Story().given(*c.ready_for_work()).receives(REACTIONS[CallerRejected], fact).nothing()


def test_the_refusal_names_the_command_that_alerts() -> None:
    refusal = send(
        Story().given(c.opening(contact="contact-left")), "verify-caller", contact="contact-left", method="match"
    )
    assert "reject-caller" in str(refusal.refused("contact_terminated").remedy)
