"""Counts the facts of an event store incrementally."""

from __future__ import annotations

import threading

from desk.eventstore.reads import Reads


class Totals:
    """Exact: facts are never removed, and notification ids become visible in their order. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted = (0, 0, 0)

    def read(self, reads: Reads) -> tuple[int, int, int]:
        """Number of own facts, number of replicated facts, last notification id."""
        with self._lock:
            own, replicated, after = self._counted
            more_own, more_replicated, last = reads.totals(after)
            # a store that ends earlier than before was restored: count everything again
            self._counted = reads.totals() if last < after else (own + more_own, replicated + more_replicated, last)
            return self._counted
