"""Polls one instance: each round reads the changes since the last one, and a sweep also finds deletions."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Protocol

from desk.contract.streams.operations import ReconciliationCompleted
from desk.eventstore.connections.leader_lock import LeaderLock
from desk.supervision.loops import Pauses
from desk_integrations.instance_access import InstanceAccess
from desk_integrations.polling.fault_isolation import RoundResult
from desk_integrations.polling.feed_status import SWEEP, feed_status, set_gauges
from desk_integrations.polling.feeds import Feeds
from desk_integrations.receipts.decision_item import decision_id

ROUND = 600.0
"""Seconds beyond the usual limit that a round may take, because it reads many pages."""
JITTER = 0.1
"""The part of an interval by which it varies, so that instances and processes do not poll in step."""
Part = Callable[[], Awaitable[None]]


class Rounds(Protocol):
    """The feeds of one instance."""

    def parts(self, result: RoundResult, *, sweep: bool) -> Iterator[tuple[str, Part]]:
        """Every feed of a round with its function, in order. `sweep`: with those that look for deletions."""
        ...

    def unreadable(self) -> int:
        """The number of parts of records that this round could not read and that no feed has counted."""
        ...


class Poller:
    """Makes rounds over one instance, `config.poll` seconds apart, while it runs and leads.

    Of all processes of the service, one leads. A round of a process that does not lead is harmless: `round` may be
    called in any.
    """

    def __init__(
        self,
        access: InstanceAccess,
        feeds: Feeds,
        rounds: Rounds,
        leader: LeaderLock,
        vary: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._access, self._feeds, self._rounds, self._leader, self._vary = access, feeds, rounds, leader, vary
        self._instance = access.config.id
        self._one_at_a_time = asyncio.Lock()
        loops = access.parts.service.log.loops
        self._loop = loops.task(f"poller {self._instance}", self._paced, extra=ROUND, pauses=Pauses(1.0, 8.0))
        self._swept = float("-inf")
        self._failed = 0

    async def start(self) -> None:
        self._loop.start()

    async def stop(self) -> None:
        """Stop after the current round, so that another process can lead."""
        await self._loop.stop()
        await asyncio.to_thread(self._leader.release)

    async def round(self, *, sweep: bool | None = None, skip_paused: bool = False) -> RoundResult:
        """Make one round. `sweep` also looks for deletions (None: if a sweep is due).

        `skip_paused` leaves out feeds that pause after a failure.
        """
        async with self._one_at_a_time:
            return await self._round(sweep, skip_paused)

    async def _round(self, sweep: bool | None, skip_paused: bool) -> RoundResult:
        """Run feed by feed: an error of one does not stop the others."""
        started = self._access.now()
        result = RoundResult(skip_paused=skip_paused)
        due = time.monotonic() - self._swept >= self._access.config.sweep if sweep is None else sweep
        await self._feeds.begin()
        for feed, part in self._rounds.parts(result, sweep=due):
            run = partial(self._sweep, part) if feed == SWEEP else part
            if not await self._feeds.run(feed, run, skip_paused=skip_paused):
                result.interrupted.append(feed)
        result.failed += self._rounds.unreadable()
        if due or result.changed or result.failed > self._failed:
            fact = ReconciliationCompleted(
                instance=self._instance,
                started=started,
                read=result.read,
                changed=result.changed,
                missing=result.missing,
                failed=result.failed,
            )
            identity = decision_id(self._instance, "round", started.isoformat())
            await self._access.record_operations_event(identity, fact)
        self._failed = result.failed
        await self.measure()
        return result

    async def _sweep(self, part: Part) -> None:
        self._swept = time.monotonic()
        await part()

    async def measure(self) -> None:
        """Bring the gauges of the feeds up to date."""
        config, rows, names = self._access.config, self._access.rows, self._feeds.names
        found = await self._access.query(partial(feed_status, rows=rows, config=config, feeds=names))
        set_gauges(found, self._access.parts.service.metrics)

    async def _paced(self) -> float:
        if await asyncio.to_thread(self._leader.held, f"poller {self._instance}"):
            await self.round(skip_paused=True)
        else:
            await self.measure()
        poll = self._access.config.poll
        return self._vary(poll * (1 - JITTER), poll * (1 + JITTER))
