"""Commands that are still permitted on a closed ticket, to do what is owed to it."""

from __future__ import annotations

from datetime import timedelta

from desk.contract.event import Draft
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent, ReplyUndelivered
from desk.contract.ticket.ticket import Status, flags, status
from desk.testing import controls as c
from desk.testing.given import Story

from .test_intake_decisions import open_story, send


def closed() -> Story:
    story = open_story().given(c.resolved())
    story = story.given(Draft(data=docs.Closed(resolution=story.events[-1].id), cycle=1))
    assert status(story.ticket) is Status.CLOSED
    return story


def test_a_reply_after_the_close_is_refused_while_the_client_waits_for_none() -> None:
    send(closed(), "reply", text="By the way").refused("ticket_closed")


def test_a_reply_that_is_owed_is_sent_after_the_close() -> None:
    owed = docs.ObligationRaised(what="reply", owner="tess", due=c.NOW + timedelta(days=2))
    story = closed().given(ClientReplied(message="m1", text="Still broken"), Draft(data=owed, cycle=1))
    story = send(story, "reply", text="We look at it").then("reply-sent")
    story = story.given(Draft(data=docs.ObligationMet(what="reply"), cycle=1))
    send(story, "reply", text="By the way").refused("ticket_closed")


def test_a_reply_that_did_not_arrive_is_sent_again_after_the_close() -> None:
    told = ReplySent(message="a1", author="human", audience="public", to_requester=True, channel="psa")
    story = closed().given(told, ReplyUndelivered(message="a1", reason="refused", effect="e1"))
    assert "reply-undelivered" in flags(story.ticket)
    story = send(story, "reply", text="Once more").then("reply-sent")
    assert "reply-undelivered" not in flags(story.ticket)


def test_the_hold_of_a_closed_ticket_is_cleared_by_a_coordinator() -> None:
    story = closed().given(CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"))
    send(story, "clear-caller-hold", roles="CO").refused("reason_missing")
    story = send(story, "clear-caller-hold", roles="CO", reason="the client's list was wrong").then(
        "caller-hold-cleared"
    )
    send(story, "clear-caller-hold", roles="CO", reason="again").nothing()
