"""Splits an entry into business hours and after hours, in whole minutes that add up exactly."""

from __future__ import annotations

from collections.abc import Mapping

from desk.calendars.calendar import Calendar
from desk.calendars.times import to_seconds
from desk.contract.ticket.billing.facts import Hours, Labour


def split(labour: Labour, calendar: Calendar) -> Mapping[Hours, int]:
    """Minutes within and beyond the calendar's hours; a class without a minute is omitted.

    The time of breaks is unknown: minutes fewer than the length are divided in proportion, and half a minute is rounded
    towards business hours.
    """
    start, end = to_seconds(labour.start), to_seconds(labour.end)
    length = end - start
    inside = calendar.elapsed_s(start, end)
    business = (2 * inside * labour.minutes + length) // (2 * length) if length > 0 else 0
    found: dict[Hours, int] = {"business-hours": business, "after-hours": labour.minutes - business}
    return {hours: minutes for hours, minutes in found.items() if minutes}
