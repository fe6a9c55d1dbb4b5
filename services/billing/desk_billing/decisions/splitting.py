"""An entry cut at the border between business hours and after hours, in whole minutes that add up exactly."""

from __future__ import annotations

from collections.abc import Mapping

from desk.calendars.calendar import Calendar
from desk.calendars.times import to_seconds
from desk.contract.ticket.billing.facts import Hours, Labour


def split(labour: Labour, calendar: Calendar) -> Mapping[Hours, int]:
    """Minutes inside and outside the calendar's hours; classes without a minute are left out.

    Breaks are not placed: minutes fewer than the stretch are shared out in proportion to it, half a minute rounds
    towards business hours.
    """
    start, end = to_seconds(labour.start), to_seconds(labour.end)
    length = end - start
    inside = calendar.elapsed_s(start, end)
    business = (2 * inside * labour.minutes + length) // (2 * length) if length > 0 else 0
    found: dict[Hours, int] = {"business-hours": business, "after-hours": labour.minutes - business}
    return {hours: minutes for hours, minutes in found.items() if minutes}
