"""Reads the notes of PSA records and the texts of time entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog

from desk.contract.event import Event
from desk.telemetry.tracing import traceparent
from desk_intake.psa.conversation import note_facts
from desk_intake.psa.conversation.note_rows import NOTE, mark_notes_read, mark_notes_tried
from desk_intake.psa.conversation.note_work_item import RecordNotes
from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.mapping.notes_and_time_entries import observed_entry_text, observed_note
from desk_intake.psa.observe.record_links import linked_record
from desk_intake.psa.observed_record_types import ObservedNote, ObservedTicket, RecordCreation
from desk_intake.psa.receive.stale_reads import read_start
from desk_integrations.kinds.psa import PsaTimeEntry
from desk_integrations.vendor_errors import VendorAnswerInvalid, VendorRefused

log = structlog.get_logger(__name__)


async def recorded_as(access: LogAccess, record: str) -> str | None:
    """The ticket of a record; None if it has none."""
    found = await access.query(lambda cursor: linked_record(cursor, access.config.id, record))
    return found.ticket_id if found is not None else None


class NoteReader:
    """Reads notes of one instance's records."""

    def __init__(self, access: LogAccess) -> None:
        self._access, self._instance = access, access.config.id
        self._unreadable: set[str] = set()

    def unreadable(self) -> int:
        """The number of unreadable notes since the last call."""
        found, self._unreadable = len(self._unreadable), set()
        return found

    async def retry(self, record: str) -> int:
        """Read the notes of a record with an unreadable note again; returns the number of facts.

        A note that is still unreadable stays listed.
        """
        ticket_id = await recorded_as(self._access, record)
        now = (await self._access.ticket(ticket_id)).intake if ticket_id is not None else None
        if ticket_id is None or now is None or now.opened_at is None or now.gone or not self._access.config.read_notes:
            await self._mark_failed({}, record)
            return 0
        return await self.reread(ticket_id, record)

    async def read(self, ticket_id: str, seen: ObservedTicket) -> int:
        """Read the notes of a record that was just read; returns the number of facts.

        Notes are read even if the record is unchanged: stamps are whole seconds, and a second note within one changes
        none.
        """
        if not self._access.config.read_notes or not seen.in_scope:
            return 0
        return len(await self._record(ticket_id, seen.record, RecordCreation(seen.opened_at, seen.created_by)))

    async def reread(self, ticket_id: str, record: str) -> int:
        """Read the notes of an unchanged record, since the vendor need not touch it for a note; returns facts."""
        opened_at = (await self._access.ticket(ticket_id)).intake.opened_at
        if not self._access.config.read_notes or opened_at is None:
            return 0
        await self._access.query(lambda cursor: mark_notes_tried(cursor, self._instance, record))
        return len(await self._record(ticket_id, record, RecordCreation(opened_at, "")))

    async def entry(self, ticket_id: str, record: str, entry: PsaTimeEntry) -> int:
        """Record the text that a time entry adds to its ticket, unless recorded; returns the number of facts."""
        text = observed_entry_text(entry, self._access.config, await self._access.connection.bots())
        if text is None or not self._access.config.read_notes:
            return 0
        ticket = await self._access.ticket(ticket_id)
        if text.message in note_facts.message_ids(ticket):
            return 0
        creation = RecordCreation(ticket.intake.opened_at or datetime.min.replace(tzinfo=UTC), "")
        try:
            found = await self._list(record, creation.at)
        except VendorRefused as refused:
            # without the right to read notes none are recorded, so the text cannot be a duplicate of one
            log.warning("notes cannot be read", instance=self._instance, record=record, error=str(refused)[:200])
            found = []
        return len(await self._submit(ticket_id, record, [note_facts.saved_as_note(text, found)], creation))

    async def _record(self, ticket_id: str, record: str, creation: RecordCreation) -> list[Event]:
        begun = await self._access.query(read_start)
        found = await self._list(record, creation.at)
        if not creation.by and any(
            note_facts.may_describe(note, creation) for note in await self._unrecorded(ticket_id, found)
        ):
            creation = creation._replace(by=(await self._access.connection.psa.ticket(record)).created_by)
        events = await self._submit(ticket_id, record, found, creation)
        await self._access.query(lambda cursor: mark_notes_read(cursor, self._instance, record, begun))
        return events

    async def _list(self, record: str, created_at: datetime) -> list[ObservedNote]:
        connection, config = self._access.connection, self._access.config
        bots, members = await connection.bots(), await connection.members()
        listing = connection.psa.notes(record)
        found = [observed_note(note, created_at, config, bots, members) async for note in listing]
        await self._keep(record, listing.refused)
        return found

    async def _keep(self, record: str, refused: Sequence[VendorAnswerInvalid]) -> None:
        """Count and list unreadable notes; they are tried again with the record's notes."""
        failing = {f"{record}/{invalid.number or '?'}": str(invalid)[:200] for invalid in refused}
        self._unreadable |= failing.keys()
        news = await self._mark_failed(failing, record)
        say = log.warning if news else log.info
        for name, detail in failing.items():
            say("a note cannot be read", instance=self._instance, record=name, error=detail)

    async def _mark_failed(self, failing: Mapping[str, str], record: str) -> int:
        """Set the unreadable notes of a record; returns the number of new ones."""
        rows, place = self._access.rows.revisits, (self._instance, NOTE)
        return await self._access.query(lambda cursor: rows.mark_parts_failed(cursor, *place, failing, record))

    async def _unrecorded(self, ticket_id: str, found: Sequence[ObservedNote]) -> list[ObservedNote]:
        ticket = await self._access.ticket(ticket_id)
        existing = note_facts.message_ids(ticket) | ticket.intake.notes
        return [note for note in found if note.message not in existing]

    async def _submit(
        self, ticket_id: str, record: str, found: Sequence[ObservedNote], creation: RecordCreation
    ) -> list[Event]:
        if not found:
            return []
        return await self._access.record(
            RecordNotes(ticket_id, self._instance, record, tuple(found), creation, traceparent())
        )
