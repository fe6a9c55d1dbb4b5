"""Commands of the coordinator."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from desk.contract.event import Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.sla import facts as s
from desk.contract.ticket.triage import dispatch as d
from desk.decision.command import decide
from desk_sla.commands import COMMANDS
from desk_sla.decisions.coordinating import ExplainBreach, ExtendTarget, explain_breach, extend_target

from .sla_story import SlaStory, at, opened, priority

GONE = PsaGone(reason="deleted", proof=("404", "404"), episode=1)


def running() -> SlaStory:
    """P3: response until 11:00, resolution until 9:00 on Wednesday."""
    story = SlaStory()
    story.hears(at("9:00"), opened(), priority("P3"))
    return story


def breached() -> SlaStory:
    story = running()
    story.fires(at("11:01"))
    return story


def extend(story: SlaStory, clock: str, due: datetime, now: datetime) -> Any:
    body = ExtendTarget(cycle=1, clock=clock, new_due=due, reason="agreed with the client")
    return story.when(extend_target, body, roles="CO", now=now)


def explain(story: SlaStory, code: Any = "workload", verdict: Any = None) -> Any:
    body = ExplainBreach(cycle=1, verdict=verdict or story.ticket.sla.breaches[0], code=code, owner="lead")
    return story.when(explain_breach, body, roles="CO")


def test_a_breach_is_explained_with_its_code_and_owner() -> None:
    story = breached()
    explained = explain(story).one(s.BreachExplained)
    assert (explained.code, explained.owner, explained.verdict) == ("workload", "lead", story.ticket.sla.breaches[0])


def test_the_same_explanation_again_records_nothing_and_another_is_recorded() -> None:
    story = breached()
    explain(story).then("breach-explained")
    explain(story).nothing()
    explain(story, "vendor").then("breach-explained")


@pytest.mark.parametrize("away", [i.MergedInto(root="root-1", evidence="same"), GONE], ids=["merged", "gone"])
def test_a_breach_of_a_ticket_that_is_elsewhere_is_explained_there(away: Payload) -> None:
    story = breached()
    story.hears(at("11:05"), away)
    (command,) = (one for one in COMMANDS if one.name == "explain-breach")
    body = ExplainBreach(cycle=1, verdict=story.ticket.sla.breaches[0], code="workload", owner="lead")
    story.when(lambda b, t, x: decide(command, b, t, x), body, roles="CO").then("breach-explained")
    (refused,) = (one for one in COMMANDS if one.name == "extend-target")
    target = ExtendTarget(cycle=1, clock="resolution", new_due=at("20:00", day=2), reason="agreed")
    code = "ticket_merged" if isinstance(away, i.MergedInto) else "ticket_gone"
    story.when(lambda b, t, x: decide(refused, b, t, x), target, roles="CO").refused(code)


def test_what_is_no_breach_is_not_explained() -> None:
    explain(running(), verdict=uuid4()).refused("no_breach")


def test_a_breach_that_was_taken_back_is_not_explained() -> None:
    story = breached()
    verdict = story.ticket.sla.breaches[0]
    reply = ReplySent(message="a1", author="human", audience="public", to_requester=True, channel="mail")
    story.hears(at("10:30"), reply, now=at("11:30"))
    explain(story, verdict=verdict).refused("no_breach")


def test_a_due_time_is_extended_before_it_has_passed() -> None:
    story = running()
    outcome = extend(story, "response", at("12:00"), at("10:00"))
    assert outcome.one(s.TargetExtended).new_due == at("12:00")


def test_a_due_time_outside_the_calendar_becomes_the_end_of_the_working_time_before() -> None:
    outcome = extend(running(), "resolution", at("20:00", day=2), at("10:00"))
    assert outcome.one(s.TargetExtended).new_due == at("18:00", day=2)


def test_a_clock_is_extended_once() -> None:
    story = running()
    story.hears(at("10:00"), *(draft.data for draft in extend(story, "response", at("12:00"), at("10:00")).drafts))
    refusal = extend(story, "response", at("12:30"), at("10:10")).refused("invalid_field")
    assert "once" in refusal.detail


def test_no_further_than_the_policy_allows() -> None:
    refusal = extend(running(), "response", at("13:01"), at("10:00")).refused("invalid_field")
    assert "13:00" in refusal.remedy


def test_not_after_the_breach() -> None:
    extend(running(), "response", at("12:00"), at("11:00")).refused("already_breached")


@pytest.mark.parametrize("clock", ["ola:Network", "response"])
def test_not_a_clock_that_does_not_run(clock: str) -> None:
    story = running()
    reply = ReplySent(message="a1", author="human", audience="public", to_requester=True, channel="mail")
    story.hears(at("9:30"), reply)
    extend(story, clock, at("12:00"), at("10:00")).refused("invalid_field")


def test_not_while_it_is_paused_and_not_to_an_earlier_time() -> None:
    story = running()
    extend(story, "resolution", at("17:00"), at("9:30")).refused("invalid_field")
    story.hears(at("10:00"), d.WaitingStarted(wait="w1", on="client"))
    assert "paused" in extend(story, "resolution", at("12:00", day=2), at("10:10")).refused("invalid_field").detail
