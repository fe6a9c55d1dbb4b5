"""Bands on the time line: where business hours begin and end, in any zone, also on the day of a change of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desk.calendars import zones
from desk.calendars.calendar import Calendar, compile_calendar
from desk.calendars.calendar_document import load_calendar
from desk.calendars.documents import builtin_calendar
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk_billing.rating.book import Book
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.overlap import Overlaps
from desk_billing.rating.rate import rate_ticket
from desk_billing.rating.versions import ALWAYS, Version, Versions

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Etc/UTC")
WINDOWS = ("00:00-24:00", "08:00-18:00", "22:00-06:00+1", "01:30-03:30", "07:15-12:45", "09:00-09:01")


CARD = RateCard.model_validate({"currency": "EUR", "default_role": "t", "roles": {"t": 60}})
RULES = BillingRules.model_validate({"rules": [{"name": "all", "then": "billable"}]})


def split(start: datetime, end: datetime, minutes: int, calendar: Calendar) -> dict[str, int]:
    """The minutes of an entry by band."""
    cards, rules = Versions([Version(ALWAYS, "1", CARD)]), Versions([Version(ALWAYS, "1", RULES)])
    book = Book({"any": calendar}, {"": cards}, rules)
    seconds = int(start.timestamp()), int(end.timestamp())
    entry = Entry(id="e", ticket="t", technician="tess", start=seconds[0], end=seconds[1], minutes=minutes)
    found: dict[str, int] = {}
    for line in rate_ticket(Ticket(id="t", client="acme", calendar="any"), [entry], book, Overlaps([entry])):
        assert line.minutes > 0
        found[line.band] = found.get(line.band, 0) + line.minutes
    return found


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    days = draw(st.lists(st.sampled_from(("mon", "tue", "wed", "thu", "fri", "sat", "sun")), min_size=1, unique=True))
    week = {day: [draw(st.sampled_from(WINDOWS[:2] + WINDOWS[3:]))] for day in days}
    if len(days) == 1:
        week = {days[0]: [draw(st.sampled_from(WINDOWS))]}
    zone = draw(st.sampled_from(ZONES))
    return compile_calendar(load_calendar({"id": "any", "version": 1, "zone": zone, "week": week}))


def changes_of_time() -> list[int]:
    """Seconds at which one of the zones changes its offset, 2010 to 2030."""
    return [start for zone in ZONES for year in range(2010, 2031) for start, _, _ in zones.offsets(zone, year)]


STARTS = st.integers(1_262_304_000, 1_900_000_000) | st.sampled_from(changes_of_time())


@given(calendars(), STARTS, st.integers(-86_400, 86_400), st.integers(1, 4_320), st.data())
def test_the_parts_of_an_entry_add_up_exactly_to_its_minutes(
    calendar: Calendar, near: int, shift: int, length: int, data: st.DataObject
) -> None:
    start = datetime.fromtimestamp(near + shift, UTC)
    minutes = data.draw(st.integers(1, length))
    parts = split(start, start + timedelta(minutes=length), minutes, calendar)
    assert sum(parts.values()) == minutes


@given(calendars(), STARTS, st.integers(-1_440, 1_440), st.integers(1, 2_880))
def test_each_whole_minute_lies_where_the_calendar_puts_it(
    calendar: Calendar, near: int, shift: int, length: int
) -> None:
    start = datetime.fromtimestamp((near // 60 + shift) * 60, UTC)
    minutes = (start + timedelta(minutes=n) for n in range(length))
    inside = sum(calendar.elapsed(minute, minute + timedelta(minutes=1)) == 60 for minute in minutes)
    parts = split(start, start + timedelta(minutes=length), length, calendar)
    assert parts.get("business", 0) == inside


def test_the_hour_that_a_change_of_time_skips_is_no_labour_of_it() -> None:
    calendar = compile_calendar(builtin_calendar("24x7"), "Europe/Berlin")
    night = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert split(night, night + timedelta(hours=3), 180, calendar) == {"business": 180}
