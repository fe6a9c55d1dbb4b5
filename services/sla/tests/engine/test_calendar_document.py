"""Calendar documents that are refused, with the field and the remedy."""

from __future__ import annotations

import pytest

from desk.calendars.calendar import KEPT, compile_calendar
from desk.calendars.calendar_document import CalendarDocument, load_calendar, too_large
from desk.calendars.problems import DocumentError

from .engine_examples import OFFICE, calendar


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "unknown zone"),
        ({"week": {}}, "week", "no working time"),
        ({"week": {"mon": []}}, "week", "no working time"),
        ({"week": {"mon": ["18:00-08:00"]}}, "week.mon", "ends before it starts"),
        ({"week": {"mon": ["08:00-08:00"]}}, "week.mon", "ends before it starts"),
        ({"week": {"mon": ["08:00-12:00", "11:00-13:00"]}}, "week.mon", "overlap"),
        ({"week": {"sun": ["22:00-06:00+1"], "mon": ["05:00-07:00"]}}, "week.sun", "runs into"),
        ({"week": {"mon": ["8-18"]}}, "week.mon", "no window"),
        ({"week": {"mon": ["08:00-25:00"]}}, "week.mon", "no time of day"),
        ({"week": {"mon": ["08:00-09:00+1"]}}, "week.mon", "longer than a day"),
        ({"week": {"someday": ["08:00-09:00"]}}, "week.someday.[key]", "Input should be"),
        ({"holidays": [{"country": "XX"}]}, "holidays.0", "unknown holiday set"),
        ({"holidays": [{"country": "DE", "subdivision": "ZZ"}]}, "holidays.0", "unknown holiday set"),
        ({"days": [{"day": "30-02", "name": "never"}]}, "days.0.day", "no day"),
        ({"days": [{"day": "12-24", "name": "a"}, {"day": "12-24", "name": "b"}]}, "days", "named twice"),
        ({"version": 0}, "version", "greater than or equal"),
        ({"colour": "blue"}, "colour", "not permitted"),
    ],
)
def test_a_faulty_document_is_refused_with_field_and_remedy(change: dict[str, object], field: str, words: str) -> None:
    document = {"id": "office", "version": 1, "week": OFFICE, **change}
    with pytest.raises(DocumentError) as refused:
        load_calendar(document)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert words in refused.value.problems[0].fault
    assert refused.value.problems[0].remedy


def test_days_that_close_everything_are_refused() -> None:
    never = [{"day": f"{month:02}-{day:02}", "name": "shut"} for month in range(1, 13) for day in range(1, 32)]
    lengths = {"02": 29, "04": 30, "06": 30, "09": 30, "11": 30}
    valid = [own for own in never if int(own["day"][3:]) <= lengths.get(own["day"][:2], 31)]
    with pytest.raises(DocumentError, match="no working time"):
        calendar(days=valid)


def test_an_unknown_zone_from_a_site_is_refused() -> None:
    with pytest.raises(DocumentError, match="unknown zone 'Nowhere'"):
        compile_calendar(load_calendar({"id": "office", "version": 1, "week": OFFICE}), "Nowhere", "site")


def test_a_calendar_that_is_larger_than_anybody_works_is_named_by_field() -> None:
    windows = [f"{h:02}:{m:02}-{h:02}:{m + 1:02}" for h in range(12) for m in (0, 30)]
    days = [{"day": f"{year}-01-02", "name": "x"} for year in range(1500, 2001)]
    document = load_calendar(
        {"id": "large", "version": 1, "week": {"mon": windows}, "days": days, "holidays": [{"country": "DE"}] * 11}
    )
    assert [problem.field for problem in too_large(document)] == ["week", "days", "holidays"]
    assert too_large(load_calendar({"id": "office", "version": 1, "week": OFFICE})) == []


def test_only_the_calendars_used_last_are_kept_and_those_of_a_question_never() -> None:
    def numbered(number: int) -> CalendarDocument:
        return load_calendar({"id": f"c{number}", "version": 1, "week": OFFICE})

    first = compile_calendar(numbered(0))
    assert compile_calendar(numbered(0)) is first
    assert compile_calendar(numbered(0), keep=False) is not first
    for number in range(1, KEPT + 1):
        compile_calendar(numbered(number))
    assert compile_calendar(numbered(0)) is not first
