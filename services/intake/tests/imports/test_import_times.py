"""Times of a log are read by declared formats and zones only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_intake.imports.times import TimeReader, compile_format


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("layout", "text", "expected"),
    [
        ("%d/%m/%Y %H:%M", "29/2/2016 01:16", utc(2016, 2, 29, 1, 16)),
        ("%Y/%m/%d %H:%M:%S.%f", "2012/10/09 14:50:17.000", utc(2012, 10, 9, 14, 50, 17)),
        ("%m/%d/%y %I:%M %p", "3/14/16 12:05 AM", utc(2016, 3, 14, 0, 5)),
        ("%d-%b-%Y", "07-Mar-1999", utc(1999, 3, 7)),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-05-01T08:00:00+0200", utc(2024, 5, 1, 6)),
        ("%d/%b/%y %I:%M %p", "16/Sept/24 4:22 PM", utc(2024, 9, 16, 16, 22)),
        ("%a, %d %b %Y %H:%M:%S %z", "Wed, 2 Oct 2013 10:15:50 +0300", utc(2013, 10, 2, 7, 15, 50)),
        ("%a, %d %b %Y", "Do, 13 Sep 2012", utc(2012, 9, 13)),
        ("%a %d.%m.%Y", "Mi. 02.10.2013", utc(2013, 10, 2)),
        ("%d %B %Y %H:%M", "16 March 2024 16:22", utc(2024, 3, 16, 16, 22)),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-06-18 14:16:00.1234567", utc(2024, 6, 18, 14, 16, 0, 123_456)),
        ("epoch-milliseconds", "1704060000000.0", utc(2023, 12, 31, 22)),
        ("iso", "2024-05-01T08:00:00Z", utc(2024, 5, 1, 8)),
        ("epoch-seconds", "1714550400", utc(2024, 5, 1, 8)),
        ("epoch-milliseconds", "1714550400250", utc(2024, 5, 1, 8, 0, 0, 250_000)),
    ],
)
def test_a_declared_format_is_read(layout: str, text: str, expected: datetime) -> None:
    assert TimeReader([layout], "UTC").read(text) == expected


@pytest.mark.parametrize("blank", ["\u202f", "\u00a0", "\u2009", "\u3000", "\t", "\u200e "])
def test_a_blank_of_any_kind_is_a_blank(blank: str) -> None:
    expected = utc(2024, 7, 16, 16, 22)
    assert TimeReader(["%d/%b/%y %I:%M %p"], "UTC").read(f"16/Jul/24 4:22{blank}PM") == expected
    assert TimeReader([f"%d/%b/%y{blank}%I:%M %p"], "UTC").read("16/Jul/24 4:22 PM") == expected


@pytest.mark.parametrize("text", ["16/Jul/24 4:22\u202f\u202fPM", "16/Jul/24 4:22\u200bPM", "16/Jul/24 4:22\nPM"])
def test_two_blanks_no_blank_and_a_line_end_are_no_blank(text: str) -> None:
    with pytest.raises(ValueError, match=r"times\.formats"):
        TimeReader(["%d/%b/%y %I:%M %p"], "UTC").read(text)


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("%d/%m/%Y %H:%M", "31/2/2016 01:16"),
        ("%d/%m/%Y %H:%M", "1/1/2016 24:00"),
        ("%d/%m/%Y %H:%M", "1/1/2016 01:16 "),
        ("%d/%m/%Y", "1/1/0016"),
        ("%d/%m/%Y", "١/١/2016x"),
        ("%d/%m/%Y %I:%M %p", "1/1/2016 13:00 PM"),
        ("%d-%b-%Y", "07-Mai-1999"),
        ("%d-%b-%Y", "07-Marc-1999"),
        ("%d %B %Y", "16 Mar 2024"),
        ("%d %B %Y", "16 Maerz 2024"),
        ("%a, %d %b %Y", "3, 13 Sep 2012"),
        ("epoch-seconds", "1714550400.5"),
        ("%Y-%m-%d %z", "2024-05-01 +99:00"),
        ("epoch-seconds", "-1"),
        ("iso", "yesterday"),
    ],
)
def test_a_text_that_is_no_time_is_refused_with_the_formats(layout: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"times\.formats"):
        TimeReader([layout], "UTC").read(text)


@pytest.mark.parametrize(
    ("layouts", "text"),
    [
        (["%d/%m/%Y", "%m/%d/%Y"], "2/1/2024"),
        (["%d-%m-%y", "%y-%m-%d"], "12-01-11"),
        (["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"], "12/01/2026 09:00"),
        (["epoch-seconds", "epoch-milliseconds"], "1714550400"),
    ],
)
def test_a_text_that_two_formats_read_differently_is_refused(layouts: list[str], text: str) -> None:
    for order in (layouts, layouts[::-1]):
        with pytest.raises(ValueError, match=rf"{order[0]} and {order[1]} read it .*; leave .* times\.formats"):
            TimeReader(order, "UTC").read(text)


@pytest.mark.parametrize(
    ("layouts", "text", "expected"),
    [
        (["%d/%m/%Y", "%m/%d/%Y"], "1/31/2024", utc(2024, 1, 31)),
        (["%d/%m/%Y", "%m/%d/%Y"], "3/3/2024", utc(2024, 3, 3)),
        (["%Y-%m-%d %H:%M", "iso"], "2024-07-10 09:00", utc(2024, 7, 10, 7)),
        (["iso", "%Y-%m-%dT%H:%M:%S%z"], "2024-05-01T08:00:00+02:00", utc(2024, 5, 1, 6)),
    ],
)
def test_formats_that_agree_about_a_text_read_it(layouts: list[str], text: str, expected: datetime) -> None:
    assert TimeReader(layouts, "UTC" if text[0] != "2" else "Europe/Rome").read(text) == expected


@pytest.mark.parametrize(
    "layout", ["%Y-%m", "%H:%M", "%d/%m/%Y %Q", "%d/%d/%m/%Y", "%d %b %m %Y", "%d/%m/%Y %I:%M", "%d/%m/%Y %"]
)
def test_a_format_that_names_no_day_or_an_unknown_part_is_refused(layout: str) -> None:
    with pytest.raises(ValueError, match="%"):
        compile_format(layout)


def test_local_times_follow_the_zone() -> None:
    reader = TimeReader(["%Y-%m-%d %H:%M"], "Europe/Rome")
    assert reader.read("2024-01-10 09:00") == utc(2024, 1, 10, 8)
    assert reader.read("2024-07-10 09:00") == utc(2024, 7, 10, 7)


def test_an_hour_that_the_zone_skips_is_refused_unless_it_moves_forward() -> None:
    with pytest.raises(ValueError, match=r"skips this hour.*times\.skipped"):
        TimeReader(["%Y-%m-%d %H:%M"], "Europe/Rome").read("2024-03-31 02:30")
    forward = TimeReader(["%Y-%m-%d %H:%M"], "Europe/Rome", skipped="forward")
    assert forward.read("2024-03-31 02:30") == utc(2024, 3, 31, 1, 30)


def test_an_hour_that_the_zone_has_twice_is_refused_unless_one_is_named() -> None:
    text = "2024-10-27 02:30"
    with pytest.raises(ValueError, match=r"twice.*times\.doubled"):
        TimeReader(["%Y-%m-%d %H:%M"], "Europe/Rome").read(text)
    first = TimeReader(["%Y-%m-%d %H:%M"], "Europe/Rome", doubled="first").read(text)
    second = TimeReader(["%Y-%m-%d %H:%M"], "Europe/Rome", doubled="second").read(text)
    assert (first, second) == (utc(2024, 10, 27, 0, 30), utc(2024, 10, 27, 1, 30))


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 12, 31)))
def test_what_strftime_writes_is_read_as_strptime_reads_it(moment: datetime) -> None:
    for layout in ("%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S", "%b %d, %Y %I:%M %p", "%y-%m-%d"):
        text = moment.strftime(layout)
        expected = datetime.strptime(text, layout).replace(tzinfo=UTC)
        if expected.year >= 1970:
            assert TimeReader([layout], "UTC").read(text) - expected == timedelta(0)
