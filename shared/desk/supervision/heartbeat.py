"""Heartbeats of loops, by which their liveness is judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar

LIMIT = 60.0
"""Seconds by which a turn may be late before its loop counts as stuck."""


class Heartbeat:
    """The time of a loop's last completed turn. Written by the loop, read by any thread."""

    def __init__(self, name: str, extra: float = 0.0, now: Callable[[], float] = time.monotonic) -> None:
        self.name, self.failures = name, 0
        self._extra, self._now = extra, now
        self._completed = self._due = now()
        self._error = ""

    @property
    def age(self) -> float:
        """Seconds since the last completed turn."""
        return self._now() - self._completed

    @property
    def late(self) -> float:
        """Seconds since the next turn was due, or since this one began; at most 0 before."""
        return self._now() - self._due

    def completed(self, pause: float = 0.0) -> None:
        """Note a completed turn; the next begins after `pause` seconds at the latest."""
        self._completed, self._error = self._now(), ""
        self._due = self._completed + pause

    def progressed(self) -> None:
        """Note progress within a long turn."""
        self._due = max(self._due, self._now())

    def failed(self, error: Exception, pause: float, *, excused: bool) -> None:
        """Note a failed turn. With `excused` it counts as complete: the loop runs, but a server is unavailable."""
        self.failures += 1
        if excused:
            self.completed(pause)
        self._error = type(error).__name__

    def complaint(self, limit: float = LIMIT) -> str | None:
        """The problem when the loop makes no progress, else None."""
        if self.late <= limit + self._extra:
            return None
        return f"no turn for {self.age:.0f} s" + (f" ({self._error})" if self._error else "")


CURRENT: ContextVar[Heartbeat | None] = ContextVar("heartbeat", default=None)
"""The heartbeat of the loop that this code runs in."""


def progressed() -> None:
    """Note progress within the turn of the current loop, if any."""
    heartbeat = CURRENT.get()
    if heartbeat is not None:
        heartbeat.progressed()
