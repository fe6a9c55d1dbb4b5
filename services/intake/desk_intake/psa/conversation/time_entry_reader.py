"""Reads time entries of the PSA and records them on their tickets; billing interprets them."""

from __future__ import annotations

from functools import partial

from desk.contract.event import Draft, Stream
from desk.contract.ticket.intake.psa import Via
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_intake.psa.conversation import time_entry_facts
from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.mapping.notes_and_time_entries import observed_time_entry
from desk_intake.psa.observe.record_links import linked_record, ticket_of_entry
from desk_intake.psa.observe.ticket_reader import TicketReader
from desk_intake.psa.observed_record_types import ObservedTimeEntry
from desk_intake.psa.reconcile.absence import read_record
from desk_integrations.kinds.psa import PsaTimeEntry
from desk_integrations.receipts.decision_item import decision_id


class TimeEntryReader:
    """Reads time entries of one instance."""

    def __init__(self, access: LogAccess, tickets: TicketReader) -> None:
        self._access, self._tickets = access, tickets
        self._instance = access.config.id

    async def read(self, record: str, via: Via) -> int:
        """Read one entry; returns the number of facts."""

        async def is_recorded() -> bool:
            ticket = await self._access.query(lambda cursor: ticket_of_entry(cursor, self._instance, record))
            return ticket is not None

        found = await read_record(self._access, "time", record, self._access.connection.psa.time_entry, is_recorded)
        return await self._leave(record) if found is None else await self.show(found, via)

    async def show(self, entry: PsaTimeEntry, via: Via) -> int:
        """Record the present state of an entry; returns the number of facts."""
        found = observed_time_entry(entry, self._access.config, await self._access.connection.bots())
        if found is None:
            return await self._leave(entry.record)
        ticket = await self._ticket(found, via)
        left = await self._leave(found.entry, keep=ticket)
        if ticket is None:
            return left

        # first, because the entry's earlier revision decides whether its text was added later
        left += await self._tickets.note_reader.entry(ticket, found.record, entry)

        def decision(state: Ticket, _context: DecisionContext) -> list[Draft]:
            return time_entry_facts.time_entry(found, state)

        identity = decision_id(self._instance, "time", found.entry, found.revision)
        return left + len(await self._access.decide(Stream.TICKETS, ticket, identity, decision))

    async def _ticket(self, found: ObservedTimeEntry, via: Via) -> str | None:
        record_link = await self._access.query(lambda cursor: linked_record(cursor, self._instance, found.record))
        if record_link is None:
            await self._tickets.read(found.record, via)
            record_link = await self._access.query(lambda cursor: linked_record(cursor, self._instance, found.record))
        return record_link.ticket_id if record_link else None

    async def _leave(self, entry: str, keep: str | None = None) -> int:
        """Record that the entry has left its ticket, unless that is `keep`."""
        ticket = await self._access.query(lambda cursor: ticket_of_entry(cursor, self._instance, entry))
        if ticket is None or ticket == keep:
            return 0
        identity = decision_id(self._instance, "time", entry, "gone")
        return len(await self._access.decide(Stream.TICKETS, ticket, identity, partial(_gone, entry)))


def _gone(entry: str, ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    return time_entry_facts.time_gone(entry, ticket)
