"""Refuses callers at once for a short time after the database did not answer; then one of them tries again.

Without it the waits of one request add up: for its ticket, for the group of commands before it, for its own group.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from psycopg_pool import PoolTimeout

from desk.breaker import Breaker

COOLDOWN = 0.5


class DatabaseUnavailable(PoolTimeout):
    """The database did not answer a moment ago; the next try is not due yet."""


class DatabaseBreaker:
    """Closed while the database answers. `cooldown` seconds after a failure one caller may try, the others still not.

    Thread-safe. `now` gives monotonic seconds.
    """

    def __init__(self, cooldown: float = COOLDOWN, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock = now, threading.Lock()
        self._state = Breaker.of(1, cooldown)

    @property
    def closed(self) -> bool:
        """Whether the last try succeeded."""
        return not self._state.open

    def check(self, patience: float) -> None:
        """Call before a wait of at most `patience` seconds. DatabaseUnavailable when the cool-down is not over, or when
        another caller is trying."""
        if self.closed:
            return
        with self._lock:
            self._state, seconds = self._state.admit(self._now(), patience)
        if seconds > 0:
            raise DatabaseUnavailable("the database did not answer a moment ago")

    def record_failure(self) -> None:
        """Open: the database did not answer."""
        with self._lock:
            self._state = self._state.after_failure(self._now())

    def record_success(self) -> None:
        """Close: the database answered."""
        if not self.closed:
            with self._lock:
                self._state = self._state.after_success()
