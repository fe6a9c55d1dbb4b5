"""Reconciliation: what changed since the last round, whatever callbacks said, and in slow rounds what is gone."""

from __future__ import annotations

import asyncio
import time

import structlog

from desk.deciding import Deciding
from desk.supervision import Pauses
from desk.ticket.event import Draft, Stream
from desk.ticket.ticket import Ticket
from desk_connectors.http import VendorError
from desk_intake.psa import observing
from desk_intake.psa.hooks import completed, ensure_hooks, tell
from desk_intake.psa.ids import decision_id
from desk_intake.psa.receipts import purge
from desk_intake.psa.records import unmapped
from desk_intake.psa.rounds import Rounds, Tally
from desk_intake.psa.works import Works

ROUND = 600.0
"""Seconds beyond the usual limit for which a round may look for something to record: it reads many pages."""
log = structlog.get_logger("desk.intake.poller")


class Poller:
    """Rounds over one instance, `config.poll` seconds apart, while it runs."""

    def __init__(self, works: Works) -> None:
        self._desk, self._rounds = works.desk, Rounds(works)
        self._instance = works.desk.config.id
        self._one_at_a_time = asyncio.Lock()
        loops = works.desk.parts.service.log.loops
        self._loop = loops.task(f"poller {self._instance}", self._paced, extra=ROUND, pauses=Pauses(1.0, 8.0))
        self._swept = float("-inf")

    async def start(self) -> None:
        self._loop.start()

    async def stop(self) -> None:
        """End after the round in hand."""
        await self._loop.stop()

    async def round(self, *, sweep: bool | None = None) -> Tally:
        """One round; with `sweep` also what is gone. None: when it is time for that."""
        async with self._one_at_a_time:
            return await self._round(sweep)

    async def _round(self, sweep: bool | None) -> Tally:
        started = self._desk.parts.service.log.clock.now()
        tally = Tally()
        due = time.monotonic() - self._swept >= self._desk.config.sweep if sweep is None else sweep
        await ensure_hooks(self._desk)
        await self._rounds.directory(tally)
        if due:
            await self._rounds.sweep(tally)
            await self._desk.query(purge)
            self._swept = time.monotonic()
        await self._rounds.tickets(tally)
        await self._rounds.time(tally)
        await self._rounds.notes(tally, every=due)
        await self.remap()
        if due or tally.changed or tally.failed:
            fact = completed(self._instance, started, tally.read, tally.changed, tally.missing, tally.failed)
            await tell(self._desk, decision_id(self._instance, "round", started.isoformat()), fact)
        return tally

    async def remap(self) -> int:
        """Kept observations whose status has a class by now; how many facts."""
        statuses, total = self._desk.statuses, 0

        def decision(ticket: Ticket, _deciding: Deciding) -> list[Draft]:
            return observing.mapped(ticket, statuses.class_anywhere, statuses.version)

        for ticket_id, record in await self._desk.query(lambda cursor: unmapped(cursor, self._instance)):
            identity = decision_id(self._instance, record, "mapped", statuses.version)
            total += len(await self._desk.decide(Stream.TICKETS, ticket_id, identity, decision))
        return total

    async def _paced(self) -> float:
        try:
            await self.round()
        except VendorError as error:
            log.warning("a round ended early", instance=self._instance, error=type(error).__name__)
        return self._desk.config.poll
