"""Polls one PSA instance: each round reads the changes since the last one, and a sweep also finds deletions."""

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
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observe import observe_states
from desk_intake.psa.observe.record_links import unmapped_records
from desk_intake.psa.receive.receipts import purge
from desk_intake.psa.receive.subscriptions import completed, ensure_hooks, record_operations_event
from desk_intake.psa.reconcile.feeds import feeds_of, set_gauges
from desk_intake.psa.reconcile.reconciliation import Reconciliation
from desk_intake.psa.reconcile.record_fault_isolation import RoundResult

ROUND = 600.0
"""Seconds beyond the usual limit that a round may take, because it reads many pages."""


class Poller:
    """Makes rounds over one instance, `config.poll` seconds apart, while it runs."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._access, self._rounds, self._feeds = psa_instance.access, Reconciliation(psa_instance), psa_instance.feeds
        self._note_reader = psa_instance.tickets.note_reader
        self._instance = psa_instance.access.config.id
        self._one_at_a_time = asyncio.Lock()
        loops = psa_instance.access.parts.service.log.loops
        self._loop = loops.task(f"poller {self._instance}", self._paced, extra=ROUND, pauses=Pauses(1.0, 8.0))
        self._swept = float("-inf")
        self._failed = 0

    async def start(self) -> None:
        self._loop.start()

    async def stop(self) -> None:
        """Stop after the current round."""
        await self._loop.stop()

    async def round(self, *, sweep: bool | None = None, skip_paused: bool = False) -> RoundResult:
        """Make one round. `sweep` also looks for deletions (None: if a sweep is due).

        `skip_paused` leaves out feeds that pause after a failure.
        """
        async with self._one_at_a_time:
            return await self._round(sweep, skip_paused)

    async def _round(self, sweep: bool | None, skip_paused: bool) -> RoundResult:
        """Run feed by feed: an error of one does not stop the others."""
        started = self._access.parts.service.log.clock.now()
        result = RoundResult(skip_paused=skip_paused)
        due = time.monotonic() - self._swept >= self._access.config.sweep if sweep is None else sweep
        await self._feeds.begin()
        for feed, part in self._parts(result, due=due):
            if not await self._feeds.run(feed, part, skip_paused=skip_paused):
                result.interrupted.append(feed)
        result.failed += self._note_reader.unreadable()
        if due or result.changed or result.failed > self._failed:
            fact = completed(
                self._instance,
                started,
                result.read,
                result.changed,
                result.missing,
                result.failed,
            )
            await record_operations_event(self._access, decision_id(self._instance, "round", started.isoformat()), fact)
        self._failed = result.failed
        await self.measure()
        return result

    async def measure(self) -> None:
        """Bring the gauges of the feeds up to date."""
        found = await self._access.query(partial(feeds_of, config=self._access.config))
        set_gauges(found, self._access.parts.service.metrics)

    def _parts(self, result: RoundResult, *, due: bool) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        """Every feed with its function, tickets first. A new feed needs a line here and its name in `PARTS`."""
        rounds = self._rounds
        yield "tickets", partial(rounds.tickets, result, back=due)
        yield "time", partial(rounds.time, result)
        yield "notes", partial(rounds.notes, result, every=due)
        yield "agreements", partial(rounds.agreements, result)
        yield "companies", partial(rounds.companies, result)
        yield "contacts", partial(rounds.contacts, result)
        yield "members", partial(rounds.members, result)
        yield "configurations", partial(rounds.configurations, result)
        yield "again", partial(rounds.slow.revisit, result)
        yield "statuses", self._mapped
        yield "hooks", self._hooks
        if due:
            yield "sweep", partial(self._sweep, result)

    async def _mapped(self) -> None:
        await self.remap()

    async def _hooks(self) -> None:
        await ensure_hooks(self._access)

    async def _sweep(self, result: RoundResult) -> None:
        self._swept = time.monotonic()
        await self._rounds.slow.sweep(result)
        await self._access.query(purge)

    async def remap(self) -> int:
        """Give kept observations the class that their status has now; returns the number of facts."""
        statuses, total = self._access.statuses, 0

        def decision(ticket: Ticket, _context: DecisionContext) -> list[Draft]:
            return observe_states.mapped(ticket, statuses.class_anywhere, statuses.version)

        for ticket_id, record in await self._access.query(lambda cursor: unmapped_records(cursor, self._instance)):
            identity = decision_id(self._instance, record, "mapped", statuses.version)
            total += len(await self._access.decide(Stream.TICKETS, ticket_id, identity, decision))
        return total

    async def _paced(self) -> float:
        await self.round(skip_paused=True)
        return self._access.config.poll
