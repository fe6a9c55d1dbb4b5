"""Reads what was said about records: their notes, and the texts of time entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from desk.contract.event import Event
from desk.telemetry.tracing import traceparent
from desk_connectors.connectwise.records import TimeEntry
from desk_connectors.http import VendorAnswerInvalid, VendorRefused
from desk_intake.psa.connectwise.texts import entry_text_of, note_of
from desk_intake.psa.conversation import conversation
from desk_intake.psa.conversation.note_item import RecordNotes
from desk_intake.psa.conversation.note_rows import notes_read, tried
from desk_intake.psa.log_access import Desk
from desk_intake.psa.observe.record_links import linked
from desk_intake.psa.port import Birth, NoteSeen, Seen
from desk_intake.psa.receive.read_order import begins
from desk_intake.psa.reconcile.revisits import notes_failed

log = structlog.get_logger(__name__)


async def recorded_as(desk: Desk, record: str) -> str | None:
    """The ticket that a record is; None when it has none."""
    found = await desk.query(lambda cursor: linked(cursor, desk.config.id, record))
    return found.ticket_id if found is not None else None


class NoteReader:
    """Notes of one instance's records."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._instance = desk, desk.config.id
        self._unreadable: set[str] = set()

    def unreadable(self) -> int:
        """How many notes could not be read since this was asked last, whoever read them."""
        found, self._unreadable = len(self._unreadable), set()
        return found

    async def retry(self, record: str) -> int:
        """The notes of a record one of which could not be read; how many facts. One that still cannot stays named."""
        place = await recorded_as(self._desk, record)
        now = (await self._desk.ticket(place)).intake if place is not None else None
        if place is None or now is None or now.opened_at is None or now.gone or not self._desk.config.read_notes:
            await self._desk.query(lambda cursor: notes_failed(cursor, self._instance, {}, record))
            return 0
        return await self.again(place, record)

    async def read(self, place: str, seen: Seen) -> int:
        """The notes of a record that was read; how many facts.

        Also where it shows nothing new: stamps are whole seconds, and a second note within one changes none.
        """
        if not self._desk.config.read_notes or not seen.in_scope:
            return 0
        return len(await self._record(place, seen.record, Birth(seen.opened_at, seen.opened_by)))

    async def again(self, place: str, record: str) -> int:
        """The notes of a record that shows nothing new: the vendor need not touch it for a note; how many facts."""
        opened_at = (await self._desk.ticket(place)).intake.opened_at
        if not self._desk.config.read_notes or opened_at is None:
            return 0
        await self._desk.query(lambda cursor: tried(cursor, self._instance, record))
        return len(await self._record(place, record, Birth(opened_at, "")))

    async def entry(self, place: str, record: str, entry: TimeEntry) -> int:
        """What a time entry adds to its ticket, unless it is known; how many facts."""
        text = entry_text_of(entry, self._desk.config, await self._desk.link.bots())
        if text is None or not self._desk.config.read_notes:
            return 0
        ticket = await self._desk.ticket(place)
        if text.message in conversation.said(ticket):
            return 0
        birth = Birth(ticket.intake.opened_at or datetime.min.replace(tzinfo=UTC), "")
        try:
            found = await self._list(record, birth.at)
        except VendorRefused as refused:
            # without the right to read notes nothing of them is recorded that this could be a double of
            log.warning("notes cannot be read", instance=self._instance, record=record, error=str(refused)[:200])
            found = []
        return len(await self._hand_in(place, record, [conversation.without_double(text, found)], birth))

    async def _record(self, place: str, record: str, birth: Birth) -> list[Event]:
        begun = await self._desk.query(begins)
        found = await self._list(record, birth.at)
        if not birth.by and any(conversation.may_describe(note, birth) for note in await self._news(place, found)):
            birth = birth._replace(by=(await self._desk.link.client.ticket(int(record))).info.entered_by)
        events = await self._hand_in(place, record, found, birth)
        await self._desk.query(lambda cursor: notes_read(cursor, self._instance, record, begun))
        return events

    async def _list(self, record: str, born: datetime) -> list[NoteSeen]:
        link, config = self._desk.link, self._desk.config
        bots, members = await link.bots(), await link.members()
        listing = link.client.notes(int(record), tolerant=True)
        found = [note_of(note, born, config, bots, members) async for note in listing]
        await self._keep(record, listing.refused)
        return found

    async def _keep(self, record: str, refused: Sequence[VendorAnswerInvalid]) -> None:
        """Notes that cannot be read are counted and named, and tried again when the record's notes are."""
        failing = {f"{record}/{invalid.number or '?'}": str(invalid)[:200] for invalid in refused}
        self._unreadable |= failing.keys()
        news = await self._desk.query(lambda cursor: notes_failed(cursor, self._instance, failing, record))
        say = log.warning if news else log.info
        for name, detail in failing.items():
            say("a note cannot be read", instance=self._instance, record=name, error=detail)

    async def _news(self, place: str, found: Sequence[NoteSeen]) -> list[NoteSeen]:
        ticket = await self._desk.ticket(place)
        existing = conversation.said(ticket) | ticket.intake.notes
        return [note for note in found if note.message not in existing]

    async def _hand_in(self, place: str, record: str, found: Sequence[NoteSeen], birth: Birth) -> list[Event]:
        if not found:
            return []
        return await self._desk.record(RecordNotes(place, self._instance, record, tuple(found), birth, traceparent()))
