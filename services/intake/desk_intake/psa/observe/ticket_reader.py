"""Reads tickets of the PSA again, with the verified bodies of callbacks as what was in between, and their notes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from desk.contract.event import Draft, Stream
from desk.contract.ticket.intake.psa import Via
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.eventstore.table_writer import DbCursor
from desk.telemetry.tracing import traceparent
from desk_connectors.connectwise import CallbackInvalid, parse_callback
from desk_connectors.connectwise.records import Ticket as Record
from desk_connectors.http import RecordGone, VendorAnswerInvalid, VendorRefused
from desk_intake.psa.connectwise.normalise import seen_of
from desk_intake.psa.conversation.note_reader import NoteReader, recorded_as
from desk_intake.psa.directory.people import People
from desk_intake.psa.ids import decision_id, ticket_id, ticket_reference
from desk_intake.psa.log_access import Desk
from desk_intake.psa.observe import observation
from desk_intake.psa.observe.observation_item import Observe
from desk_intake.psa.observe.record_linking import in_between, link
from desk_intake.psa.observe.record_links import Linked, linked
from desk_intake.psa.port import Seen
from desk_intake.psa.receive.read_order import begins
from desk_intake.psa.receive.receipts import Receipt, mark_read
from desk_intake.psa.reconcile.absence import PROOF, read_record
from desk_intake.psa.write_back.write_claims import WriteInFlight

log = structlog.get_logger(__name__)


class Tickets:
    """Tickets of one instance."""

    def __init__(self, desk: Desk, people: People) -> None:
        self._desk, self._people = desk, people
        self._instance = desk.config.id
        self.notebook = NoteReader(desk)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(self, record: str, via: Via, receipts: Sequence[Receipt] = (), between: Sequence[Seen] = ()) -> int:
        """Read one ticket and record what is new; how many facts. NotYet, or the connector's errors.

        A record that it was merged into is read first where it has no ticket yet, and then this one again.
        """
        return await self._read(record, via, receipts, between, frozenset())

    async def _read(
        self, record: str, via: Via, receipts: Sequence[Receipt], between: Sequence[Seen], led: frozenset[str]
    ) -> int:
        ids = tuple(receipt.id for receipt in receipts)
        async with self.alone(record):
            begun = await self._desk.query(begins)
            known_here = partial(self._linked, record)
            found = await read_record(self._desk, "ticket", int(record), self._desk.link.client.ticket, known_here)
            if found is None:
                return await self._gone(record, ids)
            fresh = await self.seen(found, via)
            winner = fresh.merged_into
            known = winner is None or winner in led or await recorded_as(self._desk, winner) is not None
            if known or winner is None:
                return await self.show(fresh, [*between, *await self._bodies(receipts)], ids, begun=begun)
        before = await self._read(winner, via, (), (), led | {winner, record})
        return before + await self._read(record, via, receipts, between, led | {winner})

    def alone(self, record: str) -> AbstractAsyncContextManager[None]:
        """Nobody else of this process reads or writes the record meanwhile.

        Stamps are whole seconds: of two reads within one, the one that was made later must be recorded later.
        """
        return self._locks.setdefault(record, asyncio.Lock())

    async def show(
        self,
        fresh: Seen,
        between: Sequence[Seen] = (),
        receipts: tuple[int, ...] = (),
        *,
        within: UUID | None = None,
        begun: datetime | None = None,
    ) -> int:
        """Record what a record shows now, and what it showed before that; how many facts. NotYet, but not `within` the
        call that is under way.
        """
        place = await self._place(fresh)
        if place is None:
            await self._desk.query(lambda cursor: mark_read(cursor, receipts, "a second record of its ticket"))
            return 0
        await self._people.ensure(fresh.fields["client"], fresh.fields["contact"])
        seens = (*in_between(between, fresh), fresh)
        winner = await recorded_as(self._desk, fresh.merged_into) if fresh.merged_into else None
        item = Observe(place, self._instance, seens, receipts, traceparent(), within, winner, begun)
        events = await self._desk.record(item)
        return len(events) + await self._notes(place, fresh)

    async def _notes(self, place: str, fresh: Seen) -> int:
        """The record's notes. Where they are refused the round's part of notes says so and reads them later."""
        try:
            return await self.notebook.read(place, fresh)
        except (VendorRefused, RecordGone) as refused:
            log.info("notes cannot be read", instance=self._instance, record=fresh.record, status=refused.status)
            return 0

    async def seen(self, found: Record, via: Via) -> Seen:
        """A record of the vendor in our terms."""
        return seen_of(found, via, self._desk.statuses, self._desk.config, await self._desk.link.bots())

    async def _bodies(self, receipts: Sequence[Receipt]) -> list[Seen]:
        found: list[Seen] = []
        for receipt in receipts:
            try:
                record = parse_callback(receipt.body).record(Record) if receipt.body else None
            except (CallbackInvalid, VendorAnswerInvalid) as invalid:
                # the record is read again anyway; a body is only worth what can be read in it
                log.info("a body cannot be used", instance=self._instance, error=type(invalid).__name__)
                continue
            if record is not None:
                found.append(await self.seen(record, "body"))
        return found

    async def _place(self, fresh: Seen) -> str | None:
        """The ticket that the record is; None when it is a second record of one."""
        known = await self._desk.query(lambda cursor: linked(cursor, self._instance, fresh.record))
        if known is not None:
            return self._known(known)
        reference = ticket_reference(fresh.xref)
        ours = await self._desk.ticket(reference) if reference else None
        free = ours is not None and ours.intake.exists and ours.intake.instance in (None, self._instance)
        if reference is None or not free:
            lost = reference if ours is None or not ours.intake.exists else None
            return lost if lost and self._entered_by_us(fresh) else ticket_id(self._instance, fresh.record)
        identity = decision_id(self._instance, fresh.record, "link")
        await self._desk.decide(Stream.TICKETS, reference, identity, partial(link, self._instance, fresh))
        if not (await self._desk.ticket(reference)).intake.psa_fields:
            raise WriteInFlight(fresh.record)
        known = await self._desk.query(lambda cursor: linked(cursor, self._instance, fresh.record))
        return self._known(known) if known else None

    def _entered_by_us(self, fresh: Seen) -> bool:
        """A ticket of ours that no store holds any more keeps its id: whoever repeats the command that opened it finds
        its record, and no second one is made. References that others write name tickets of theirs.
        """
        return fresh.opened_by.lower() == self._desk.config.api_member.lower()

    @staticmethod
    def _known(known: Linked) -> str | None:
        return None if known.duplicate else known.ticket_id

    async def _linked(self, record: str) -> bool:
        known = await self._desk.query(lambda cursor: linked(cursor, self._instance, record))
        return known is not None and not known.duplicate

    async def _gone(self, record: str, receipts: tuple[int, ...]) -> int:
        """A record that is not there, by proof where it has a ticket."""
        known = await self._desk.query(lambda cursor: linked(cursor, self._instance, record))
        if known is None or known.duplicate:
            await self._desk.query(lambda cursor: _forget(cursor, receipts))
            return 0

        def decision(ticket: Ticket, _deciding: DecisionContext) -> list[Draft]:
            return observation.gone(PROOF, ticket)

        identity = decision_id(self._instance, record, "gone")
        return len(await self._desk.decide(Stream.TICKETS, known.ticket_id, identity, decision, receipts))


def _forget(cursor: DbCursor, receipts: tuple[int, ...]) -> None:
    mark_read(cursor, receipts, "the record is not there")
