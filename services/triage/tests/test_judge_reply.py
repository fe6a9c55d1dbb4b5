"""Judgement of a client's reply after the end, by the command `judge-reply`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake.conversation import ClientReplied
from desk.contract.ticket.triage import ends as en
from desk.testing import controls as c
from desk.testing.given import Story

from .triage_commands import send

WINDOW = 14


def replied(*, auto: bool = False, after: timedelta = timedelta(hours=1)) -> Story:
    """A resolved ticket, to whose requester the desk's mailbox or the PSA delivered one message."""
    story = Story().given(*c.ready_for_work(), c.resolved())
    end = story.ticket.triage.end
    assert end is not None
    reply = ClientReplied(message="m1", text="It drops again", auto=auto)
    return story.given(Draft(data=reply, time=end.time + after))


def test_a_thank_you_is_acknowledged_once_and_the_ticket_stays_resolved() -> None:
    story = send(replied(), "judge-reply", message="m1", verdict="acknowledged").then("reply-judged")
    assert (story.ticket.cycle, story.ticket.triage.judged) == (1, {"m1": "acknowledged"})
    send(story, "judge-reply", message="m1", verdict="acknowledged").nothing()


def test_another_verdict_on_a_judged_message_is_refused_and_names_the_command_that_reopens() -> None:
    thanks = send(replied(), "judge-reply", message="m1", verdict="acknowledged").then("reply-judged")
    refusal = send(thanks, "judge-reply", message="m1", verdict="reopen").refused("invalid_field")
    assert refusal.detail == "verdict: the message was judged acknowledged already."
    assert refusal.remedy == "Reopen the ticket with reopen."
    complaint = send(replied(), "judge-reply", message="m1", verdict="reopen").then("reply-judged", "reopened")
    send(complaint, "judge-reply", message="m1", verdict="reopen").nothing()
    refusal = send(complaint, "judge-reply", message="m1", verdict="acknowledged").refused("invalid_field")
    assert refusal.detail == "verdict: the message was judged reopen already."


def test_a_complaint_reopens_the_ticket_and_undoes_its_end() -> None:
    story = replied()
    end = story.ticket.triage.end
    outcome = send(story, "judge-reply", message="m1", verdict="reopen", notes="drops on large files")
    reopened = outcome.one(en.Reopened)
    assert end is not None
    assert (reopened.undoes, reopened.cause, reopened.notes) == (end.id, "reply", "drops on large files")
    assert outcome.drafts[1].cycle == 2
    assert outcome.then("reply-judged", "reopened").ticket.cycle == 2


def test_a_complaint_may_go_straight_to_tier_2() -> None:
    story = send(replied(), "judge-reply", message="m1", verdict="reopen", route="tier2").then(
        "reply-judged", "reopened", "queued"
    )
    assert (story.ticket.triage.phase, story.ticket.triage.tier) == ("escalated", "tier2")


def test_a_complaint_inside_the_window_reopens_also_when_it_is_judged_later() -> None:
    story = replied(after=timedelta(days=WINDOW))
    story.now += timedelta(days=WINDOW + 3)
    send(story, "judge-reply", message="m1", verdict="reopen").then("reply-judged", "reopened")


def test_a_complaint_after_the_window_is_refused_and_can_be_acknowledged() -> None:
    story = replied(after=timedelta(days=WINDOW, minutes=1))
    send(story, "judge-reply", message="m1", verdict="reopen").refused("window_over")
    send(story, "judge-reply", message="m1", verdict="acknowledged").then("reply-judged")


@pytest.mark.parametrize(
    ("story", "message", "detail"),
    [
        (replied(), "m2", "message: 'm2' is no message of the client on this ticket."),
        (replied(auto=True), "m1", "message: 'm1' is an automatic reply, which needs no judgement."),
        (replied(after=-timedelta(minutes=1)), "m1", "message: came before the end of the cycle."),
    ],
    ids=["no message", "automatic reply", "before the end"],
)
def test_a_message_that_cannot_be_judged_is_refused(story: Story, message: str, detail: str) -> None:
    refusal = send(story, "judge-reply", message=message, verdict="acknowledged").refused("invalid_field")
    assert refusal.detail == detail


def test_a_reply_to_an_open_ticket_is_refused() -> None:
    story = Story().given(*c.ready_for_work(), ClientReplied(message="m1", text="any news?"))
    send(story, "judge-reply", message="m1", verdict="acknowledged").refused("not_resolved")
