"""A clock that stands until it is told to go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    """Implements desk.clock.Clock. Starts on a Monday, 09:00 UTC, and may also be set back."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | None = None, **units: float) -> datetime:
        """Go on by a timedelta, or by its units, e.g. `advance(minutes=5)`; the new present."""
        self._now += by if by is not None else timedelta(**units)
        return self._now

    def set(self, now: datetime) -> None:
        """Set the present (aware)."""
        self._now = now
