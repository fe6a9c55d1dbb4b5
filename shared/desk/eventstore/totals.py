"""How many facts a log holds, without counting those again that were counted before."""

from __future__ import annotations

import threading

from desk.eventstore.reads import Reads


class Totals:
    """Exact: facts are never removed, and notification ids become visible in their order. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = (0, 0, 0)

    def read(self, reads: Reads) -> tuple[int, int, int]:
        """Own facts, facts of others, the last notification id."""
        with self._lock:
            own, heard, after = self._known
            more_own, more_heard, last = reads.totals(after)
            # a log that ends earlier than it did was restored: everything is counted anew
            self._known = reads.totals() if last < after else (own + more_own, heard + more_heard, last)
            return self._known
