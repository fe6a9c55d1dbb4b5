"""A call or a talk that is logged later is a response at its own time, also before the ticket was opened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.contract.ticket.intake.conversation import ReplyUndelivered
from desk.testing import controls as c

from .test_intake_decisions import open_story, send


@pytest.mark.parametrize("channel", ["phone", "in-person"])
@pytest.mark.parametrize("before", [timedelta(0), timedelta(minutes=20), timedelta(days=1)])
def test_the_reply_happened_when_the_client_was_answered(channel: str, before: timedelta) -> None:
    story = open_story()
    at = story.now - before
    story = send(story, "reply", text="Called the user", channel=channel, at=at).then("reply-sent")
    said = story.ticket.intake.messages[-1]
    assert (said.time, said.counts) == (at, True)


def test_a_reply_without_a_time_happens_when_it_is_recorded() -> None:
    assert send(open_story(), "reply", text="Called the user", channel="phone").drafts[0].time is None


def test_every_call_is_a_reply_of_its_own() -> None:
    story = send(open_story(), "reply", text="Called", channel="phone", at=c.NOW).then("reply-sent")
    send(story, "reply", text="Called again", channel="phone", at=c.NOW).then("reply-sent")


def test_a_call_that_is_yet_to_be_made_is_no_response() -> None:
    story = open_story()
    refusal = send(story, "reply", text="x", channel="phone", at=story.now + timedelta(seconds=1))
    assert refusal.refused("invalid_field").members["field"] == "at"


def test_a_reply_through_the_psa_has_no_time_of_its_own() -> None:
    refusal = send(open_story(), "reply", text="Hello", at=c.NOW).refused("invalid_field")
    assert refusal.members["field"] == "at"


def test_an_earlier_call_does_not_hide_that_a_later_reply_never_arrived() -> None:
    story = send(open_story(), "reply", text="Hello").then("reply-sent")
    lost = story.ticket.intake.messages[-1]
    story.given(ReplyUndelivered(message=lost.message, reason="not_delivered", effect="e1"))
    earlier = lost.time - timedelta(seconds=1)
    story = send(story, "reply", text="Called", channel="phone", at=earlier).then("reply-sent")
    assert story.ticket.intake.undelivered_reason == "not_delivered"
    story = send(story, "reply", text="Called", channel="phone", at=lost.time).then("reply-sent")
    assert story.ticket.intake.undelivered_reason is None
