"""Limits retries while the database does not answer. The limit is short, because callers are better placed to wait."""

from __future__ import annotations

import time

from psycopg_pool import PoolTimeout

from desk.eventstore.connections.error_classification import is_brief, is_unavailable
from desk.eventstore.errors import StoreUnavailable

PAUSE = 0.1
LONGEST = 2.0


class RetryDeadline:
    """Allows retries until `longest` seconds after its creation. None after a wait for a connection, and none where the
    server refused."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._end = time.monotonic() + longest
        self._pause = PAUSE

    def wait_or_raise(self, error: Exception) -> None:
        """Sleep before the next try, twice as long each time. Raises the error when it concerns rows, StoreUnavailable
        at the deadline. The error is the driver's, or the library's with the driver's as its cause."""
        if not is_unavailable(error):
            raise error
        waited = isinstance(error, PoolTimeout) or isinstance(error.__cause__, PoolTimeout)
        if waited or not is_brief(error) or time.monotonic() + self._pause >= self._end:
            raise StoreUnavailable("the database does not answer; try again") from error
        time.sleep(self._pause)
        self._pause *= 2
