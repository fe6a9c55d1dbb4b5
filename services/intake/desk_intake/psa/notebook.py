"""Reads the notes of records, and which of them a merge has only moved there."""

from __future__ import annotations

from datetime import datetime

from desk.deciding import Deciding
from desk.ticket.event import Draft, Stream
from desk.ticket.ticket import Ticket
from desk_connectors.connectwise import Field
from desk_connectors.connectwise.marker import unmarked
from desk_intake.psa import conversation
from desk_intake.psa.connectwise.normalise import note_of
from desk_intake.psa.desk import Desk
from desk_intake.psa.ids import decision_id
from desk_intake.psa.port import Seen
from desk_intake.psa.records import linked


async def known_as(desk: Desk, record: str) -> str | None:
    """The ticket that a record is; None when it has none."""
    known = await desk.query(lambda cursor: linked(cursor, desk.config.id, record))
    return known.ticket_id if known is not None else None


class Notebook:
    """Notes of one instance's records."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._instance = desk, desk.config.id
        self._noted: dict[str, datetime] = {}

    async def read(self, place: str, seen: Seen) -> int:
        """The notes of a record that shows a new state; how many facts."""
        if not self._desk.config.read_notes or self._noted.get(seen.record) == seen.at or not seen.in_scope:
            return 0
        bots = await self._desk.link.bots()
        found = [
            note_of(note, seen.opened_at, self._desk.config, bots, note.text != unmarked(note.text))
            for note in await self._desk.link.client.notes(int(seen.record)).all()
        ]
        moved = await self._moved(seen) if found and seen.absorbs else frozenset[str]()

        def decision(ticket: Ticket, _deciding: Deciding) -> list[Draft]:
            return conversation.notes(found, self._instance, ticket, moved)

        identity = decision_id(self._instance, seen.record, "notes")
        events = await self._desk.decide(Stream.TICKETS, place, identity, decision) if found else []
        self._noted[seen.record] = seen.at
        return len(events)

    async def _moved(self, seen: Seen) -> frozenset[str]:
        """What is known of the conversations of records that were merged into this one."""
        merged = Field("mergedParentTicket/id").equals(int(seen.record))
        found = frozenset[str]()
        async for record in self._desk.link.client.tickets(merged, tolerant=True):
            ticket = await known_as(self._desk, str(record.id))
            found |= conversation.said(await self._desk.ticket(ticket)) if ticket else frozenset()
        return found
