"""Obligations and follow-ups of a ticket that was merged, whose record is gone, or that was reopened."""

from __future__ import annotations

import pytest

from desk.contract.event import Draft, Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.ticket import flags
from desk.contract.ticket.triage import ends as en
from desk.decision.planning import Due
from desk.testing import controls as c
from desk.testing.given import Story
from desk_docs.timers import DUE, OBLIGATION

from .test_docs_decisions import outside, resolved, send

MERGED, GONE = i.MergedInto(root="root-1", evidence="same"), PsaGone(reason="deleted", proof=("404", "404"), episode=1)
ELSEWHERE = pytest.mark.parametrize("away", [MERGED, GONE], ids=["merged", "gone"])


def owing() -> Story:
    """A ticket that was closed in the PSA, with obligations."""
    first = outside(resolved())
    return first.then(*first.names)


def overdue(story: Story) -> list[str]:
    """The facts that the timers of all obligations lead to."""
    dues = [Due(c.TICKET, OBLIGATION, key, o.due, b"") for key, o in story.ticket.docs.obligations.items()]
    return [draft.data.name for due in dues for draft in DUE[OBLIGATION](due, story.ticket, story.context())]


@ELSEWHERE
def test_what_nobody_can_meet_is_neither_flagged_nor_overdue(away: Payload) -> None:
    story = owing()
    assert "obligations" in flags(story.ticket)
    assert "obligation-overdue" in overdue(story)
    story = story.given(away)
    assert "obligations" not in flags(story.ticket)
    assert overdue(story) == []


def test_a_reopened_ticket_is_not_flagged_for_what_the_cycle_before_owed() -> None:
    story = owing()
    end = story.ticket.triage.ends[1].id
    story = story.given(Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2))
    assert "obligations" not in flags(story.ticket)


@ELSEWHERE
def test_follow_ups_and_gaps_are_ended_there(away: Payload) -> None:
    story = resolved()
    for kind in ("replacement", "licence"):
        story = send(story, "raise-follow-up", kind=kind, owner="tess", due=c.NOW).then("follow-up-raised")
    for kind in ("missing", "wrong"):
        story = send(story, "raise-runbook-gap", kind=kind, basis="none").then("runbook-gap-raised")
    (done, dropped), (written, waived) = story.ticket.docs.follow_ups, story.ticket.docs.gaps
    story = story.given(away)
    story = send(story, "complete-follow-up", follow_up=done).then("follow-up-completed")
    story = send(story, "drop-follow-up", follow_up=dropped, reason="bought").then("follow-up-dropped")
    story = send(story, "update-runbook-gap", gap=written, document="d1", revision="2").then("runbook-updated")
    story = send(story, "waive-runbook-gap", by="cora", roles="CO", gap=waived, reason="one-off").then("runbook-waived")
    code = "ticket_merged" if away is MERGED else "ticket_gone"
    send(story, "raise-follow-up", kind="more", owner="tess", due=c.NOW).refused(code)
