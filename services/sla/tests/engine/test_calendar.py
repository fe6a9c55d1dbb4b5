"""Working time, resolved to instants."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from importlib import resources
from itertools import pairwise

import pytest

from desk.calendars import zones
from desk.calendars.calendar import compile_calendar
from desk.calendars.calendar_document import load_calendar

from .engine_examples import ALWAYS, HOUR, OFFICE, at, calendar


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_night_and_a_weekend_do_not_count() -> None:
    office = calendar()
    assert office.elapsed(moment("2024-03-01 17:00"), moment("2024-03-04 09:00")) == 2 * HOUR
    assert office.due(moment("2024-03-01 17:00"), 2 * HOUR) == moment("2024-03-04 09:00")


def test_a_target_that_ends_with_the_day_is_due_at_closing_time() -> None:
    assert calendar().due(moment("2024-03-01 17:00"), HOUR) == moment("2024-03-01 18:00")


def test_two_windows_a_day_leave_the_lunch_out() -> None:
    shop = calendar({"mon": ["08:00-12:00", "13:00:30-17:00"]})
    assert shop.elapsed(moment("2024-03-04 11:00"), moment("2024-03-04 13:01:30")) == HOUR + 60


def test_a_window_over_midnight_belongs_to_the_day_it_opens_on() -> None:
    night = calendar({"fri": ["22:00-06:00+1"]}, days=[{"day": "2024-03-08", "name": "closed"}])
    assert night.windows(moment("2024-03-01 00:00"), moment("2024-03-10 00:00")) == [
        (moment("2024-03-01 22:00"), moment("2024-03-02 06:00"))
    ]


def test_24x7_is_wall_clock_time() -> None:
    assert calendar(ALWAYS, "Europe/Berlin").elapsed(moment("2016-01-01"), moment("2026-01-01")) == 3653 * 24 * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "window", "hours"),
    [
        ("Europe/Berlin", "2024-03-31", "01:00-06:00", 4.0),
        ("Europe/Berlin", "2024-03-31", "02:30-06:00", 3.0),
        ("Europe/Berlin", "2024-10-27", "01:00-06:00", 6.0),
        ("Europe/Berlin", "2024-10-27", "02:30-06:00", 4.0),
        ("Australia/Lord_Howe", "2024-10-06", "01:00-05:00", 3.5),
        ("Australia/Lord_Howe", "2024-04-07", "01:00-05:00", 4.5),
        ("Asia/Kathmandu", "2024-10-06", "01:00-05:00", 4.0),
        ("Pacific/Apia", "2011-12-30", "00:00-24:00", 0.0),
        ("Pacific/Apia", "2011-12-31", "00:00-24:00", 24.0),
        ("America/Santiago", "2024-09-08", "00:00-08:00", 7.0),
        ("Antarctica/Troll", "2024-03-31", "00:00-08:00", 6.0),
    ],
)
def test_the_wall_clock_decides_at_a_change_of_time(zone: str, day: str, window: str, hours: float) -> None:
    weekday = datetime.fromisoformat(day).strftime("%a").lower()
    shop = calendar({weekday: [window]}, zone)
    middle = at(f"{day} 12:00")
    assert shop.elapsed_s(middle - 60 * HOUR, middle + 60 * HOUR) == hours * HOUR


def test_a_shop_in_kathmandu_opens_at_a_quarter() -> None:
    assert calendar(zone="Asia/Kathmandu").due(moment("2024-03-04 00:00"), 1) == moment("2024-03-04 02:15:01")


def test_public_holidays_close_and_an_own_day_overrides_them() -> None:
    bavaria = [{"country": "DE", "subdivision": "BY"}]
    half = [{"day": "12-24", "name": "Christmas Eve", "open": ["08:00-12:00"]}]
    open_anyway = [{"day": "2024-12-26", "name": "stocktaking", "open": ["10:00-11:00"]}]
    house = calendar(zone="Europe/Berlin", holidays=bavaria, days=half + open_anyway)
    assert house.elapsed(moment("2024-12-24"), moment("2024-12-28")) == (4 + 0 + 1 + 10) * HOUR


def test_a_holiday_added_later_is_another_version_and_leaves_the_first_alone() -> None:
    before = load_calendar({"id": "office", "version": 1, "week": OFFICE})
    after = load_calendar(
        {"id": "office", "version": 2, "week": OFFICE, "days": [{"day": "2024-03-04", "name": "flood"}]}
    )
    first, second = compile_calendar(before), compile_calendar(after)
    assert first.due_s(at("2024-03-04 10:00"), HOUR) == at("2024-03-04 11:00")
    assert second.due_s(at("2024-03-04 10:00"), HOUR) == at("2024-03-05 09:00")
    assert compile_calendar(before) is first


def test_facts_out_of_range_get_bounded_answers() -> None:
    office, first, last = calendar(), datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert office.due(first, HOUR) == datetime(1970, 1, 1, 9, tzinfo=UTC)
    assert office.due(last, HOUR) == datetime(2100, 1, 1, tzinfo=UTC)
    assert office.elapsed(last, first) == 0
    assert office.elapsed(first, last) == office.elapsed(moment("1970-01-01"), moment("2100-01-01")) > 0
    assert office.windows(last, last) == []


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        calendar().elapsed(datetime(2024, 3, 4), datetime(2024, 3, 5))


def test_no_zone_changes_twice_between_two_probes() -> None:
    """Read from the zone files themselves: the probing of offsets can miss nothing after 1970."""
    for name in sorted(zones.names()):
        data = resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()
        changes = [second for second in _transitions(data) if second > 0]
        assert all(right - left > zones.PROBE for left, right in pairwise(changes)), name


def _transitions(data: bytes) -> list[int]:
    def counts(at: int) -> tuple[int, ...]:
        return struct.unpack_from(">6l", data, at + 20)

    isut, isstd, leap, times, types, chars = counts(0)
    second = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    number = counts(second)[3]
    return list(struct.unpack_from(f">{number}q", data, second + 44))
