"""A ticket closes only after a person answered or judged what the client wrote after its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent
from desk.contract.ticket.triage import ends as en
from desk.testing.given import Story

from .test_docs_decisions import closable, send

HOUR = timedelta(hours=1)


def wrote(story: Story, message: str = "w1", *, auto: bool = False, after: timedelta = HOUR) -> Story:
    end = story.ticket.triage.end
    assert end is not None
    fact = ClientReplied(message=message, text="It is still broken", auto=auto)
    return story.given(Draft(data=fact, time=end.time + after))


def answered(story: Story, *, after: timedelta = 2 * HOUR, summary: str | None = None) -> Story:
    end = story.ticket.triage.end
    assert end is not None
    fact = ReplySent(
        message="a1", author="human", audience="public", to_requester=True, channel="phone", summary=summary
    )
    return story.given(Draft(data=fact, time=end.time + after))


def refused(story: Story) -> list[str]:
    return [row.gate for row in send(story, "close", code="network").refused("gates_open").missing]


def closed(story: Story) -> Story:
    return send(story, "close", code="network").then("closed", "survey-requested")


def test_a_ticket_is_not_closed_over_the_clients_word() -> None:
    assert refused(wrote(closable())) == ["reply"]


def test_an_answer_or_a_judgement_lets_it_close() -> None:
    closed(answered(wrote(closable())))
    closed(wrote(closable()).given(en.ReplyJudged(message="w1", verdict="acknowledged")))


def test_each_message_is_judged() -> None:
    story = wrote(wrote(closable()), "w2", after=2 * HOUR).given(en.ReplyJudged(message="w1", verdict="acknowledged"))
    assert refused(story) == ["reply"]
    closed(story.given(en.ReplyJudged(message="w2", verdict="acknowledged")))


def test_an_earlier_call_or_the_summary_is_no_answer() -> None:
    assert refused(answered(wrote(closable()), after=HOUR - timedelta(seconds=1))) == ["reply"]
    assert refused(answered(wrote(closable()), summary="1.2")) == ["reply"]


@pytest.mark.parametrize(("auto", "after"), [(True, HOUR), (False, -HOUR), (False, timedelta(0))])
def test_a_notice_and_a_message_before_the_end_stop_no_close(auto: bool, after: timedelta) -> None:
    closed(wrote(closable(), auto=auto, after=after))


def test_a_ticket_that_is_closed_already_stays_closed() -> None:
    send(wrote(closed(closable())), "close", code="network").nothing()
