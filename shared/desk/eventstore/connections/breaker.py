"""After a wait for a database in vain, callers are refused at once for a moment; then one of them tries again.

Without it the waits of one request add up: for its ticket, for the group of commands before its own, for its own group.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from psycopg_pool import PoolTimeout

COOLDOWN = 0.5


class DatabaseUnavailable(PoolTimeout):
    """The database did not answer a moment ago, and nobody waits for it again so soon."""


class Breaker:
    """Closed while the database answers. `rest` seconds after it fell silent one caller tries, the others still not.

    Thread-safe. `now` gives monotonic seconds.
    """

    def __init__(self, cooldown: float = COOLDOWN, now: Callable[[], float] = time.monotonic) -> None:
        self._cooldown, self._now = cooldown, now
        self._lock = threading.Lock()
        self._until: float | None = None

    @property
    def closed(self) -> bool:
        """Whether the last that was heard of the database is good."""
        return self._until is None

    def check(self, patience: float) -> None:
        """Before a wait of at most `patience` seconds. Away when it is too early for one, or another caller tries."""
        if self._until is None:
            return
        with self._lock:
            now = self._now()
            if self._until is not None and now < self._until:
                raise DatabaseUnavailable("the database did not answer a moment ago")
            if self._until is not None:
                self._until = now + patience + self._cooldown

    def record_failure(self) -> None:
        """The wait was in vain."""
        with self._lock:
            self._until = self._now() + self._cooldown

    def record_success(self) -> None:
        """The database answers."""
        if self._until is not None:
            with self._lock:
                self._until = None
