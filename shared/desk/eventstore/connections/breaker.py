"""Refuses callers at once for a short time after the database did not answer; then one of them tries again.

Without it the waits of one request add up: for its ticket, for the group of commands before it, for its own group.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from psycopg_pool import PoolTimeout

COOLDOWN = 0.5


class DatabaseUnavailable(PoolTimeout):
    """The database did not answer a moment ago; the next try is not due yet."""


class Breaker:
    """Closed while the database answers. `cooldown` seconds after a failure one caller may try, the others still not.

    Thread-safe. `now` gives monotonic seconds.
    """

    def __init__(self, cooldown: float = COOLDOWN, now: Callable[[], float] = time.monotonic) -> None:
        self._cooldown, self._now = cooldown, now
        self._lock = threading.Lock()
        self._until: float | None = None

    @property
    def closed(self) -> bool:
        """Whether the last try succeeded."""
        return self._until is None

    def check(self, patience: float) -> None:
        """Call before a wait of at most `patience` seconds. DatabaseUnavailable when the cool-down is not over, or when
        another caller is trying."""
        if self._until is None:
            return
        with self._lock:
            now = self._now()
            if self._until is not None and now < self._until:
                raise DatabaseUnavailable("the database did not answer a moment ago")
            if self._until is not None:
                self._until = now + patience + self._cooldown

    def record_failure(self) -> None:
        """Open: the database did not answer."""
        with self._lock:
            self._until = self._now() + self._cooldown

    def record_success(self) -> None:
        """Close: the database answered."""
        if self._until is not None:
            with self._lock:
                self._until = None
