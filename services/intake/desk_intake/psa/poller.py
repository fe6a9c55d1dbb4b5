"""Reconciliation: what changed since the last round, whatever callbacks said, and in slow rounds what is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from desk.log.errors import LogError
from desk.log.taking import where
from desk.ticket.event import Stream
from desk_connectors.connectwise import Field
from desk_connectors.connectwise.records import Ticket as Record
from desk_connectors.http import VendorError
from desk_intake.psa import observing
from desk_intake.psa.connectwise.history import logged
from desk_intake.psa.cursors import Place, place, save, unknown_revisions
from desk_intake.psa.hooks import completed, ensure_hooks, tell
from desk_intake.psa.ids import decision_id
from desk_intake.psa.port import Seen
from desk_intake.psa.receipts import purge
from desk_intake.psa.records import known_records, unmapped
from desk_intake.psa.tickets import NotYet
from desk_intake.psa.works import Works

AT_ONCE = 8
CHUNK = 200
log = structlog.get_logger("desk.intake.poller")


@dataclass
class Tally:
    """What one round did."""

    read: int = 0
    changed: int = 0
    missing: int = 0
    failed: int = 0


class Poller:
    """Rounds over one instance, `config.poll` seconds apart, while it runs."""

    def __init__(self, works: Works) -> None:
        self._works, self._desk = works, works.desk
        self._instance, self._client = works.desk.config.id, works.desk.link.client
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._swept = float("-inf")

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End after the round in hand."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def round(self, *, sweep: bool | None = None) -> Tally:
        """One round; with `sweep` also who and what tickets are about, and what is gone. None: when it is time."""
        started = self._desk.parts.service.log.clock.now()
        tally = Tally()
        due = time.monotonic() - self._swept >= self._desk.config.sweep
        await ensure_hooks(self._desk)
        if sweep or (sweep is None and due):
            await self._works.people.everything()
            await self._sweep(tally)
            await self._desk.query(purge)
            self._swept = time.monotonic()
        await self._tickets(tally)
        await self._time(tally)
        await self.remap()
        fact = completed(self._instance, started, tally.read, tally.changed, tally.missing, tally.failed)
        await tell(self._desk, decision_id(self._instance, "round", started.isoformat()), fact)
        return tally

    async def _tickets(self, tally: Tally) -> None:
        before = await self._place("tickets")
        overlap = timedelta(seconds=self._desk.config.overlap)
        if before.at is None:
            listing = self._client.tickets(Field("closedFlag").equals(False), tolerant=True)
        else:
            listing = self._client.tickets_changed_since(before.at, overlap)
        between, last = await self._history(first=before.at is None)
        found: list[Record] = [record async for record in listing]
        tally.failed += len(listing.refused)
        await self._show(found, between, tally)
        await self._save("tickets", Place(listing.as_of))
        await self._save("changelog", Place(None, last))

    async def _show(self, found: Sequence[Record], between: dict[str, list[Seen]], tally: Tally) -> None:
        seens = [await self._works.tickets.seen(record, "poll") for record in found]
        tally.read += len(seens)
        named = [(seen.record, seen.revision) for seen in seens]
        new = await self._desk.query(lambda cursor: unknown_revisions(cursor, self._instance, named))
        shown = {seen.record for seen in seens}
        work = [
            self._each(tally, self._one(seen, between.get(seen.record, ())))
            for seen in seens
            if (seen.record, seen.revision) in new or seen.record in between
        ]
        work += [self._each(tally, self._late(record, log_)) for record, log_ in between.items() if record not in shown]
        await _few_at_once(work)

    def _one(self, seen: Seen, between: Sequence[Seen]) -> Callable[[], Awaitable[int]]:
        return lambda: self._works.tickets.show(seen, between)

    def _late(self, record: str, between: Sequence[Seen]) -> Callable[[], Awaitable[int]]:
        return lambda: self._works.tickets.read(record, "poll", between=between)

    async def _each(self, tally: Tally, work: Callable[[], Awaitable[int]]) -> None:
        try:
            tally.changed += await work() > 0
        except NotYet:
            tally.failed += 1
        except (VendorError, LogError) as error:
            log.warning("a record cannot be reconciled", error=type(error).__name__)
            tally.failed += 1

    async def _history(self, *, first: bool) -> tuple[dict[str, list[Seen]], int]:
        """What the change log shows since the last round, by record; and its last id."""
        last = (await self._place("changelog")).position
        found: dict[str, list[Seen]] = {}
        bots = await self._desk.link.bots()
        async for entry in self._client.change_log(last):
            last = max(last, entry.id)
            if first or entry.board_id is None:
                continue
            names = {status.name: status for status in await self._desk.link.statuses(entry.board_id)}
            seen = logged(entry, names, self._desk.statuses, self._desk.config, bots)
            if seen is not None:
                found.setdefault(seen.record, []).append(seen)
        return found, last

    async def _time(self, tally: Tally) -> None:
        before = await self._place("time")
        at = before.at or self._desk.parts.service.log.clock.now() - timedelta(days=1)
        listing = self._client.time_changed_since(at, timedelta(seconds=self._desk.config.overlap))
        async for entry in listing:
            tally.changed += await self._works.times.show(entry, "poll") > 0
        tally.failed += len(listing.refused)
        await self._save("time", Place(listing.as_of))

    async def _sweep(self, tally: Tally) -> None:
        """Records that we know and the PSA does not list: deletions, of which no callback came."""
        known = await self._desk.query(lambda cursor: known_records(cursor, self._instance))
        for at in range(0, len(known), CHUNK):
            chunk = known[at : at + CHUNK]
            listing = self._client.tickets(Field("id").one_of([int(record) for record in chunk]), tolerant=True)
            there = {str(record.id) async for record in listing}
            missing = [record for record in chunk if record not in there]
            tally.missing += 0 if listing.refused else len(missing)
            for record in missing if not listing.refused else ():
                await self._each(tally, self._late(record, ()))

    async def remap(self) -> int:
        """Kept observations whose status has a class by now; how many facts."""
        statuses, total = self._desk.statuses, 0
        for ticket, record in await self._desk.query(lambda cursor: unmapped(cursor, self._instance)):
            identity = decision_id(self._instance, record, "mapped", statuses.version)
            decision = lambda state, _deciding: observing.mapped(state, statuses.class_anywhere, statuses.version)  # noqa: E731
            total += len(await self._desk.decide(Stream.TICKETS, ticket, identity, decision))
        return total

    async def _place(self, feed: str) -> Place:
        return await self._desk.query(lambda cursor: place(cursor, self._instance, feed))

    async def _save(self, feed: str, now: Place) -> None:
        await self._desk.query(lambda cursor: save(cursor, self._instance, feed, now))

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self.round()
            except (VendorError, LogError) as error:
                log.warning("a round ended early", instance=self._instance, error=type(error).__name__)
            except Exception as error:
                log.error("a round failed", instance=self._instance, error=where(error))
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._desk.config.poll):
                await self._stop.wait()
        except TimeoutError:
            return


async def _few_at_once(work: Sequence[Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[None]) -> None:
        async with slots:
            await each

    await asyncio.gather(*(one(each) for each in work))
