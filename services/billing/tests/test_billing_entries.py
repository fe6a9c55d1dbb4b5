"""Logging, correcting and moving time, and everything that is refused about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.reads import Found
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_billing.commands import COMMANDS
from desk_billing.decisions.entries import ELSEWHERE
from desk_billing.decisions.overlapping import Stretch

from .billing_examples import BERLIN, NOW, at, book, follow, hear, log, only, seen, send, story, worked

OTHER = "01957b3e-0000-7000-8000-000000000002"


def correct(told: Story, start: datetime, end: datetime, **more: Any) -> Outcome:
    name = more.pop("entry", None) or only(told).entry
    return send(told, "correct-time", entry=name, start=start, end=end, **{"reason": "typo", **more})


def move(told: Story, other: Ticket | None = None, **more: Any) -> Outcome:
    found = Found(c.CLIENT, {OTHER: Story().given(c.opening()).ticket if other is None else other})
    body = {"entry": only(told).entry if told.ticket.billing.live else "e1", "other": OTHER, **more}
    return send(told, "move-time", found=found, **body)


def logged(*elsewhere: Stretch) -> Found:
    return Found(c.CLIENT, {}, {ELSEWHERE.name: elsewhere})


def test_labour_is_logged_for_the_technician_at_the_time_when_it_ended() -> None:
    outcome = log(story(), at(9), at(10, 30), role="engineer", note="tunnel restored")
    logged = outcome.one(f.TimeLogged)
    assert (logged.labour.technician, logged.labour.minutes, logged.labour.source) == (c.TECHNICIAN, 90, "desk")
    assert (logged.rev, logged.reason, outcome.drafts[0].time) == (1, "was on site", at(10, 30))


def test_the_same_labour_a_second_time_records_nothing() -> None:
    log(worked(story(), at(9), at(10)), at(9), at(10)).nothing()


def test_times_are_kept_in_utc() -> None:
    start = log(story(), at(9).astimezone(BERLIN), at(10)).one(f.TimeLogged).labour.start
    assert (start, start.tzinfo) == (at(9), UTC)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [(at(10), at(10), "end"), (at(11), at(10), "end"), (NOW, NOW + timedelta(minutes=10), "end")],
)
def test_time_ends_after_it_starts_and_not_in_the_future(start: datetime, end: datetime, field: str) -> None:
    assert log(story(), start, end).refused("invalid_field").detail.startswith(field)


def test_two_minutes_ahead_are_the_clocks_fault() -> None:
    told = story()
    outcome = log(told, told.now - timedelta(minutes=5), told.now + timedelta(minutes=2))
    assert outcome.drafts[0].time == told.now
    outcome.then("time-logged")


def test_more_than_15_minutes_late_needs_a_reason() -> None:
    told = story()
    log(told, at(9), at(10), reason="").refused("reason_missing")
    log(told, at(9), told.now - timedelta(minutes=15), reason="").then("time-logged")


def test_breaks_leave_fewer_minutes_never_more() -> None:
    assert log(story(), at(9), at(10), minutes=40).one(f.TimeLogged).labour.minutes == 40
    log(story(), at(9), at(10), minutes=61).refused("invalid_field")


def test_technicians_log_their_own_time_and_billing_everybodys() -> None:
    log(story(), at(9), at(10), technician="tom").refused("foreign_entry")
    logged = log(story(), at(9), at(10), technician="tom", roles="BI", by="bea").one(f.TimeLogged)
    assert logged.labour.technician == "tom"


def test_overlapping_time_of_one_person_is_refused_until_it_is_said_to_be_right() -> None:
    told = worked(story(), at(9), at(10))
    refusal = log(told, at(9, 30), at(10, 30)).refused("overlap")
    assert refusal.members["entries"] == [only(told).entry]
    log(told, at(9, 30), at(10, 30), anyway=True).then("time-logged")


def test_time_of_another_person_or_right_after_does_not_overlap() -> None:
    told = worked(story(), at(9), at(10))
    log(told, at(9, 30), at(10, 30), by="tom").then("time-logged")
    log(worked(story(), at(9), at(10)), at(10), at(11)).then("time-logged")


def test_time_on_another_ticket_overlaps_too() -> None:
    elsewhere = logged(Stretch("x", c.TECHNICIAN, at(9), at(10)), Stretch("y", "tom", at(9), at(10)))
    refusal = log(story(), at(9, 30), at(10, 30), found=elsewhere).refused("overlap")
    assert refusal.members["entries"] == ["x"]


def test_a_corrected_entry_does_not_overlap_with_itself() -> None:
    told = worked(story(), at(9), at(10))
    mine = logged(Stretch(only(told).entry, c.TECHNICIAN, at(9), at(10)))
    send(told, "correct-time", entry=only(told).entry, start=at(9), end=at(11), reason="r", found=mine).then(
        "time-corrected"
    )


def test_a_correction_is_the_whole_entry_as_its_next_revision() -> None:
    told = worked(story(), at(9), at(10), note="first")
    corrected = correct(told, at(9), at(11)).one(f.TimeCorrected)
    assert (corrected.rev, corrected.labour.minutes, corrected.labour.note) == (2, 120, "first")
    assert correct(told, at(9), at(10), note="second").one(f.TimeCorrected).labour.note == "second"


def test_correcting_to_what_stands_records_nothing() -> None:
    correct(worked(story(), at(9), at(10)), at(9), at(10)).nothing()


def test_a_correction_is_held_to_the_same_rules() -> None:
    told = worked(worked(story(), at(9), at(10)), at(11), at(12))
    first = told.ticket.billing.live[0].entry
    correct(told, at(11), at(10), entry=first).refused("invalid_field")
    correct(told, at(11), at(12), entry=first).refused("overlap")
    correct(told, at(8), at(9), entry=first, reason="").refused("reason_missing")
    correct(told, at(8), at(9), entry="nobody").refused("invalid_field")
    correct(told, at(8), at(9), entry=first, by="tom").refused("foreign_entry")
    correct(told, at(8), at(9), entry=first, by="bea", roles="BI").then("time-corrected")


def test_invoiced_time_is_neither_corrected_nor_moved() -> None:
    told = worked(story(), at(9), at(10))
    told = follow(told, send(told, "record-invoice", roles="BI", invoice="I-1"))
    correct(told, at(9), at(11)).refused("already_invoiced")
    move(told).refused("already_invoiced")


def test_entries_of_the_psa_are_changed_in_the_psa() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10)))
    assert "PSA" in correct(told, at(9), at(11)).refused("invalid_field").detail
    move(told).refused("invalid_field")


def test_a_closed_period_takes_no_more_time() -> None:
    policies = book()
    told = worked(story(policies), at(9), at(10))
    policies.put("billing-rules", "2", {**policies.get("billing-rules"), "closed_until": "2026-03-02"})
    log(told, at(11), at(12)).refused("period_closed")
    correct(told, at(9), at(11)).refused("period_closed")
    correct(told, at(7, day=1), at(8, day=1)).refused("period_closed")
    move(told).refused("period_closed")
    log(told, at(7, day=1), at(8, day=1)).then("time-logged")


def test_time_may_still_be_told_after_the_close_but_not_on_a_ticket_that_is_not_there() -> None:
    assert {command.allowed for command in COMMANDS} == {"always", "elsewhere"}
    told = Story(book())
    told.now = NOW
    log(told, at(9), at(10)).refused("unknown_ticket")
    assert log(story(), at(9), at(10), cycle=2).refused("cycle_conflict").members == {"seen": 2, "now": 1}


def test_who_may_send_what() -> None:
    assert {command.name: sorted(role.code for role in command.roles) for command in COMMANDS} == {
        "log-time": ["1", "2", "BI"],
        "correct-time": ["1", "2", "BI"],
        "move-time": ["1", "2", "BI"],
        "accept-time": ["BI"],
        "rate-by-hand": ["BI"],
        "confirm-time": ["1", "2", "BI", "SV"],
        "record-invoice": ["BI"],
        "write-off": ["BI"],
    }
