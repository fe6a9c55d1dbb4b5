"""The read model `time_entries`: live working times that overlap, whatever ticket they are on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk.contract.ticket.billing import facts as f
from desk.eventstore.table_writer import AppliedEvent
from desk.testing import controls as c
from desk.testing.given import Story
from desk.testing.views import changes_of, filled
from desk_billing.views.time_entries import TimeEntriesView, overlapping

VIEW = TimeEntriesView()
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def hour(number: float) -> datetime:
    return NINE + timedelta(hours=number)


def labour(start: float, end: float, technician: str = "tess") -> f.Labour:
    minutes = int((end - start) * 60)
    return f.Labour(technician, hour(start), hour(end), minutes, role="t1", work_type="remote", source="desk")


def ticket(name: str, *facts: f.TimeLogged | f.TimeRemoved | f.TimeMoved | f.TimeCorrected) -> list[AppliedEvent]:
    return changes_of(name, Story().given(c.opening(), *facts), "billing")


def logged(entry: str, start: float, end: float) -> f.TimeLogged:
    return f.TimeLogged(entry=entry, rev=1, labour=labour(start, end))


@pytest.mark.postgres
def test_entries_that_overlap_are_found_the_earliest_first(database: str) -> None:
    changes = [*ticket("a", logged("e1", 2, 3), logged("e2", 0, 1)), *ticket("b", logged("e3", 0.5, 2.5))]
    with filled(database, "billing", [VIEW], changes) as cursor:
        assert [found.entry for found in overlapping(cursor, hour(0), hour(4))] == ["e2", "e3", "e1"]
        (first, *_) = overlapping(cursor, hour(0), hour(4))
        assert (first.technician, first.start, first.end) == ("tess", hour(0), hour(1))


@pytest.mark.postgres
def test_times_that_touch_do_not_overlap(database: str) -> None:
    with filled(database, "billing", [VIEW], ticket("a", logged("e1", 1, 2))) as cursor:
        assert overlapping(cursor, hour(0), hour(1)) == []
        assert overlapping(cursor, hour(2), hour(3)) == []
        assert [found.entry for found in overlapping(cursor, hour(1.9), hour(3))] == ["e1"]


@pytest.mark.postgres
def test_an_entry_without_a_duration_or_that_left_the_ticket_has_no_row(database: str) -> None:
    gone = f.TimeRemoved(entry="e2", rev=2, reason="deleted")
    away = f.TimeMoved(entry="e3", rev=2, direction="out", other="b", labour=labour(0, 1))
    here = f.TimeMoved(entry="e3", rev=2, direction="in", other="a", labour=labour(0, 1))
    first = ticket("a", logged("e1", 1, 1), logged("e2", 0, 1), logged("e3", 0, 1))
    with filled(database, "billing", [VIEW], first) as cursor:
        assert [found.entry for found in overlapping(cursor, hour(0), hour(4))] == ["e2", "e3"]
        later = ticket("a", logged("e1", 1, 1), logged("e2", 0, 1), logged("e3", 0, 1), gone, away)
        VIEW.apply(cursor, [*later[-2:], *ticket("b", here)])
        assert cursor.execute("SELECT ticket_id, entry FROM time_entries").fetchall() == [("b", "e3")]
        VIEW.clear(cursor)
        assert overlapping(cursor, hour(0), hour(4)) == []


@pytest.mark.postgres
def test_a_correction_replaces_the_time_of_the_entry(database: str) -> None:
    corrected = f.TimeCorrected(entry="e1", rev=2, labour=labour(5, 6, "tom"), reason="wrong day")
    with filled(database, "billing", [VIEW], ticket("a", logged("e1", 1, 2), corrected)) as cursor:
        assert overlapping(cursor, hour(0), hour(4)) == []
        assert [found.technician for found in overlapping(cursor, hour(5), hour(6))] == ["tom"]
