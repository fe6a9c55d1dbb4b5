"""Time of the PSA counts its hours, and what nobody can have worked is held until somebody says that it is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.intake.psa import PsaTimeObserved
from desk.testing.given import Story
from desk_billing.reactions import REACTIONS

from .billing_examples import NOW, at, follow, hear, log, only, seen, send, story

observe = REACTIONS[PsaTimeObserved]
LONG_AGO = datetime(1900, 1, 1, 8, tzinfo=UTC)
BEFORE_ANY_DESK = datetime(1971, 1, 1, 8, tzinfo=UTC)
"""Within the bounds of every time in a request, and still nobody's working day."""


def held(start: datetime = LONG_AGO, end: datetime = LONG_AGO + timedelta(hours=1)) -> Story:
    return hear(story(), seen("e1", "r1", start, end))


def test_a_deducted_break_is_neither_logged_nor_rated() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(12), minutes=120))
    entry = only(told)
    assert entry.labour.minutes == 120
    assert entry.rating is not None and sum(line.minutes for line in entry.rating.lines) == 120


def test_a_break_that_is_deducted_afterwards_corrects_the_entry_once() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(12)))
    told = told.receives(observe, seen("e1", "r2", at(9), at(12), minutes=150)).then("time-corrected")
    told.receives(observe, seen("e1", "r2", at(9), at(12), minutes=150)).nothing()


def test_hours_without_an_end_are_labour_from_the_start() -> None:
    logged = story().receives(observe, seen("e1", "r1", at(9), None, minutes=45)).one(f.TimeLogged)
    assert (logged.labour.end, logged.labour.minutes) == (at(9, 45), 45)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (LONG_AGO, LONG_AGO + timedelta(hours=1), "too-early"),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, 1, tzinfo=UTC), "too-early"),
        (at(9, day=-400), at(10, day=-400), "too-early"),
        (at(9, day=-30), at(9), "too-long"),
        (at(9, day=60), at(10, day=60), "future"),
        (at(9), at(10, day=90), "future"),
    ],
)
def test_labour_that_nobody_can_have_done_is_held_and_not_rated(start: datetime, end: datetime, why: str) -> None:
    told = story()
    told.now = NOW
    drafts = told.receives(observe, seen("e1", "r1", start, end))
    assert drafts.one(f.TimeHeld).why == why
    told = held(start, end)
    assert told.ticket.billing.live == ()
    assert [entry.rating for entry in told.ticket.billing.held] == [None]


@pytest.mark.parametrize(
    ("start", "end"), [(at(9, day=-300), at(10, day=-300)), (at(9), at(20, day=1)), (at(9), at(9))]
)
def test_unusual_labour_is_logged(start: datetime, end: datetime) -> None:
    assert held(start, end).ticket.billing.held == ()


def test_a_held_entry_is_held_once_and_blocks_the_confirmation() -> None:
    told = held()
    told.receives(observe, seen("e1", "r2", LONG_AGO, LONG_AGO + timedelta(hours=1), notes="again")).nothing()
    refusal = send(told, "confirm-time", zero_reason="no-work-needed").refused("time_unrated")
    assert refusal.missing[0][0] == "e1"


def test_billing_accepts_a_held_entry_once_and_it_is_rated() -> None:
    told = held()
    outcome = send(told, "accept-time", roles="BI", by="bea", entry="e1", reason="Taken over from paper")
    assert outcome.one(f.TimeLogged).reason == "Taken over from paper"
    told = follow(told, outcome)
    assert only(told).rating is not None
    send(told, "accept-time", roles="BI", by="bea", entry="e1", reason="again").nothing()
    told.receives(observe, seen("e1", "r2", LONG_AGO, LONG_AGO + timedelta(hours=1), notes="again")).nothing()


def test_only_a_held_entry_can_be_accepted() -> None:
    send(story(), "accept-time", roles="BI", by="bea", entry="e9", reason="x").refused("invalid_field")


def test_a_held_entry_that_is_corrected_in_the_psa_is_logged() -> None:
    told = held().receives(observe, seen("e1", "r2", at(9), at(10))).then("time-logged")
    assert only(told).labour.minutes == 60


def test_a_held_entry_that_is_deleted_in_the_psa_is_removed() -> None:
    held().receives(observe, seen("e1", "r2", None, None, gone=True)).then("time-removed")


def test_a_logged_entry_that_becomes_impossible_is_held() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10)), seen("e1", "r2", at(9), at(10, day=30)))
    assert told.ticket.billing.live == ()


@pytest.mark.parametrize("start", [BEFORE_ANY_DESK, at(9, day=-30)])
def test_such_labour_by_hand_is_refused_until_it_is_said_to_be_right(start: datetime) -> None:
    end = at(10) if start != BEFORE_ANY_DESK else BEFORE_ANY_DESK + timedelta(hours=1)
    log(story(), start, end).refused("invalid_field")
    log(story(), start, end, anyway=True).then("time-logged")


def test_a_persons_name_in_another_case_is_the_same_person() -> None:
    told = follow(story(), log(story(), at(9), at(10)))
    log(told, at(9, 30), at(9, 45), technician=only(told).labour.technician.upper(), roles="BI").refused("overlap")
