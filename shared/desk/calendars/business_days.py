"""Due dates in working days, for obligations without a client's calendar."""

from __future__ import annotations

from datetime import datetime, timedelta


def business_days_later(start: datetime, days: int) -> datetime:
    """The same time of day, ``days`` Mondays to Fridays later."""
    due = start
    while days > 0:
        due += timedelta(days=1)
        days -= due.weekday() < 5
    return due
