"""Calls on notes and time entries, each written at most once by its marker line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from desk_connectors.connectwise.calls.base import Calls
from desk_connectors.connectwise.calls.tickets import TICKETS, changed_since
from desk_connectors.connectwise.conditions import Condition, Field
from desk_connectors.connectwise.drafts import NewNote, NewTimeEntry, encode
from desk_connectors.connectwise.marker import carries, marked
from desk_connectors.connectwise.paging import Listing
from desk_connectors.connectwise.patch import Patch
from desk_connectors.connectwise.records import Note, Record, TimeEntry

ENTRIES = "/time/entries"
W = TypeVar("W", bound=Record)


@dataclass(frozen=True, slots=True)
class WriteResult(Generic[W]):
    """Result of a write. `found` is True if an earlier attempt had written the record."""

    record: W
    found: bool


class WorkCalls(Calls):
    """Calls on notes and time entries."""

    def notes(self, ticket_id: int, *, tolerant: bool = False) -> Listing[Note]:
        """The ticket's notes, without the texts of time entries."""
        return Listing(self._session, Note, f"{TICKETS}/{ticket_id}/notes", forward=False, tolerant=tolerant)

    async def add_note(
        self, ticket_id: int, note: NewNote, marker: str, *, previous_unknown: bool = False
    ) -> WriteResult[Note]:
        """Add the note with its marker line. `previous_unknown` first searches the ticket's notes for the marker."""
        if previous_unknown:
            async for old in self.notes(ticket_id):
                # a contact who replies by mail quotes our text, also from an address without a contact
                by_customer = old.contact is not None or (old.member is None and old.customer_updated_flag)
                if not by_customer and carries(old.text, marker):
                    return WriteResult(old, True)
        body = encode(msgspec.structs.replace(note, text=marked(note.text, marker)))
        return WriteResult(await self._write(Note, "POST", f"{TICKETS}/{ticket_id}/notes", body), False)

    async def time_entry(self, entry_id: int) -> TimeEntry:
        return await self._get(TimeEntry, f"{ENTRIES}/{entry_id}")

    def time_entries(self, conditions: Condition | None = None, *, tolerant: bool = False) -> Listing[TimeEntry]:
        """Time entries that meet `conditions`, by id."""
        return Listing(self._session, TimeEntry, ENTRIES, conditions=conditions, tolerant=tolerant)

    def ticket_time_entries(self, ticket_id: int) -> Listing[TimeEntry]:
        """Every time entry charged to the ticket, whether it is a service or a project ticket."""
        charged = Field("chargeToType").one_of(("ServiceTicket", "ProjectTicket"))
        return self.time_entries(Field("chargeToId").equals(ticket_id) & charged)

    def time_changed_since(self, since: datetime, overlap: timedelta) -> Listing[TimeEntry]:
        """Every time entry changed after `since - overlap`, as `tickets_changed_since`."""
        return self.time_entries(changed_since(since, overlap), tolerant=True)

    async def newest_time_change(self) -> datetime | None:
        """The stamp of the time entry that changed last; None if there is none."""
        newest = await self._newest(ENTRIES, "lastUpdated desc")
        return newest.info.last_updated if newest is not None else None

    async def add_time(
        self, entry: NewTimeEntry, marker: str, *, previous_unknown: bool = False
    ) -> WriteResult[TimeEntry]:
        """Add a time entry; the marker is in the internal notes, which no client sees."""
        if previous_unknown:
            async for old in self.ticket_time_entries(entry.charge_to_id):
                if carries(old.internal_notes, marker):
                    return WriteResult(old, True)
        body = encode(msgspec.structs.replace(entry, internal_notes=marked(entry.internal_notes or "", marker)))
        return WriteResult(await self._write(TimeEntry, "POST", ENTRIES, body), False)

    async def patch_time(self, entry_id: int, patch: Patch) -> TimeEntry:
        """Patch an entry that is not billed yet; hours are ignored if start and end are set."""
        return await self._write(TimeEntry, "PATCH", f"{ENTRIES}/{entry_id}", patch.encode())
