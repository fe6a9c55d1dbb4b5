"""The bus without a broker: polls the peers' event stores in the shared PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import psycopg
import structlog

from desk.bus import store_recovery
from desk.bus.local import peer_logs as logs
from desk.bus.local import recovery
from desk.bus.local.causal_merge import Published, merged
from desk.bus.local.peer_logs import Edge
from desk.bus.port import Apply
from desk.bus.retrying_apply import RetryingApply
from desk.contract.event import OWNERS
from desk.eventstore.aggregate_id import split
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor, Row
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.inbox.ports import RawRecord
from desk.inbox.positions import read_positions
from desk.signing.signature import headers_of
from desk.supervision.loops import ThreadLoop

LIMIT = 250
SHORTEST, LONGEST = 0.02, 0.25
LINGER = 0.06
"""Seconds in which facts gather after a turn that found some: fewer turns cost less, and a fact is seen later."""
STALL = 60.0
TRIES = 3
"""Tries of a whole batch before each aggregate is applied alone, and parked if it fails."""
log = structlog.get_logger(__name__)


class LocalBus:
    """Implements `Bus`. One thread reads, merges and applies.

    Commits of the same process wake it at once; those of other processes are found by polling, every 20 ms under load
    and every 250 ms when idle. A restored store is recovered first, and `start` returns when everything is applied that
    the peers had recorded by then. A peer whose epoch changed is read again from its beginning. `limit` bounds the
    facts of one peer in one transaction, and so the time that a command may wait behind it. `stall_after` seconds
    without a finished turn mean that the bus is stuck.
    """

    def __init__(
        self, notifier: CommitNotifier, peers: Sequence[str] = OWNERS, limit: int = LIMIT, stall_after: float = STALL
    ) -> None:
        self._notifier, self._peers, self._limit, self._stall = notifier, peers, limit, stall_after
        self._pause = SHORTEST
        self._found: set[str] = set()
        self._epochs: dict[str, str] = {}
        self._positions: dict[str, int] = {}
        self._beyond: set[str] = set()
        self._awaited: dict[str, Edge] = {}
        self._own = 0
        self._loop: ThreadLoop | None = None
        self._forget: Callable[[], None] = lambda: None

    async def start(self, log: EventLog, apply: Apply) -> None:
        """Recover a restored store, then read from the stored positions."""
        self.attach(log, apply)
        await asyncio.to_thread(self._recover_if_restored)
        await asyncio.to_thread(self._find_peers)
        self._loop = log.loops.thread("local bus", self._paced)
        self._forget = self._notifier.listen(log.owner, self._loop.wake)
        self._loop.start()
        while log.runner.recovering and not self._loop.stopping.is_set():  # noqa: ASYNC110
            await asyncio.sleep(SHORTEST)

    def attach(self, log: EventLog, apply: Apply) -> None:
        """Bind the bus to a service; from then on `turn` may be called, also without `start`."""
        self._log, self._apply = log, apply
        self._retrying = RetryingApply(log, apply, TRIES)
        self._peers = [peer for peer in self._peers if peer != log.owner]

    async def stop(self) -> None:
        """Stop after the present batch."""
        self._forget()
        if self._loop is not None:
            await asyncio.to_thread(self._loop.stop)

    async def lag(self) -> dict[str, int]:
        """Difference of each peer's last position and the last one applied here, of all peers found since the start.
        Never 0 for a peer whose store ends before that position, was created again, or is missing."""
        found = await asyncio.to_thread(self._edges)
        return {peer: self._distance(peer, found.get(peer)) for peer in list(self._found)}

    async def live(self) -> str | None:
        """The problem when no turn has ended for `stall_after`, else None. An unavailable database does not count."""
        if self._loop is None or self._loop.heartbeat.complaint(self._stall) is None:
            return None
        return f"no progress for {self._loop.heartbeat.age:.0f} s"

    def _edges(self) -> Mapping[str, Edge]:
        peers = list(self._found)
        return self._log.store.read(lambda reads: logs.edges(reads.cursor, peers))

    def _distance(self, peer: str, edge: Edge | None) -> int:
        if edge is None:
            return 1
        if edge.epoch != self._epochs.get(peer):
            return max(1, edge.last)
        return abs(edge.last - self._positions.get(peer, 0))

    def turn(self) -> int:
        """Apply new facts of the peers, up to the limit; returns their number."""
        if len(self._epochs) < len(self._peers):
            self._find_peers()
        if not self._epochs:
            self._complete_recovery({})
            return 0
        try:
            found = self._log.store.read(
                lambda reads: logs.pages(reads.cursor, self._positions, self._limit, (self._log.owner,))
            )
        except Exception as error:
            if _is_gone(error):
                self._forget_peers()
            raise
        if self._set_back(found.edges.pop(self._log.owner, None)):
            return 1
        renewed = [peer for peer, edge in found.edges.items() if not self._same(peer, edge)]
        facts = merged({peer: page for peer, page in found.facts.items() if peer not in renewed}, self._limit)
        if facts:
            last = {fact.peer: fact.position for fact in facts}
            self._retrying.apply([_record(fact) for fact in facts], self._rows(last))
            self._positions.update(last)
        self._complete_recovery(found.edges)
        return len(facts) + len(renewed)

    def _rows(self, last: dict[str, int]) -> list[Row]:
        return [(peer, self._epochs[peer], 0, position) for peer, position in last.items()]

    def _same(self, peer: str, edge: Edge) -> bool:
        """Whether a peer's epoch is still the one being read; if not, begin to read the new one."""
        if edge.epoch != self._epochs[peer]:
            log.warning("the store of a peer was restored or created again: it is read again", peer=peer)
            self._begin(peer, edge.epoch, self._log.store.execute(read_positions))
            return False
        if edge.last < self._positions[peer] and peer not in self._beyond:
            self._beyond.add(peer)
            log.error("the store of a peer ends before the position read here: restored, not started since", peer=peer)
        return True

    def _begin(self, peer: str, epoch: str, stored: Mapping[tuple[str, str, int], int]) -> None:
        self._found.add(peer)
        self._epochs[peer] = epoch
        self._positions[peer] = stored.get((peer, epoch, 0), 0)
        self._beyond.discard(peer)

    def _find_peers(self) -> None:
        def work(cursor: DbCursor) -> None:
            stored = read_positions(cursor)
            for peer, epoch in logs.epochs(cursor, self._peers).items():
                if peer not in self._epochs:
                    self._begin(peer, epoch, stored)

        self._log.store.execute(work)

    def _forget_peers(self) -> None:
        """Forget peers whose store is missing, until it exists again."""
        there = self._edges()
        for peer in self._epochs.keys() - there.keys():
            log.error("the store of a peer is missing", peer=peer)
            del self._epochs[peer], self._positions[peer]

    def _recover_if_restored(self) -> None:
        if recovery.restored(self._log, self._peers):
            self._recover()

    def _recover(self) -> None:
        recovery.recover(self._log, self._peers, self._apply)
        self._awaited = self._log.store.execute(lambda cursor: logs.edges(cursor, self._peers))

    def _set_back(self, own: Edge | None) -> bool:
        """Recover a store that was restored while the service runs, and read the peers again from its stored positions;
        whether it was."""
        if own is None or own.last >= self._own:
            self._own = own.last if own is not None else self._own
            return False
        log.error("the store was restored under the running service", owner=self._log.owner)
        self._log.cache.clear()
        self._recover()
        self._own, self._epochs, self._positions = 0, {}, {}
        self._find_peers()
        return True

    def _complete_recovery(self, edges: Mapping[str, Edge]) -> None:
        """Complete a recovery when everything is applied that the peers had recorded at its beginning."""
        if not self._log.runner.recovering:
            return
        for peer, edge in list(self._awaited.items()):
            now = edges.get(peer)
            if now is None or now.epoch != edge.epoch:
                self._awaited[peer] = now or Edge("", 0)
            if self._positions.get(peer, 0) >= self._awaited[peer].last:
                del self._awaited[peer]
        if not self._awaited:
            store_recovery.complete(self._log)

    def _paced(self) -> float:
        found = self.turn()
        if found:
            self._pause = SHORTEST
            self._gather(found)
            return 0.0
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST)
        return pause

    def _gather(self, found: int) -> None:
        """Wait a moment for more facts, since a turn costs much more than a fact, unless more are waiting already."""
        if found < self._limit and self._loop is not None:
            self._loop.stopping.wait(LINGER)


def _is_gone(error: BaseException | None) -> bool:
    """Whether the error says that a table does not exist."""
    while error is not None and not isinstance(error, psycopg.errors.UndefinedTable):
        error = error.__cause__
    return error is not None


def _record(fact: Published) -> RawRecord:
    stream, subject = split(fact.aggregate)
    return RawRecord(stream.topic, subject, fact.raw, headers_of(fact.signature), fact.position)
