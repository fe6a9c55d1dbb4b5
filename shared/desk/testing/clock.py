"""A clock that advances only on request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    """Implements desk.clock.Clock. Starts on a Monday, 09:00 UTC; may also be set back."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | None = None, **units: float) -> datetime:
        """Advance by a timedelta, or by its units, e.g. `advance(minutes=5)`; returns the new time."""
        self._now += by if by is not None else timedelta(**units)
        return self._now

    def set(self, now: datetime) -> None:
        """Set the time (aware)."""
        self._now = now
