"""Read-your-writes across services: waits until a replica has applied what a user has seen elsewhere (Desk-Seen)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping

from desk.contract.event import Stream
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import AppliedEvent

PATIENCE = 2.0
POLL = 0.25


class ReadYourWrites:
    """Waiters by aggregate, woken by commits of this process; commits of others are found by polling."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._waiting: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    def committed(self, changes: list[AppliedEvent]) -> None:
        """Wake waiters. A listener of the event log."""
        if not self._waiting:
            return
        with self._lock:
            found = [pair for change in changes for pair in self._waiting.get(change.aggregate, ())]
        for loop, event in found:
            loop.call_soon_threadsafe(event.set)

    async def wait(self, stream: Stream, subject: str, vector: Mapping[str, int], patience: float = PATIENCE) -> bool:
        """Wait at most `patience` seconds for every owner's facts up to these ownerseqs; whether they are applied."""
        end = time.monotonic() + patience
        aggregate, waiter = aggregate_of(stream, subject), (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.setdefault(aggregate, []).append(waiter)
        try:
            while not await asyncio.to_thread(self._has, stream, subject, vector):
                left = end - time.monotonic()
                if left <= 0:
                    return False
                await _either(waiter[1], min(left, POLL))
            return True
        finally:
            self._forget(aggregate, waiter)

    def _has(self, stream: Stream, subject: str, vector: Mapping[str, int]) -> bool:
        replica = self._log.replica(stream, subject)
        return all(replica.head(owner).seq >= seq for owner, seq in vector.items())

    def _forget(self, aggregate: str, waiter: tuple[asyncio.AbstractEventLoop, asyncio.Event]) -> None:
        with self._lock:
            self._waiting[aggregate].remove(waiter)
            if not self._waiting[aggregate]:
                del self._waiting[aggregate]


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
