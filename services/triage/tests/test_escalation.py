"""Ruled-out causes, hand-overs to Tier 2 and returns, by `rule-out`, `escalate` and `return-escalation`."""

from __future__ import annotations

from typing import Any

import pytest

from desk.contract.event import Draft, Sealed
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage import fix as fx
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Outcome, Story

from .triage_commands import send

REPRODUCED = dx.ReproductionRecorded(
    entry="r1", result="reproduced", device=c.DEVICE, steps="connect, copy 1 GB", observed="drops after 40 s"
)
PINGED = dx.DiagnosticRecorded(entry="e1", what="ping -f -l 1472", result="fragmented")
DNS = dx.CauseRuledOut(entry="e2", cause="DNS", why="resolves in 2 ms")
TRIED = (REPRODUCED, PINGED, DNS)


def tried(*facts: dx.ReproductionRecorded | dx.DiagnosticRecorded | dx.CauseRuledOut) -> Story:
    return Story().given(*c.ready_for_work(), *facts)


def escalated(**fields: Any) -> Story:
    return send(tried(*TRIED), "escalate", **fields).then("escalated", "queued")


def give_back(story: Story, **fields: Any) -> Outcome:
    return send(story, "return-escalation", by="tier2-tom", roles="2", **{"reason": "no packet capture", **fields})


def test_a_cause_is_ruled_out_with_its_reason() -> None:
    outcome = send(tried(), "rule-out", cause="DNS", why="resolves in 2 ms")
    ruled_out = outcome.one(dx.CauseRuledOut)
    assert (ruled_out.cause, ruled_out.why, outcome.drafts[0].cycle) == ("DNS", "resolves in 2 ms", 1)
    assert outcome.then("cause-ruled-out").ticket.triage.ruled_out == ("DNS",)


def test_ruling_out_before_gates_1_to_3_is_refused() -> None:
    send(Story().given(c.opening()), "rule-out", cause="DNS", why="resolves").refused("caller_unverified")


def test_tier_1_rules_nothing_out_on_a_domain_controller() -> None:
    story = tried().given(c.linked(link="link-2", device="dc-1", asset_class="domain-controller"))
    send(story, "rule-out", cause="DNS", why="resolves").refused("tier_forbidden")
    send(story, "rule-out", roles="2", cause="DNS", why="resolves").then("cause-ruled-out")


def test_a_hand_over_is_compiled_from_what_was_recorded() -> None:
    outcome = send(tried(*TRIED), "escalate")
    handover = outcome.one(es.Escalated)
    assert handover == es.Escalated(
        number=1,
        text_hash=handover.text_hash,
        to="Network",
        symptom=c.opening().problem,
        steps="connect, copy 1 GB",
        diagnostics=("e1",),
        ruled_out=("DNS",),
    )
    triage = outcome.then("escalated", "queued").ticket.triage
    assert (triage.phase, triage.queue, triage.tier) == ("escalated", "Network", "tier2")


def test_sealed_texts_are_handed_over_as_they_are() -> None:
    cause, steps = Sealed("key-1", "Y2F1c2U="), Sealed("key-1", "c3RlcHM=")
    reproduced = dx.ReproductionRecorded(entry="r1", result="reproduced", device=c.DEVICE, steps=steps)
    story = tried(reproduced, PINGED, dx.CauseRuledOut(entry="e2", cause=cause, why="resolves"))
    handover = send(story, "escalate").one(es.Escalated)
    assert (handover.steps, handover.ruled_out) == (steps, (cause,))


def test_symptom_and_steps_may_be_stated_instead() -> None:
    handover = send(tried(*TRIED), "escalate", symptom="drops above 1400 bytes", steps="copy a file").one(es.Escalated)
    assert (handover.symptom, handover.steps) == ("drops above 1400 bytes", "copy a file")


def test_no_ruled_out_cause_needs_its_reason() -> None:
    story = tried(REPRODUCED, PINGED)
    refusal = send(story, "escalate").refused("handover_incomplete")
    assert [missing.gate for missing in refusal.missing] == ["ruled_out"]
    handover = send(story, "escalate", none_ruled_out="the carrier must look first").one(es.Escalated)
    assert handover.ruled_out == ("none, because the carrier must look first",)


def test_an_empty_hand_over_is_refused_with_each_missing_part_and_its_remedy() -> None:
    refusal = send(tried(), "escalate").refused("handover_incomplete")
    assert [(missing.gate, missing.owner) for missing in refusal.missing] == [
        ("steps", "triage"),
        ("diagnostics", "triage"),
        ("ruled_out", "triage"),
    ]
    assert all(missing.remedy for missing in refusal.missing)


