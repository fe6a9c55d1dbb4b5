"""A year of a calendar, to look at."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from desk.calendars.calendar import Calendar
from desk.calendars.days import days_of
from desk_sla.engine.svg.calendar_picture import year_svg, year_text

from .engine_examples import ALWAYS, HOUR, OFFICE, at, calendar

SVG = "{http://www.w3.org/2000/svg}"


def house() -> Calendar:
    eve = [{"day": "12-24", "name": "Christmas <Eve>", "open": ["08:00-12:00"]}]
    return calendar(zone="Europe/Berlin", holidays=[{"country": "DE", "subdivision": "BY"}], days=eve)


def test_the_text_has_a_sign_a_day_and_the_working_time_a_month() -> None:
    lines = year_text(house(), 2024).splitlines()
    assert lines[0] == "example v1 in 2024, zone Europe/Berlin (from policy)"
    assert lines[2] == "Jan  h####h.#####..#####..#####..###  220h"
    assert "2024-12-24 Christmas <Eve>: 08:00-12:00" in lines
    assert "2024-03-31 change of time, the day is 1h shorter, 0s of working time" in lines
    assert sum(int(line.rsplit("  ", 1)[1].removesuffix("h")) for line in lines[2:14]) == 2504


def test_the_working_time_of_all_days_is_that_of_the_year() -> None:
    found = sum(day.seconds for day in days_of(house(), 2024))
    assert found == house().elapsed_s(at("2023-12-31T23:00Z"), at("2024-12-31T23:00Z"))


def test_the_picture_is_well_formed_and_shows_every_day() -> None:
    picture = ElementTree.fromstring(year_svg(house(), 2024))
    titles = [cell.findtext(f"{SVG}title") or "" for cell in picture.iter(f"{SVG}g")]
    assert len(titles) == 366
    assert titles[0] == "2024-01-01 New Year's Day: closed"
    assert titles[1] == "2024-01-02 08:00-18:00"
    assert any("Christmas <Eve>: 08:00-12:00" in title for title in titles)


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25), ("2024-06-01", 24)])
def test_a_day_is_as_long_as_the_zone_showed_it(day: str, hours: int) -> None:
    found = next(one for one in days_of(calendar(ALWAYS, "Europe/Berlin"), 2024) if one.day.isoformat() == day)
    assert (found.seconds, found.shifted) == (hours * HOUR, (hours - 24) * HOUR)


def test_a_day_that_never_was_is_marked() -> None:
    apia = calendar(ALWAYS, "Pacific/Apia")
    assert [one.day.isoformat() for one in days_of(apia, 2011) if one.skipped] == ["2011-12-30"]
    assert "2011-12-30 the zone has no such day" in year_text(apia, 2011)


@pytest.mark.parametrize("year", [1970, 2099])
def test_the_first_and_the_last_year_can_be_shown(year: int) -> None:
    assert year_text(calendar(OFFICE, "Asia/Kathmandu"), year).count("\n") > 14
