"""Waits: what replaces one that runs, and how a wait until a date ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.decision.planning import Arm, Cancel, Due
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story
from desk_triage.decisions.diagnosis import wait_over
from desk_triage.timers import WAIT, scheduling

from .triage_commands import send


def ready() -> Story:
    return Story().given(*c.ready_for_work())


@pytest.mark.parametrize(
    ("on", "before", "after"),
    [
        ("schedule", {"until": c.NOW + timedelta(days=1)}, {"until": c.NOW + timedelta(days=2)}),
        ("vendor", {"reference": "case 7"}, {"reference": "case 8"}),
        ("vendor", {"reference": "case 7"}, {"reference": "case 7", "vendor": "isp"}),
    ],
)
def test_a_wait_that_says_something_else_replaces_the_one_that_runs(
    on: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    story = send(ready(), "wait", on=on, **before).then("waiting-started")
    send(story, "wait", on=on, **before).nothing()
    story = send(story, "wait", on=on, **after).then("waiting-ended", "waiting-started")
    (running,) = story.ticket.triage.waits.values()
    assert (running.on, running.until, running.reference) == (on, after.get("until"), after.get("reference"))


def test_a_message_replaces_the_wait_that_the_psa_began_without_one() -> None:
    asked = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa")
    began = Draft(data=d.WaitingStarted(wait="w1", on="client"), mode="outside")
    send(ready().given(asked, began), "wait", on="client", message="m1").then("waiting-ended", "waiting-started")


def test_a_wait_for_a_date_ends_by_itself_on_that_date_and_once() -> None:
    until = c.NOW + timedelta(days=1)
    story = ready().given(d.WaitingStarted(wait="w1", on="schedule", until=until))
    started, ended = (scheduling(PolicyBook())[fact] for fact in (d.WaitingStarted, d.WaitingEnded))
    armed = [change for arm in started for change in arm(story.events[-1], story.ticket)]
    assert armed == [Arm(WAIT, "w1", until)]
    due = Due(c.TICKET, WAIT, "w1", until, b"")
    story = story.when(lambda b, t, x: wait_over(due, t, x), None).then("waiting-ended")
    assert [change for arm in ended for change in arm(story.events[-1], story.ticket)] == [Cancel(WAIT, "w1")]
    assert status(story.ticket) is not Status.WAITING
    story.when(lambda b, t, x: wait_over(due, t, x), None).nothing()
