"""Bands on the time line: holiday > business > named bands of the card > after hours."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime
from functools import lru_cache

from desk.calendars import zones
from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import DAY_SECONDS, CalendarDocument, Span
from desk.calendars.calendar_year import Week, year_windows
from desk.decision.policies.labour.card import AFTER_HOURS, BUSINESS, HOLIDAY, RateCard

_EPOCH = date(1970, 1, 1).toordinal()
_FIRST, _LAST = 1971, 2098
Piece = tuple[int, int, str]
"""Start, end (exclusive), band."""


class Bands:
    """The bands of one calendar under one card. Years are compiled on first use, as the calendar's are."""

    def __init__(self, calendar: Calendar, card: RateCard) -> None:
        self.zone = calendar.zone
        self._calendar = calendar
        self._named = [(name, _windows(card, name)) for name, band in card.bands.items() if band.windows]
        self._years: dict[int, tuple[list[int], list[str]]] = {}

    def pieces(self, start: int, end: int) -> list[Piece]:
        """[start, end) cut wherever the band changes."""
        found: list[Piece] = []
        at = start
        while at < end:
            starts, names, limit = self._year_of(at)
            index = bisect_right(starts, at) - 1
            stop = min(end, starts[index + 1] if index + 1 < len(starts) else limit)
            if found and found[-1][2] == names[index]:
                found[-1] = (found[-1][0], stop, names[index])
            else:
                found.append((at, stop, names[index]))
            at = stop
        return found

    def _year_of(self, second: int) -> tuple[list[int], list[str], int]:
        year = min(max(datetime.fromtimestamp(second, UTC).year, _FIRST), _LAST)
        if year not in self._years:
            self._years[year] = self._compiled(year)
        starts, names = self._years[year]
        return starts, names, zones.year_start(year + 1) if year < _LAST else 1 << 62

    def _compiled(self, year: int) -> tuple[list[int], list[str]]:
        start, end = zones.year_start(year), zones.year_start(year + 1)
        layers: list[tuple[str, list[Span]]] = [(HOLIDAY, _holidays(self._calendar, year))]
        layers.append((BUSINESS, self._calendar.windows_s(start, end)))
        layers += [(name, year_windows(week, self.zone, year)) for name, week in self._named]
        borders = {start, *(border for _, spans in layers for span in spans for border in span if border < end)}
        starts: list[int] = []
        names: list[str] = []
        for at in sorted(borders):
            band = next((name for name, spans in layers if _inside(spans, at)), AFTER_HOURS)
            if not names or names[-1] != band:
                starts.append(at)
                names.append(band)
        return starts, names


def _inside(spans: list[Span], second: int) -> bool:
    index = bisect_right(spans, (second, 1 << 62)) - 1
    return index >= 0 and second < spans[index][1]


def _windows(card: RateCard, name: str) -> Week:
    """The windows of a named band by weekday."""
    band = card.bands[name]
    return Week(CalendarDocument(id="band", version=1, week=dict.fromkeys(band.days, band.windows)))


def is_holiday(calendar: Calendar, ordinal: int) -> bool:
    """Whether the date is a public holiday, or a special day without windows."""
    return calendar.week.special(ordinal) is not None and not calendar.week.spans(ordinal)


def _holidays(calendar: Calendar, year: int) -> list[Span]:
    """The holidays of the zone in the UTC year, from midnight to midnight, in order."""
    found: list[Span] = []
    for start, end, offset in zones.offsets(calendar.zone, year):
        for day in range((start + offset) // DAY_SECONDS, (end - 1 + offset) // DAY_SECONDS + 1):
            if is_holiday(calendar, day + _EPOCH):
                midnight = day * DAY_SECONDS - offset
                found.append((max(midnight, start), min(midnight + DAY_SECONDS, end)))
    return sorted(found)


@lru_cache(maxsize=65_536)
def midnight(zone: str, day: date) -> int:
    """The instant at which the day begins in the zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zones.zone(zone)).timestamp())


def day_of(zone: str, second: int) -> date:
    """The date in the zone at an instant."""
    return datetime.fromtimestamp(second, zones.zone(zone)).date()
