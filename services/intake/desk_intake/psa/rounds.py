"""One round of reconciliation: what changed since the last one, and what is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from desk.log.errors import LogError
from desk_connectors.connectwise import Condition, Field
from desk_connectors.connectwise.calls.tickets import changed_since
from desk_connectors.connectwise.records import Ticket as Record
from desk_connectors.http import VendorError
from desk_intake.psa.claims import NotYet
from desk_intake.psa.connectwise.history import logged
from desk_intake.psa.cursors import Place, place, save, unknown_revisions
from desk_intake.psa.note_round import read_notes
from desk_intake.psa.port import Seen
from desk_intake.psa.records import known_records
from desk_intake.psa.works import Works

AT_ONCE = 8
CHUNK = 200
log = structlog.get_logger("desk.intake.rounds")


@dataclass
class Tally:
    """What one round did."""

    read: int = 0
    changed: int = 0
    missing: int = 0
    failed: int = 0


class Rounds:
    """What a round over one instance reads."""

    def __init__(self, works: Works) -> None:
        self._works, self._desk = works, works.desk
        self._instance, self._client = works.desk.config.id, works.desk.link.client

    async def directory(self, tally: Tally) -> None:
        """Who and what tickets are about, as far as it changed; everything in the first round."""
        before = await self._place("directory")
        as_of = await self._works.clients.refresh()
        since: Condition | None = changed_since(before.at, self._overlap) if before.at else None
        tally.changed += await self._works.clients.changed(since) + await self._works.people.changed(since)
        await self._save("directory", Place(as_of))

    async def tickets(self, tally: Tally) -> None:
        """Tickets that changed, with what the change log shows in between; open ones in the first round."""
        before = await self._place("tickets")
        if before.at is None:
            listing = self._client.tickets(Field("closedFlag").equals(False), tolerant=True)
        else:
            listing = self._client.tickets_changed_since(before.at, self._overlap)
        between, last = await self._history(first=before.at is None)
        found: list[Record] = [record async for record in listing]
        tally.read += len(found)
        failed = await self._read(await self._new(found, between), between, tally)
        tally.failed += len(listing.refused)
        if not failed:
            # what could not be recorded is listed again in the next round
            await self._save("tickets", Place(listing.as_of))
            await self._save("changelog", Place(None, last))

    async def _new(self, found: Sequence[Record], between: dict[str, list[Seen]]) -> list[str]:
        """Records in a revision that was never seen, or with something in between."""
        seens = [await self._works.tickets.seen(record, "poll") for record in found]
        named = [(seen.record, seen.revision) for seen in seens]
        new = await self._desk.query(lambda cursor: unknown_revisions(cursor, self._instance, named))
        return list(dict.fromkeys([*(record for record, _ in sorted(new)), *between]))

    async def _read(self, records: Sequence[str], between: dict[str, list[Seen]], tally: Tally) -> int:
        before = tally.failed
        await _few_at_once([self._each(tally, record, between.get(record, ())) for record in records])
        return tally.failed - before

    async def _each(self, tally: Tally, record: str, between: Sequence[Seen] = ()) -> None:
        try:
            tally.changed += await self._works.tickets.read(record, "poll", between=between) > 0
        except (VendorError, LogError, NotYet) as error:
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

    async def notes(self, tally: Tally, *, every: bool) -> None:
        """Notes that did not touch their ticket."""

        async def each(record: str, work: Callable[[], Awaitable[int]]) -> None:
            try:
                tally.changed += await work() > 0
            except (VendorError, LogError) as error:
                log.warning("notes cannot be read", record=record, error=type(error).__name__)
                tally.failed += 1

        await read_notes(self._works, each, every=every)

    async def time(self, tally: Tally) -> None:
        """Time entries that changed; those of the last day in the first round."""
        before = await self._place("time")
        at = before.at or self._desk.parts.service.log.clock.now() - timedelta(days=1)
        listing = self._client.time_changed_since(at, self._overlap)
        async for entry in listing:
            tally.changed += await self._works.times.show(entry, "poll") > 0
        tally.failed += len(listing.refused)
        await self._save("time", Place(listing.as_of))

    async def sweep(self, tally: Tally) -> None:
        """Records that we know and the PSA does not list: deletions, of which no callback came."""
        known = await self._desk.query(lambda cursor: known_records(cursor, self._instance))
        for at in range(0, len(known), CHUNK):
            chunk = known[at : at + CHUNK]
            listing = self._client.tickets(Field("id").one_of([int(record) for record in chunk]), tolerant=True)
            there = {str(record.id) async for record in listing}
            missing = [record for record in chunk if record not in there]
            tally.missing += 0 if listing.refused else len(missing)
            for record in missing if not listing.refused else ():
                await self._each(tally, record)

    @property
    def _overlap(self) -> timedelta:
        return timedelta(seconds=self._desk.config.overlap)

    async def _place(self, feed: str) -> Place:
        return await self._desk.query(lambda cursor: place(cursor, self._instance, feed))

    async def _save(self, feed: str, now: Place) -> None:
        await self._desk.query(lambda cursor: save(cursor, self._instance, feed, now))


async def _few_at_once(work: Sequence[Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[None]) -> None:
        async with slots:
            await each

    await asyncio.gather(*(one(each) for each in work))
