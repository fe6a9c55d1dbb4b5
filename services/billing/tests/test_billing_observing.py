"""Time entries of the PSA become labour: logged, corrected, removed, each revision once."""

from __future__ import annotations

import pytest

from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.intake.psa import PsaTimeObserved
from desk.testing import controls as c
from desk.testing.given import Story
from desk_billing.reactions import REACTIONS

from .billing_examples import at, book, hear, only, seen, selected, story

observe = REACTIONS[PsaTimeObserved]


def test_an_entry_of_the_psa_is_logged_with_its_minutes() -> None:
    outcome = story(rated=False).receives(observe, seen("e1", "r1", at(9), at(9, 45), billable="DoNotBill"))
    logged = outcome.one(f.TimeLogged)
    assert (logged.entry, logged.rev, logged.labour.minutes) == ("e1", 1, 45)
    assert (logged.labour.source, logged.labour.role, logged.labour.billable) == ("psa", "engineer", "DoNotBill")


def test_the_same_revision_again_records_nothing() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10)))
    told.receives(observe, seen("e1", "r1", at(9), at(10))).nothing()


def test_a_revision_that_changes_only_the_note_records_nothing() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10), notes="tunel"))
    told.receives(observe, seen("e1", "r2", at(9), at(10), notes="tunnel")).nothing()


def test_another_end_corrects_the_entry() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10)))
    corrected = told.receives(observe, seen("e1", "r2", at(9), at(11))).one(f.TimeCorrected)
    assert (corrected.rev, corrected.labour.minutes) == (2, 120)


def test_an_entry_deleted_in_the_psa_is_removed_once() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10)))
    gone = seen("e1", "r2", None, None, gone=True)
    told = told.receives(observe, gone).then("time-removed")
    assert not told.ticket.billing.live
    told.receives(observe, gone).nothing()


def test_an_entry_nobody_knew_is_not_removed() -> None:
    story().receives(observe, seen("e1", "r1", None, None, gone=True)).nothing()


def test_an_entry_that_came_back_is_logged_again() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10)), seen("e1", "r2", None, None, gone=True))
    assert told.receives(observe, seen("e1", "r3", at(9), at(10))).one(f.TimeLogged).rev == 3


def test_an_entry_that_still_runs_waits_for_its_end() -> None:
    story().receives(observe, seen("e1", "r1", at(9), None)).nothing()


@pytest.mark.parametrize("start", [at(10), at(11)])
def test_an_entry_without_duration_is_kept_and_left_to_a_person(start: object) -> None:
    told = hear(story(), seen("e1", "r1", start, at(10)))  # type: ignore[arg-type]
    rating = only(told).rating
    assert rating is not None and rating.why == "no-duration"


def test_imported_tickets_record_nothing() -> None:
    told = Story(book(), origin="import").given(c.opening(), c.tier())
    told.receives(observe, seen("e1", "r1", at(9), at(10))).nothing()
    told.receives(REACTIONS[type(selected())], selected()).nothing()