def test_the_same_hand_over_again_records_nothing_and_another_queue_is_a_new_one() -> None:
    story = escalated()
    send(story, "escalate").nothing()
    send(story, "escalate", to="Network").nothing()
    outcome = send(story, "escalate", to="Systems")
    assert outcome.names == ["escalated", "queued"]
    assert outcome.one(es.Escalated).number == 2


@pytest.mark.parametrize(("queue", "tier"), [("Service Desk", "tier1"), ("Unlisted", None)])
def test_a_ticket_that_left_the_queues_of_tier_2_is_handed_over_again(queue: str, tier: str | None) -> None:
    story = escalated().given(d.Queued(queue=queue, tier=tier, before="Network", first=False, revision=2))
    assert send(story, "escalate", to=queue).refused("invalid_field")
    outcome = send(story, "escalate")
    assert outcome.one(es.Escalated).number == 2
    assert outcome.then("escalated", "queued").ticket.triage.queue == "Network"


@pytest.mark.parametrize("queue", ["Service Desk", "Nowhere"])
def test_a_hand_over_to_no_queue_of_tier_2_is_refused_with_those_there_are(queue: str) -> None:
    detail = send(tried(*TRIED), "escalate", to=queue).refused("invalid_field").detail
    assert detail == f"to: {queue!r} is no queue of tier2; choose one of Network, Systems."


def test_a_hand_over_without_any_queue_of_tier_2_is_refused() -> None:
    book = PolicyBook()
    routing = {**book.get("routing"), "queues": {"Service Desk": {"tier": "tier1"}}}
    book.put("routing", "2", routing)
    story = Story(book).given(*c.ready_for_work(), *TRIED)
    assert "no queue of tier2" in send(story, "escalate").refused("invalid_field").detail


def test_a_return_goes_to_the_default_queue_with_its_reason_and_again_records_nothing() -> None:
    outcome = give_back(escalated())
    returned = outcome.one(es.EscalationReturned)
    assert (returned.number, returned.reason) == (1, "no packet capture")
    story = outcome.then("escalation-returned", "queued")
    assert (story.ticket.triage.phase, story.ticket.triage.queue) == ("diagnosing", "Service Desk")
    give_back(story).nothing()


def test_a_returned_ticket_can_be_escalated_and_returned_again() -> None:
    story = give_back(escalated()).then("escalation-returned", "queued")
    story = send(story, "escalate").then("escalated", "queued")
    assert give_back(story).one(es.EscalationReturned).number == 2


def test_a_return_without_a_reason_is_refused() -> None:
    give_back(escalated(), reason="").refused("reason_missing")


def test_a_return_to_a_queue_of_tier_2_is_refused() -> None:
    give_back(escalated(), to="Systems").refused("invalid_field")


def test_a_ticket_that_was_not_escalated_is_not_returned() -> None:
    give_back(tried(*TRIED)).refused("not_escalated")


def test_an_escalation_of_an_earlier_cycle_is_not_returned_in_this_one() -> None:
    story = escalated().given(c.resolved())
    undone = story.ticket.triage.end
    assert undone is not None
    story.given(en.Reopened(undoes=undone.id, cause="client", notes="drops again"))
    give_back(story).refused("not_escalated")


def failed_to_tier_2(story: Story) -> Story:
    failed = fx.VerificationFailed(what_failed="drops again", seen_by="pat", route="tier2")
    attempt = story.ticket.triage.attempt.number + story.ticket.triage.attempt.failed
    return story.given(Draft(data=c.fixed(), cycle=1, attempt=attempt), Draft(data=failed, cycle=1, attempt=attempt))


def test_a_failed_verification_that_went_to_tier_2_is_returned_each_time_with_its_own_number() -> None:
    story = failed_to_tier_2(tried())
    first = give_back(story)
    story = failed_to_tier_2(first.then("escalation-returned", "queued"))
    second = give_back(story)
    assert [one.one(es.EscalationReturned).number for one in (first, second)] == [1, 2]
    story = second.then("escalation-returned")
    assert story.ticket.triage.phase == "diagnosing"
    give_back(story).nothing()


def test_a_reopening_that_went_to_tier_2_is_returned() -> None:
    story = tried(*TRIED).given(c.resolved())
    undone = story.ticket.triage.end
    assert undone is not None
    story.given(en.Reopened(undoes=undone.id, cause="client", notes="drops again", route="tier2"))
    returned = give_back(story)
    assert (returned.one(es.EscalationReturned).number, returned.drafts[0].cycle) == (1, 2)
    give_back(returned.then("escalation-returned", "queued")).nothing()
