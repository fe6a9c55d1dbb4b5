"""The bus without a broker: reads the peers' logs in the shared PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from desk.log.batch import Cur, Row
from desk.log.bus import peers as logs
from desk.log.bus.merge import Published, merged
from desk.log.bus.port import Apply, RawRecord
from desk.log.keys import split
from desk.log.opened import Log
from desk.log.positions import known_positions
from desk.log.waking import Waker
from desk.supervision import ThreadLoop
from desk.ticket.event import OWNERS

LIMIT = 250
LINGER, SHORTEST, LONGEST = 0.03, 0.02, 0.25
STALL = 60.0


class LocalBus:
    """Implements `Bus`. One thread reads, merges and applies; commits of the same process wake it at once, those of
    other processes are found by polling: every 20 ms while there is something, at most every 250 ms when idle.

    `limit` bounds the facts of one peer in one transaction, and with it how long a command may wait behind it.
    `stall_after` is how many seconds without one finished turn mean that it is stuck.
    """

    def __init__(
        self, waker: Waker, peers: Sequence[str] = OWNERS, limit: int = LIMIT, stall_after: float = STALL
    ) -> None:
        self._waker, self._peers, self._limit, self._stall = waker, peers, limit, stall_after
        self._pause = SHORTEST
        self._epochs: dict[str, str] = {}
        self._positions: dict[str, int] = {}
        self._loop: ThreadLoop | None = None
        self._forget: Callable[[], None] = lambda: None

    async def start(self, log: Log, apply: Apply) -> None:
        """Read from the stored positions on."""
        self.attach(log, apply)
        await asyncio.to_thread(self._find_peers)
        self._loop = log.loops.thread("local bus", self._paced)
        self._forget = self._waker.listen(log.owner, self._loop.wake)
        self._loop.start()

    def attach(self, log: Log, apply: Apply) -> None:
        """Say whose bus this is; `turn` works from then on, also without `start`."""
        self._log, self._apply = log, apply
        self._peers = [peer for peer in self._peers if peer != log.owner]

    async def stop(self) -> None:
        """End after the batch in hand."""
        self._forget()
        if self._loop is not None:
            await asyncio.to_thread(self._loop.stop)

    async def lag(self) -> dict[str, int]:
        """Positions between each peer's last fact and the last one applied here."""
        lasts = await asyncio.to_thread(self._lasts)
        return {peer: max(0, last - self._positions.get(peer, 0)) for peer, last in lasts.items()}

    async def live(self) -> str | None:
        """Stuck when no turn has ended for too long; a database that is away is no fault of the reader."""
        if self._loop is None or self._loop.heartbeat.complaint(self._stall) is None:
            return None
        return f"no progress for {self._loop.heartbeat.age:.0f} s"

    def _lasts(self) -> dict[str, int]:
        known = list(self._epochs)
        return self._log.store.read(lambda reads: logs.lasts(reads.cursor, known))

    def turn(self) -> int:
        """Apply what there is, up to the limit: how many facts."""
        if len(self._epochs) < len(self._peers):
            self._find_peers()
        if not self._epochs:
            return 0
        pages = self._log.store.read(lambda reads: logs.pages(reads.cursor, self._positions, self._limit))
        facts = merged(pages, self._limit)
        if facts:
            last = {fact.peer: fact.position for fact in facts}
            self._apply([_record(fact) for fact in facts], self._rows(last))
            self._positions.update(last)
        return len(facts)

    def _rows(self, last: dict[str, int]) -> list[Row]:
        return [(peer, self._epochs[peer], 0, position) for peer, position in last.items()]

    def _find_peers(self) -> None:
        def work(cursor: Cur) -> None:
            stored = known_positions(cursor)
            for peer, epoch in logs.epochs(cursor, self._peers).items():
                if peer not in self._epochs:
                    self._epochs[peer] = epoch
                    self._positions[peer] = stored.get((peer, epoch, 0), 0)

        self._log.store.execute(work)

    def _paced(self) -> float:
        found = self.turn()
        if found:
            self._pause = SHORTEST
            self._gather(found)
            return 0.0
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST)
        return pause

    def _gather(self, found: int) -> None:
        """A turn costs much beside a fact: let facts come together, unless more are waiting already."""
        if found < self._limit and self._loop is not None:
            self._loop.stopping.wait(LINGER)


def _record(fact: Published) -> RawRecord:
    stream, subject = split(fact.aggregate)
    return RawRecord(stream.topic, subject, fact.raw, (), fact.position)
