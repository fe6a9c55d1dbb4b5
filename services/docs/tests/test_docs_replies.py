"""A client writes after the end: an answer is owed once, and met by a person's answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent, ReplyUndelivered
from desk.contract.ticket.triage import ends as en
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_docs.reactions import REACTIONS

from .test_docs_decisions import resolved

LATER = timedelta(hours=1)


def wrote(story: Story, message: str = "m1", *, auto: bool = False, after: timedelta = LATER) -> Outcome:
    end = story.ticket.triage.end
    at = end.time + after if end else c.NOW
    fact = ClientReplied(message=message, text="It still does not work", auto=auto)
    return story.receives(REACTIONS[ClientReplied], Draft(data=fact, time=at))


def answered(story: Story, author: str = "human", *, after: timedelta = 2 * LATER) -> Outcome:
    end = story.ticket.triage.ends.get(1)
    at = end.time + after if end else c.NOW
    fact = ReplySent(message="a1", author=author, audience="public", to_requester=True, channel="psa")  # type: ignore[arg-type]
    return story.receives(REACTIONS[ReplySent], Draft(data=fact, time=at))


def test_a_reply_after_the_end_is_owed_an_answer_by_whoever_resolved() -> None:
    raised = wrote(resolved()).one(f.ObligationRaised)
    assert (raised.what, raised.owner) == ("reply", c.TECHNICIAN)


def test_a_second_reply_owes_no_second_answer() -> None:
    told = wrote(resolved()).then("obligation-raised")
    wrote(told, "m2").nothing()


@pytest.mark.parametrize(("auto", "after"), [(True, LATER), (False, -LATER), (False, timedelta(0))])
def test_a_notice_and_a_reply_before_the_end_owe_nothing(auto: bool, after: timedelta) -> None:
    wrote(resolved(), auto=auto, after=after).nothing()


def test_a_reply_to_an_open_ticket_owes_nothing() -> None:
    wrote(Story().given(c.opening())).nothing()


def test_a_persons_answer_meets_it_once() -> None:
    told = wrote(resolved()).then("obligation-raised")
    answered(told, "bot").nothing()
    told = answered(told).then("obligation-met")
    answered(told).nothing()


def test_a_call_from_before_the_clients_message_does_not_answer_it() -> None:
    told = wrote(resolved()).then("obligation-raised")
    answered(told, after=LATER - timedelta(seconds=1)).nothing()
    answered(told, after=LATER).then("obligation-met")


def test_the_summary_of_the_resolution_does_not_answer_it() -> None:
    told = wrote(resolved()).then("obligation-raised")
    end = told.ticket.triage.end
    assert end is not None
    base = {"author": "human", "audience": "public", "to_requester": True, "channel": "psa"}
    summary = ReplySent(message="s1", summary="1.1", **base)  # type: ignore[arg-type]
    outcome = told.receives(REACTIONS[ReplySent], Draft(data=summary, time=end.time + 2 * LATER))
    assert "obligation-met" not in outcome.names
    answered(told).then("obligation-met")


def test_a_reply_after_that_answer_is_owed_one_again() -> None:
    told = answered(wrote(resolved()).then("obligation-raised")).then("obligation-met")
    wrote(told, "m3").then("obligation-raised")


def test_a_reopened_ticket_owes_nothing_any_more() -> None:
    told = wrote(resolved()).then("obligation-raised")
    end = told.ticket.triage.end
    assert end is not None
    told = told.given(Draft(data=en.Reopened(undoes=end.id, cause="client"), cycle=2))
    answered(told).nothing()


def lost(story: Story, message: str = "a1") -> Outcome:
    fact = ReplyUndelivered(message=message, reason="write_back_off", effect="e1")
    return story.receives(REACTIONS[ReplyUndelivered], Draft(data=fact))


def test_an_answer_that_did_not_reach_the_client_is_owed_once_more_by_the_same_person() -> None:
    told = answered(wrote(resolved()).then("obligation-raised")).then("obligation-met")
    outcome = lost(told)
    raised = outcome.one(f.ObligationRaised)
    assert (raised.what, raised.owner) == ("reply", c.TECHNICIAN)
    lost(outcome.then("obligation-raised")).nothing()


def test_an_answer_that_is_owed_anyway_or_was_given_otherwise_is_not_raised_again() -> None:
    open_still = wrote(resolved()).then("obligation-raised")
    lost(open_still, "a0").nothing()
    told = answered(open_still).then("obligation-met")
    by_phone = ReplySent(message="a2", author="human", audience="public", to_requester=True, channel="phone")
    lost(told.given(Draft(data=by_phone, time=told.ticket.intake.messages[-1].time))).nothing()


def test_a_lost_answer_on_an_open_or_reopened_ticket_is_owed_to_no_closed_cycle() -> None:
    lost(Story().given(c.opening())).nothing()
    told = answered(wrote(resolved()).then("obligation-raised")).then("obligation-met")
    end = told.ticket.triage.end
    assert end is not None
    lost(told.given(Draft(data=en.Reopened(undoes=end.id, cause="client"), cycle=2))).nothing()


def judged(story: Story, message: str, verdict: Literal["acknowledged", "reopen"] = "acknowledged") -> Outcome:
    return story.receives(REACTIONS[en.ReplyJudged], en.ReplyJudged(message=message, verdict=verdict))


def test_a_message_that_needs_no_answer_meets_it_once() -> None:
    story = judged(wrote(resolved()).then("obligation-raised"), "m1").then("obligation-met")
    judged(story, "m1").nothing()


def test_it_stays_owed_while_another_message_is_neither_judged_nor_answered() -> None:
    story = wrote(wrote(resolved()).then("obligation-raised"), "m2", after=2 * LATER).nothing()
    judged(story, "m1").nothing()
    judged(story, "m2").then("obligation-met")


def test_a_verdict_to_reopen_meets_nothing() -> None:
    judged(wrote(resolved()).then("obligation-raised"), "m1", "reopen").nothing()


def test_a_lost_answer_to_a_message_that_needs_none_is_not_owed_again() -> None:
    story = answered(wrote(resolved()).then("obligation-raised")).then("obligation-met")
    judged(story, "m1").nothing()
    lost(story).nothing()


def test_a_message_whose_judgement_arrives_first_owes_nothing() -> None:
    wrote(judged(resolved(), "m1").nothing()).nothing()
