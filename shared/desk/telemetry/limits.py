"""Limits log lines per place in the code: client libraries of an unavailable broker write hundreds a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

LINES = 5
WINDOW = 10.0


class LineLimit:
    """At most `lines` per place and `window` seconds; the next window's first line states how many were suppressed."""

    def __init__(self, lines: int = LINES, window: float = WINDOW, now: Callable[[], float] = time.monotonic) -> None:
        self._lines, self._window, self._now = lines, window, now
        self._lock = threading.Lock()
        self._places: dict[Hashable, tuple[float, int]] = {}

    def admit(self, place: Hashable) -> int | None:
        """None when the line is suppressed, else the number suppressed before it. The caller must limit the places."""
        with self._lock:
            now = self._now()
            start, count = self._places.get(place, (now, 0))
            suppressed = 0
            if now - start >= self._window:
                suppressed, start, count = max(0, count - self._lines), now, 0
            self._places[place] = (start, count + 1)
            return suppressed if count < self._lines else None
