"""The feeds of a reconciliation round that read lists of changes since the last one.

Each feed has its own cursor. A record that cannot be read or recorded is listed for a revisit, and the feed continues
behind it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from desk_intake.psa.ids import client_id
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observe.record_links import recorded_records
from desk_intake.psa.observe.revision_rows import unknown_revisions
from desk_intake.psa.reconcile.change_log_states import ChangeLog, States
from desk_intake.psa.reconcile.deletion_sweep import Sweep
from desk_intake.psa.reconcile.note_round import read_notes
from desk_intake.psa.reconcile.revisits import Revisits
from desk_integrations.cursors import BACK
from desk_integrations.kinds.psa import (
    PsaAgreement,
    PsaClient,
    PsaContact,
    PsaDevice,
    PsaListing,
    PsaMember,
    PsaTicket,
    PsaTimeEntry,
    RecordType,
    Selection,
)
from desk_integrations.polling.fault_isolation import RecordFaultIsolation, RoundResult, Work
from desk_integrations.polling.list_feed import CHUNK, ListFeed

FIRST_TIME = timedelta(days=1)
BEFORE_ANY_TICKET = datetime(2000, 1, 1, tzinfo=UTC)
"""Position after reading a PSA without tickets: the next round reads all that have been created, also closed ones."""

L = TypeVar("L", PsaAgreement, PsaClient, PsaContact, PsaDevice, PsaMember, PsaTimeEntry)


class Reconciliation:
    """Reads the list feeds of one instance, each by its own method."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._psa_instance, self._access = psa_instance, psa_instance.access
        self._instance, self._psa = psa_instance.access.config.id, psa_instance.access.connection.psa
        self._records = RecordFaultIsolation(psa_instance.access)
        self._history = ChangeLog(psa_instance.access, psa_instance.feeds)
        self.revisits = Revisits(psa_instance, self._records, self._history)
        self.slow = Sweep(psa_instance, self._records, self.revisits)

    async def tickets(self, result: RoundResult, *, back: bool = False) -> None:
        """Read changed tickets, with earlier states from the change log; in the first round the open ones.

        `back` also reads those of the last day again, because a PSA clock that was set back stamps below the cursor.
        """
        feed = self._feed("tickets")
        before, turn = await feed.begin()
        if before.at is None and turn.newest is None:
            # only open tickets are listed: closed ones that changed before now are history
            newest = await self._psa.newest_change("ticket") or BEFORE_ANY_TICKET
            # a stamp ahead of our clock is no valid position, and without one later closed tickets would be missed
            turn = turn.seen(0, newest if newest <= turn.began else turn.began - BACK)
        between, last = await self._history.between(first=before.at is None, skip_paused=result.skip_paused)
        overlap = max(feed.overlap, BACK) if back else feed.overlap
        since = before.at - overlap if before.at is not None else None
        listing = self._psa.tickets(Selection(changed_since=since, open_only=since is None, after=turn.after))
        async for chunk in _chunks(listing):
            result.read += len(chunk)
            await self._read(await self._new(await self._ours(chunk, before.at) if back else chunk), between, result)
            for record in chunk:
                turn = turn.seen(int(record.record), record.changed_at)
            await feed.keep(turn)
        await self._records.refused(result, "ticket", listing.refused)
        await self._read(list(between), between, result)
        await feed.finish(turn)
        await self._history.read_up_to(last)

    async def _ours(self, chunk: Sequence[PsaTicket], at: datetime | None) -> list[PsaTicket]:
        """The chunk without closed tickets that have no ticket here and changed before the cursor: they are history."""
        recorded = set(await self._access.query(lambda cursor: recorded_records(cursor, self._instance)))
        since = at - self._feed("tickets").overlap if at is not None else BEFORE_ANY_TICKET
        return [r for r in chunk if not r.closed or r.record in recorded or r.changed_at >= since]

    async def _new(self, found: Sequence[PsaTicket]) -> list[str]:
        """Records in a revision that was never read, and those that cannot be compared."""
        named: list[tuple[str, str]] = []
        unlike: list[str] = []
        for record in found:
            try:
                seen = await self._psa_instance.tickets.seen(record, "poll")
                named.append((seen.record, seen.revision))
            except (ValueError, LookupError, TypeError, AttributeError):
                # reading it singly counts and lists it
                unlike.append(record.record)
        new = await self._access.query(lambda cursor: unknown_revisions(cursor, self._instance, named))
        return [*unlike, *(record for record, _ in sorted(new))]

    async def _read(self, records: Sequence[str], between: States, result: RoundResult) -> None:
        """Read these records once each, with their earlier states."""

        def work(record: str) -> Work:
            states = between.pop(record, [])
            return lambda: self._psa_instance.tickets.read(record, "poll", between=states)

        await self._records.all_of(result, "ticket", [(record, work(record)) for record in records])

    async def time(self, result: RoundResult) -> None:
        """Read changed time entries; in the first round those of the last day, by the PSA's own stamps."""
        first: datetime | None = None
        if (await self._feed("time").position()).at is None:
            newest, now = await self._psa.newest_change("time"), self._access.now()
            first = min(newest or now, now) - FIRST_TIME

        async def show(entry: PsaTimeEntry) -> int:
            return await self._psa_instance.times.show(entry, "poll")

        await self._list("time", "time", result, self._psa.time_entries, show, first)

    async def notes(self, result: RoundResult, *, every: bool) -> None:
        """Read notes that did not change their ticket."""
        await read_notes(self._psa_instance, partial(self._records.once, result, "notes"), every=every)

    async def agreements(self, result: RoundResult) -> None:
        """Read contracts, before the companies whose tier follows from them."""
        clients, first = self._psa_instance.clients, (await self._feed("agreements").position()).at is None

        async def show(found: PsaAgreement) -> int:
            return await clients.show_agreement(found) + await clients.tier(self._client_id(found.client))

        await self._list("agreements", "agreement", result, self._psa.agreements, show)
        if first and (await self._feed("companies").position()).at is not None:
            # companies were recorded before their contracts could be read
            async for company in self._psa.companies():
                result.changed += await clients.tier(self._client_id(company.record)) > 0

    async def companies(self, result: RoundResult) -> None:
        """Read clients, with the tier that follows from their type and contracts."""
        clients = self._psa_instance.clients
        await clients.refresh()
        # a tier decided without contracts holds from the beginning: wait unless the role may not see contracts
        feeds, read = self._psa_instance.feeds, (await self._feed("agreements").position()).at is not None
        decided = read or feeds.refused("agreements") or not feeds.pausing("agreements")

        async def show(found: PsaClient) -> int:
            total = await clients.show_company(found)
            total += await clients.tier(self._client_id(found.record)) if decided else 0
            clients.check_readable(found)
            return total

        await self._list("companies", "company", result, self._psa.companies, show)

    async def contacts(self, result: RoundResult) -> None:
        """Read contacts with their numbers and addresses."""
        await self._list("contacts", "contact", result, self._psa.contacts, self._psa_instance.people.listed)

    async def members(self, result: RoundResult) -> None:
        """Read the MSP's staff."""
        await self._list("members", "member", result, self._psa.members, self._psa_instance.people.show_member)

    async def configurations(self, result: RoundResult) -> None:
        """Read devices."""
        show = self._psa_instance.clients.show_device
        await self._list("configurations", "configuration", result, self._psa.devices, show)

    async def _list(
        self,
        feed: str,
        kind: RecordType,
        result: RoundResult,
        list_of: Callable[[Selection], PsaListing[L]],
        show: Callable[[L], Awaitable[int]],
        first: datetime | None = None,
    ) -> None:
        """Read a list's changes by ascending id, resuming an interrupted pass. `first`: start of the first pass."""

        def list_since(since: datetime | None, after: int) -> PsaListing[L]:
            return list_of(Selection(changed_since=since, after=after))

        await self._feed(feed).read(result, kind, list_since, show, first)

    def _client_id(self, company: str) -> str:
        return client_id(self._instance, company)

    def _feed(self, name: str) -> ListFeed:
        return ListFeed(self._access, self._records, name)


async def _chunks(listing: PsaListing[PsaTicket]) -> AsyncIterator[list[PsaTicket]]:
    chunk: list[PsaTicket] = []
    async for record in listing:
        chunk.append(record)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
