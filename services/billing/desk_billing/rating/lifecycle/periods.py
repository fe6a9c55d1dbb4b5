"""Billing periods as days: their end, and the one that follows."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta

from desk_billing.rating.steps.pieces import period_of

_MONTH, _WEEK = re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(\d{4})-W(\d{2})")


def end_of(period: str) -> date:
    """The day after the period. ValueError when it is neither a month (`2026-03`) nor a week (`2026-W10`)."""
    if (month := _MONTH.fullmatch(period)) is not None:
        year, number = int(month.group(1)), int(month.group(2))
        first = date(year, number, 1)
        return date(year + first.month // 12, first.month % 12 + 1, 1)
    if (week := _WEEK.fullmatch(period)) is not None:
        return date.fromisocalendar(int(week.group(1)), int(week.group(2)), 1) + timedelta(days=7)
    raise ValueError(f"{period!r} is no period")


def following(period: str) -> str:
    """The next period of the same kind."""
    return period_of(end_of(period), "week" if "W" in period else "month")


def first_open(period: str, closed: Collection[str]) -> str:
    """The period itself, or the first one after it that is not closed: labour that comes late is billed there."""
    while period in closed:
        period = following(period)
    return period


def later(day: date, period: str, count: int) -> date:
    """The day on which `count` further periods end, when a period ends at `day`; periods of the kind of `period`."""
    for _ in range(count):
        day = end_of(period_of(day, "week" if "W" in period else "month"))
    return day
