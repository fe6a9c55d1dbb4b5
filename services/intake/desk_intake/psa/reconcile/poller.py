"""Reconciliation: what changed since the last round, whatever callbacks said, and in slow rounds what is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from desk.contract.event import Draft, Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.supervision.loops import Pauses
from desk_intake.psa.ids import decision_id
from desk_intake.psa.instance import PsaInstance
from desk_intake.psa.observe import observation
from desk_intake.psa.observe.record_links import unmapped
from desk_intake.psa.receive.receipts import purge
from desk_intake.psa.receive.subscriptions import completed, ensure_hooks, record_operations_event
from desk_intake.psa.reconcile.attempts import Tally
from desk_intake.psa.reconcile.feeds import feeds_of, measure
from desk_intake.psa.reconcile.reconciliation import Reconciliation

ROUND = 600.0
"""Seconds beyond the usual limit for which a round may look for something to record: it reads many pages."""


class Poller:
    """Rounds over one instance, `config.poll` seconds apart, while it runs."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._desk, self._rounds, self._feeds = psa_instance.desk, Reconciliation(psa_instance), psa_instance.feeds
        self._notebook = psa_instance.tickets.notebook
        self._instance = psa_instance.desk.config.id
        self._one_at_a_time = asyncio.Lock()
        loops = psa_instance.desk.parts.service.log.loops
        self._loop = loops.task(f"poller {self._instance}", self._paced, extra=ROUND, pauses=Pauses(1.0, 8.0))
        self._swept = float("-inf")
        self._failed = 0

    async def start(self) -> None:
        self._loop.start()

    async def stop(self) -> None:
        """End after the round in hand."""
        await self._loop.stop()

    async def round(self, *, sweep: bool | None = None, patient: bool = False) -> Tally:
        """One round; with `sweep` also what is gone. None: when it is time for that. `patient`: without the parts that
        failed a short while ago.
        """
        async with self._one_at_a_time:
            return await self._round(sweep, patient)

    async def _round(self, sweep: bool | None, patient: bool) -> Tally:
        """Part by part: whatever one raises, the others go on."""
        started = self._desk.parts.service.log.clock.now()
        tally = Tally(patient=patient)
        due = time.monotonic() - self._swept >= self._desk.config.sweep if sweep is None else sweep
        await self._feeds.begin()
        for feed, part in self._parts(tally, due=due):
            if not await self._feeds.run(feed, part, patient=patient):
                tally.interrupted.append(feed)
        tally.failed += self._notebook.unreadable()
        if due or tally.changed or tally.failed > self._failed:
            fact = completed(self._instance, started, tally.read, tally.changed, tally.missing, tally.failed)
            await record_operations_event(self._desk, decision_id(self._instance, "round", started.isoformat()), fact)
        self._failed = tally.failed
        await self.measure()
        return tally

    async def measure(self) -> None:
        """Bring the gauges of the feeds up to date."""
        found = await self._desk.query(partial(feeds_of, config=self._desk.config))
        measure(found, self._desk.parts.service.metrics)

    def _parts(self, tally: Tally, *, due: bool) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        """Every part by its feed, tickets first. One more part is one more line here, and its name in `PARTS`."""
        rounds = self._rounds
        yield "tickets", partial(rounds.tickets, tally, back=due)
        yield "time", partial(rounds.time, tally)
        yield "notes", partial(rounds.notes, tally, every=due)
        yield "agreements", partial(rounds.agreements, tally)
        yield "companies", partial(rounds.companies, tally)
        yield "contacts", partial(rounds.contacts, tally)
        yield "members", partial(rounds.members, tally)
        yield "configurations", partial(rounds.configurations, tally)
        yield "again", partial(rounds.slow.again, tally)
        yield "statuses", self._mapped
        yield "hooks", self._hooks
        if due:
            yield "sweep", partial(self._sweep, tally)

    async def _mapped(self) -> None:
        await self.remap()

    async def _hooks(self) -> None:
        await ensure_hooks(self._desk)

    async def _sweep(self, tally: Tally) -> None:
        self._swept = time.monotonic()
        await self._rounds.slow.sweep(tally)
        await self._desk.query(purge)

    async def remap(self) -> int:
        """Kept observations whose status has a class by now; how many facts."""
        statuses, total = self._desk.statuses, 0

        def decision(ticket: Ticket, _deciding: DecisionContext) -> list[Draft]:
            return observation.mapped(ticket, statuses.class_anywhere, statuses.version)

        for ticket_id, record in await self._desk.query(lambda cursor: unmapped(cursor, self._instance)):
            identity = decision_id(self._instance, record, "mapped", statuses.version)
            total += len(await self._desk.decide(Stream.TICKETS, ticket_id, identity, decision))
        return total

    async def _paced(self) -> float:
        await self.round(patient=True)
        return self._desk.config.poll
