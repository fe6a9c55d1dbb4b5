"""Fills gaps with facts fetched from their owner. Also applies records that wait behind nothing any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Set
from typing import NamedTuple

import structlog

from desk.contract.event import OWNERS
from desk.eventstore.aggregate_id import split
from desk.eventstore.errors import LogError
from desk.eventstore.event_log import EventLog
from desk.eventstore.relay_rows import dropped, subtract_dropped
from desk.inbox.inbox import Inbox
from desk.inbox.inbox_result import BlockedAggregate
from desk.inbox.parked_admin import Parking
from desk.inbox.parked_rows import Parked
from desk.inbox.ports import Fetched, PeerFacts
from desk.inbox.retry_parked import Retry, fetched_records
from desk.inbox.vouching import DOUBTED

FIRST, LONGEST, SWEEP = 0.05, 30.0, 5.0
ASK = DOUBTED | {"gap"}
"""Causes for which the owner is asked for its facts."""
REPAIRABLE = ASK | {"behind"}
log = structlog.get_logger(__name__)


class Wait(NamedTuple):
    """The time of an aggregate's next try (monotonic seconds), and the pause after it."""

    at: float
    pause: float


class GapFiller:
    """Fills parked gaps in the background, with growing pauses while the owner does not answer."""

    def __init__(self, event_log: EventLog, peers: PeerFacts | None, now: Callable[[], float] = time.monotonic) -> None:
        self._log, self._peers, self._now = event_log, peers, now
        self._parking = Parking(event_log)
        self._waits: dict[str, Wait] = {}
        self._running: asyncio.AbstractEventLoop | None = None
        self._loop = event_log.loops.task("gaps", self._turn, excused=(LogError,))

    def request(self, stopped: BlockedAggregate) -> None:
        """Wake the loop after a record was parked. Thread-safe."""
        if stopped.cause in REPAIRABLE and self._running is not None and not self._running.is_closed():
            self._running.call_soon_threadsafe(self._loop.wake)

    async def start(self) -> None:
        """Start, beginning with gaps left by an earlier run."""
        self._running = asyncio.get_running_loop()
        self._loop.start()

    async def stop(self) -> None:
        """Stop after the present aggregate."""
        await self._loop.cancel()

    def sweep(self) -> int:
        """Try every repairable aggregate that is due; returns how many are waiting."""
        heads = [row for row in self._parking.heads() if row.cause in REPAIRABLE]
        self._waits = {row.aggregate: self._waits.get(row.aggregate, Wait(0, FIRST)) for row in heads}
        for row in heads:
            wait = self._waits[row.aggregate]
            if self._now() >= wait.at:
                self._waits[row.aggregate] = Wait(self._now() + wait.pause, min(wait.pause * 2, LONGEST))
                self._repair(row)
        return len(heads)

    def fetch_dropped(self) -> int:
        """Fetch from their owners facts that topics dropped before they were read here; returns the number applied.

        Dropped records stay counted until every owner has answered. An owner that is unavailable delays no other.
        """
        count = self._log.store.execute(dropped)
        if not count or self._peers is None:
            return 0
        blocked = {row.aggregate for row in self._parking.heads()}
        vectors = self._log.store.read(lambda reads: reads.vectors())
        total, unavailable = 0, list[str]()
        for owner in (owner for owner in OWNERS if owner != self._log.owner):
            replicated = {aggregate: vector.get(owner, 0) for aggregate, vector in vectors.items()}
            try:
                total += self._fetch_all(self._peers, owner, replicated, blocked)
            except LogError:
                unavailable.append(owner)
        if not unavailable:
            self._log.store.execute(lambda cursor: subtract_dropped(cursor, count))
        log.warning("owners were asked for facts that topics had dropped", count=total, peer=",".join(unavailable))
        return total

    def _fetch_all(self, peers: PeerFacts, owner: str, replicated: Mapping[str, int], blocked: Set[str]) -> int:
        lasts = peers.lasts(owner).items()
        behind = [name for name, last in lasts if replicated.get(name, 0) < last and name not in blocked]
        return sum(self._fetch(peers, owner, aggregate, replicated.get(aggregate, 0)) for aggregate in behind)

    def _fetch(self, peers: PeerFacts, owner: str, aggregate: str, after: int) -> int:
        stream, subject = split(aggregate)
        fetched = peers.after(owner, stream.value, subject, after)
        result = Inbox(self._log).apply(fetched_records(stream.topic, subject, fetched))
        return result.applied.total()

    def _repair(self, row: Parked) -> None:
        stream, subject = split(row.aggregate)
        fetched: list[Fetched] = []
        ask = row.cause in ASK
        if ask and self._peers is not None and row.owner != self._log.owner:
            head = self._log.replica(stream, subject).head(row.owner).seq
            fetched = self._peers.after(row.owner, stream.value, subject, head)
        records = fetched_records(stream.topic, subject, fetched)
        # this store itself is the authority for own facts
        answered = ask and (self._peers is not None or row.owner == self._log.owner)
        self._log.writer.submit_wait(Retry(row.aggregate, records, asked=row.owner if answered else ""))

    async def _turn(self) -> float:
        waiting = await asyncio.to_thread(self._fill)
        soonest = min((wait.at - self._now() for wait in self._waits.values()), default=SWEEP)
        return max(FIRST, min(soonest, SWEEP)) if waiting else SWEEP

    def _fill(self) -> int:
        try:
            self.fetch_dropped()
        finally:
            waiting = self.sweep()
        return waiting
