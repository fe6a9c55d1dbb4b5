"""Labour of a ticket that was merged into another, or whose record is gone, is settled where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from desk.contract.event import Payload
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.ticket import Status, status
from desk.decision.reads import Found
from desk.testing import controls as c
from desk.testing.given import Outcome, Story

from .billing_examples import at, follow, hear, log, send, story, worked

MERGED, GONE = i.MergedInto(root="root-1", evidence="same"), PsaGone(reason="deleted", proof=("404", "404"), episode=1)
ELSEWHERE = pytest.mark.parametrize("away", [MERGED, GONE], ids=["merged", "gone"])


def left(away: Payload) -> Story:
    """An hour of billable work on a ticket that is elsewhere."""
    return hear(worked(story(), at(9), at(10)), away)


def entry(told: Story) -> str:
    return next(iter(told.ticket.billing.entries))


def bill(told: Story, name: str, **body: Any) -> Outcome:
    return send(told, name, by="bea", roles="BI", **body)


@ELSEWHERE
def test_labour_is_confirmed_by_its_technician_and_invoiced(away: Payload) -> None:
    told = follow(left(away), send(left(away), "confirm-time"))
    assert told.ticket.billing.confirmed(1)
    told = follow(told, bill(told, "record-invoice", invoice="2026-1"))
    assert told.ticket.billing.entries[entry(told)].end_of_life == "invoiced"
    assert not told.ticket.billing.flags


@ELSEWHERE
def test_labour_is_written_off_and_no_flag_is_left(away: Payload) -> None:
    told = left(away)
    assert bool(told.ticket.billing.flags) is (away is GONE)
    told = follow(told, bill(told, "write-off", entries=[entry(told)], reason="duplicate"))
    assert not told.ticket.billing.flags
    bill(told, "write-off", entries=[entry(told)], reason="duplicate").nothing()


@ELSEWHERE
def test_labour_is_corrected_and_moved_to_the_ticket_where_the_work_goes_on(away: Payload) -> None:
    told = left(away)
    times: dict[str, Any] = {"start": at(9), "end": at(9, 30), "reason": "typo"}
    follow(told, send(told, "correct-time", entry=entry(told), **times))
    root = Story().given(c.opening()).ticket
    moved = send(told, "move-time", entry=entry(told), other="root-1", found=Found(c.CLIENT, {"root-1": root}))
    told = follow(told, moved)
    assert told.ticket.billing.entries[entry(told)].state == "moved"
    assert not told.ticket.billing.flags


@ELSEWHERE
def test_held_and_unrated_labour_is_accepted_and_rated_by_hand(away: Payload) -> None:
    told = worked(story(), at(9), at(10), role="wizard")
    held = f.TimeHeld(entry="e9", rev=1, labour=told.ticket.billing.live[0].labour, why="future")
    told = hear(told, held, away)
    bill(told, "accept-time", entry="e9", reason="it is right").then("time-logged")
    line = {"minutes": 60, "billing_class": "covered"}
    bill(told, "rate-by-hand", entry=entry(told), lines=[line], reason="as agreed").then("time-rated")


@pytest.mark.parametrize(("away", "code"), [(MERGED, "ticket_merged"), (GONE, "ticket_gone")])
def test_new_labour_is_refused_there(away: Payload, code: str) -> None:
    told = left(away)
    assert status(told.ticket) in (Status.MERGED, Status.GONE)
    log(told, at(11), at(12)).refused(code)
