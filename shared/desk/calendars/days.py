"""The days of a calendar, with working time, names and changes of time."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from . import zones
from .calendar import Calendar
from .calendar_document import DAY_SECONDS, Span

_EPOCH = date(1970, 1, 1)


class LocalDay(msgspec.Struct, frozen=True):
    """A day in the calendar's zone. ``worked``: stretches in local seconds of the day; repeated hours twice.

    ``name``: of the holiday or special day. ``shifted``: seconds by which a change of time made the day longer.
    ``skipped``: the zone had no such day.
    """

    day: date
    worked: tuple[Span, ...]
    name: str | None
    shifted: int
    skipped: bool

    @property
    def seconds(self) -> int:
        """Working seconds of the day."""
        return sum(end - start for start, end in self.worked)


def days_of(calendar: Calendar, year: int) -> tuple[LocalDay, ...]:
    """Every date of the year, 1970 to 2099."""
    worked, lengths = _by_day(calendar, year)
    first = date(year, 1, 1)
    found = []
    for offset in range((date(year + 1, 1, 1) - first).days):
        day = first + timedelta(days=offset)
        number = (day - _EPOCH).days
        length = lengths.get(number, 0)
        found.append(
            LocalDay(
                day=day,
                worked=tuple(worked.get(number, ())),
                name=calendar.week.special(day.toordinal()),
                shifted=length - DAY_SECONDS if length else 0,
                skipped=not length,
            )
        )
    return tuple(found)


def _by_day(calendar: Calendar, year: int) -> tuple[dict[int, list[Span]], dict[int, int]]:
    """Working spans, and the length of the day in seconds, both by days since 1970."""
    worked: dict[int, list[Span]] = {}
    lengths: dict[int, int] = {}
    for one in (year - 1, year, year + 1):
        for start, end, offset in zones.offsets(calendar.zone, one):
            for day, first, last in _cut(start + offset, end + offset):
                lengths[day] = lengths.get(day, 0) + last - first
            for opens, closes in calendar.windows_s(start, end):
                for day, first, last in _cut(opens + offset, closes + offset):
                    worked.setdefault(day, []).append((first, last))
    return worked, lengths


def _cut(start: int, end: int) -> list[tuple[int, int, int]]:
    """(day, from, to) of a stretch of local seconds, cut at every midnight."""
    found = []
    while start < end:
        day = start // DAY_SECONDS
        stop = min(end, (day + 1) * DAY_SECONDS)
        found.append((day, start - day * DAY_SECONDS, stop - day * DAY_SECONDS))
        start = stop
    return found
