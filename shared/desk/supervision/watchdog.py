"""Detects a reader that is stuck."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.clock import Clock, SystemClock


class ReadWatchdog:
    """Watches one reader: stuck when its source ends further on and its position has not moved."""

    def __init__(self, after: timedelta, clock: Clock | None = None) -> None:
        self._after, self._clock = after, clock or SystemClock()
        self._position: int | None = None
        self._moved: datetime = self._clock.now()

    def observe(self, position: int, end: int) -> None:
        """Record the last position read and the end of the source."""
        if position != self._position or position >= end:
            self._position, self._moved = position, self._clock.now()

    async def check(self) -> str | None:
        """The problem, or None. For `Checks(live={"inbox": progress.check})`."""
        stalled = self._clock.now() - self._moved
        return f"no progress for {stalled.total_seconds():.0f} s" if stalled > self._after else None
