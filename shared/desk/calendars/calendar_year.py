"""Windows of one UTC year of a calendar, as instants.

An instant is working time when the local time of the zone is inside a window. So an hour that the zone skips has no
working time, an hour that it repeats counts twice, and a skipped day has none. A window belongs to the day on which it
opens: a holiday on that day closes it, also past midnight.
"""

from __future__ import annotations

import warnings
from datetime import date
from functools import lru_cache

import holidays

from . import zones
from .calendar_document import DAY_SECONDS, DAYS, CalendarDocument, HolidaySet, Span, parse_window

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Week:
    """The windows of each local day, by ordinal, and the names of special days and holidays."""

    def __init__(self, document: CalendarDocument) -> None:
        self._week = [_spans(document.week.get(day, ())) for day in DAYS]
        self._sets = document.holidays
        self._own = {own.day: (own.name, _spans(own.open)) for own in document.days}

    def spans(self, ordinal: int) -> tuple[Span, ...]:
        """(start, end) in seconds of the day, for the windows that open on it."""
        own = self._own_day(ordinal)
        if own is not None:
            return own[1]
        if self._sets and self._public(ordinal) is not None:
            return ()
        return self._week[(ordinal - 1) % 7]

    def special(self, ordinal: int) -> str | None:
        """The name of the special day or public holiday, else None."""
        own = self._own_day(ordinal)
        return own[0] if own is not None else self._public(ordinal)

    def _own_day(self, ordinal: int) -> tuple[str, tuple[Span, ...]] | None:
        if not self._own:
            return None
        day = date.fromordinal(ordinal).isoformat()
        return self._own.get(day) or self._own.get(day[5:])

    def _public(self, ordinal: int) -> str | None:
        day = date.fromordinal(ordinal)
        for chosen in self._sets:
            name = public_holidays(chosen, day.year).get(day)
            if name is not None:
                return name
        return None


@lru_cache(maxsize=2048)
def public_holidays(chosen: HolidaySet, year: int) -> dict[date, str]:
    """Date -> name, from the pinned ``holidays`` library."""
    with warnings.catch_warnings():
        # Some sets are complete only for some years and warn about others; the calendar then has the known days.
        warnings.simplefilter("ignore", UserWarning)
        found = holidays.country_holidays(
            chosen.country,
            subdiv=chosen.subdivision,
            years=year,
            observed=chosen.observed,
            expand=False,
            language="en_US",
        )
    return dict(found.items())


def year_windows(week: Week, zone: str, year: int) -> list[Span]:
    """(start, end) in UTC seconds of every stretch of working time in the UTC year, ordered and disjoint."""
    found: list[Span] = []
    for start, end, offset in zones.offsets(zone, year):
        found.extend(_stretch(week, start + offset, end + offset, offset))
    return merged(found)


def _stretch(week: Week, start: int, end: int, offset: int) -> list[Span]:
    """Windows between two local instants under one offset, as UTC seconds."""
    found = []
    for day in range(start // DAY_SECONDS - 1, (end - 1) // DAY_SECONDS + 1):
        midnight = day * DAY_SECONDS
        for opens, closes in week.spans(day + _EPOCH_ORDINAL):
            first, last = max(midnight + opens, start), min(midnight + closes, end)
            if first < last:
                found.append((first - offset, last - offset))
    return found


def merged(spans: list[Span]) -> list[Span]:
    """The union of the spans, in order."""
    union: list[Span] = []
    for start, end in sorted(spans):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


def _spans(windows: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(sorted(parse_window(text) for text in windows))
