"""Writes to one ConnectWise instance. The vendor compares no revision: the caller has read before it writes."""

from __future__ import annotations

from desk_connectors.connectwise.marker import carries
from desk_integrations.http.translation import translating
from desk_integrations.kinds.psa import NewPsaNote, NewPsaTicket, NoteLookup, PsaPatch, PsaTicket
from desk_integrations.psa.connectwise.patching import new_note, new_ticket, patch_of
from desk_integrations.psa.connectwise.reads import ConnectWiseReads, listed
from desk_integrations.psa.connectwise.texts import written_by_us
from desk_integrations.psa.connectwise.tickets import ticket_of


class ConnectWiseWrites(ConnectWiseReads):
    """Writes and the look-ups that tell what became of them."""

    async def create_ticket(self, new: NewPsaTicket) -> PsaTicket:
        with translating():
            return ticket_of((await self.client.create_ticket(new_ticket(new))).ticket, self.settings)

    async def tickets_by_reference(self, reference: str) -> list[PsaTicket]:
        with translating():
            found = await self.client.tickets_by_xref(reference)
        return [ticket_of(ticket, self.settings) for ticket in found]

    async def patch_ticket(self, record: str, patch: PsaPatch, base: str) -> PsaTicket:
        with translating():
            return ticket_of(await self.client.patch_ticket(int(record), patch_of(patch)), self.settings)

    async def add_note(self, ticket: str, note: NewPsaNote, key: str) -> str:
        with translating():
            return str((await self.client.add_note(int(ticket), new_note(note), key)).record.id)

    async def find_note(self, ticket: str, key: str) -> NoteLookup:
        listing = listed(self.client.notes(int(ticket), tolerant=True), lambda note: note)
        async for note in listing:
            if carries(note.text, key) and written_by_us(note, self.settings):
                return NoteLookup(note=str(note.id))
        return NoteLookup(note=None, unreadable=tuple(listing.refused))

    async def attach_device(self, ticket: str, device: str) -> None:
        with translating():
            await self.client.attach_configuration(int(ticket), int(device))
