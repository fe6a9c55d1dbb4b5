"""Reads tickets of the PSA, with the verified bodies of callbacks as earlier states, and their notes."""

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
from desk.telemetry.tracing import traceparent
from desk_intake.psa.conversation.note_reader import NoteReader, recorded_as
from desk_intake.psa.directory.people_reader import PeopleReader
from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.ids import ticket_id, ticket_reference
from desk_intake.psa.mapping.ticket_mapping import observed_ticket
from desk_intake.psa.observe import observe_states
from desk_intake.psa.observe.observation_work_item import Observe
from desk_intake.psa.observe.record_linking import link_record, states_between
from desk_intake.psa.observe.record_links import LinkedRecord, linked_record
from desk_intake.psa.observed_record_types import ObservedTicket
from desk_intake.psa.receive.stale_reads import read_start
from desk_intake.psa.reconcile.absence import PROOF, read_record
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_integrations.kinds.psa import PsaTicket
from desk_integrations.receipts.decision_item import decision_id
from desk_integrations.receipts.rows import Receipt
from desk_integrations.vendor_errors import RecordGone, VendorAnswerInvalid, VendorRefused

log = structlog.get_logger(__name__)


class TicketReader:
    """Reads tickets of one instance."""

    def __init__(self, access: LogAccess, people: PeopleReader) -> None:
        self._access, self._people = access, people
        self._instance = access.config.id
        self.note_reader = NoteReader(access)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(
        self, record: str, via: Via, receipts: Sequence[Receipt] = (), between: Sequence[ObservedTicket] = ()
    ) -> int:
        """Read one ticket and record its changes; returns the number of facts. WriteInFlight, or connector errors.

        If it was merged into a record without a ticket, that record is read first, and then this one again.
        """
        return await self._read(record, via, receipts, between, frozenset())

    async def _read(
        self, record: str, via: Via, receipts: Sequence[Receipt], between: Sequence[ObservedTicket], led: frozenset[str]
    ) -> int:
        ids = tuple(receipt.id for receipt in receipts)
        async with self.alone(record):
            begun = await self._access.query(read_start)
            is_recorded = partial(self._linked, record)
            found = await read_record(self._access, "ticket", record, self._access.connection.psa.ticket, is_recorded)
            if found is None:
                return await self._gone(record, ids)
            fresh = await self.seen(found, via)
            winner = fresh.merged_into
            winner_recorded = winner is None or winner in led or await recorded_as(self._access, winner) is not None
            if winner_recorded or winner is None:
                return await self.show(fresh, [*between, *await self._bodies(receipts)], ids, begun=begun)
        before = await self._read(winner, via, (), (), led | {winner, record})
        return before + await self._read(record, via, receipts, between, led | {winner})

    def alone(self, record: str) -> AbstractAsyncContextManager[None]:
        """Lock the record against other reads and writes of this process.

        Stamps are whole seconds: of two reads within one, the one that was made later must be recorded later.
        """
        return self._locks.setdefault(record, asyncio.Lock())

    async def show(
        self,
        fresh: ObservedTicket,
        between: Sequence[ObservedTicket] = (),
        receipts: tuple[int, ...] = (),
        *,
        within: UUID | None = None,
        begun: datetime | None = None,
    ) -> int:
        """Record the current state of a record and the states `between`; returns the number of facts.

        Raises WriteInFlight unless it is called `within` the call in flight.
        """
        ticket = await self._ticket_for(fresh)
        if ticket is None:
            await self._mark_read(receipts, "a second record of its ticket")
            return 0
        await self._people.ensure(fresh.fields["client"], fresh.fields["contact"])
        states = (*states_between(between, fresh), fresh)
        winner = await recorded_as(self._access, fresh.merged_into) if fresh.merged_into else None
        item = Observe(ticket, self._instance, states, receipts, traceparent(), within, winner, begun)
        events = await self._access.record(item)
        held = await self._people.hold(fresh.fields["contact"]) if events else 0
        return len(events) + held + await self._notes(ticket, fresh)

    async def _notes(self, ticket: str, fresh: ObservedTicket) -> int:
        """Read the record's notes. If they are refused, feed `notes` reports it and reads them later."""
        try:
            return await self.note_reader.read(ticket, fresh)
        except (VendorRefused, RecordGone) as refused:
            log.info("notes cannot be read", instance=self._instance, record=fresh.record, status=refused.status)
            return 0

    async def seen(self, found: PsaTicket, via: Via) -> ObservedTicket:
        """Map a record of the port."""
        return observed_ticket(found, via, await self._access.mapping_context())

    async def _bodies(self, receipts: Sequence[Receipt]) -> list[ObservedTicket]:
        found: list[ObservedTicket] = []
        for receipt in receipts:
            try:
                record = self._access.connection.psa.ticket_in(receipt.body) if receipt.body else None
            except VendorAnswerInvalid as invalid:
                # not lost: the record itself is read again anyway
                log.info("the body of a callback cannot be read", instance=self._instance, error=type(invalid).__name__)
                continue
            if record is not None:
                found.append(await self.seen(record, "body"))
        return found

    async def _ticket_for(self, fresh: ObservedTicket) -> str | None:
        """The ticket of the record; None if it is a duplicate of a ticket's record."""
        record_link = await self._access.query(lambda cursor: linked_record(cursor, self._instance, fresh.record))
        if record_link is not None:
            return self._unless_duplicate(record_link)
        reference = ticket_reference(fresh.xref)
        ours = await self._access.ticket(reference) if reference else None
        free = ours is not None and ours.intake.exists and ours.intake.instance in (None, self._instance)
        if reference is None or not free:
            lost = reference if ours is None or not ours.intake.exists else None
            return lost if lost and self._entered_by_us(fresh) else ticket_id(self._instance, fresh.record)
        identity = decision_id(self._instance, fresh.record, "link")
        await self._access.decide(Stream.TICKETS, reference, identity, partial(link_record, self._instance, fresh))
        if not (await self._access.ticket(reference)).intake.psa_fields:
            raise WriteInFlight(fresh.record)
        record_link = await self._access.query(lambda cursor: linked_record(cursor, self._instance, fresh.record))
        return self._unless_duplicate(record_link) if record_link else None

    def _entered_by_us(self, fresh: ObservedTicket) -> bool:
        """Whether our API member created the record, so that its reference is a ticket id of ours.

        A ticket of ours that no store holds any more keeps its id: a repeat of the command that opened it finds its
        record and creates no second one. References by other authors name tickets of their own systems.
        """
        return fresh.created_by.lower() == self._access.config.api_member.lower()

    @staticmethod
    def _unless_duplicate(record_link: LinkedRecord) -> str | None:
        return None if record_link.duplicate else record_link.ticket_id

    async def _linked(self, record: str) -> bool:
        record_link = await self._access.query(lambda cursor: linked_record(cursor, self._instance, record))
        return record_link is not None and not record_link.duplicate

    async def _gone(self, record: str, receipts: tuple[int, ...]) -> int:
        """Record that the PSA record is gone (with proof) if it has a ticket."""
        record_link = await self._access.query(lambda cursor: linked_record(cursor, self._instance, record))
        if record_link is None or record_link.duplicate:
            await self._mark_read(receipts, "the record is not there")
            return 0

        def decision(ticket: Ticket, _context: DecisionContext) -> list[Draft]:
            return observe_states.gone(PROOF, ticket)

        identity = decision_id(self._instance, record, "gone")
        return len(await self._access.decide(Stream.TICKETS, record_link.ticket_id, identity, decision, receipts))

    async def _mark_read(self, receipts: tuple[int, ...], detail: str) -> None:
        rows = self._access.rows.receipts
        await self._access.query(lambda cursor: rows.mark_read(cursor, receipts, detail))
