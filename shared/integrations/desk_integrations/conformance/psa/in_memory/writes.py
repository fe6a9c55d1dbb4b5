"""Writes to the PSA in memory, as its API member."""

from __future__ import annotations

from typing import Any

from desk_integrations.conformance.psa.in_memory.reads import InMemoryReads
from desk_integrations.conformance.psa.in_memory.world import VENDOR, PsaWorld
from desk_integrations.kinds.psa import NewPsaNote, NewPsaTicket, NoteLookup, PsaPatch, PsaTicket
from desk_integrations.vendor_errors import VendorRefused


class InMemoryWrites(InMemoryReads):
    """Writes by the API member. `written` keeps (operation, record) of those that were carried out."""

    def __init__(self, world: PsaWorld, *, compares_base: bool = False) -> None:
        super().__init__(world)
        self._compares_base = compares_base
        self.written: list[tuple[str, str]] = []

    async def create_ticket(self, new: NewPsaTicket) -> PsaTicket:
        self._check("create_ticket")
        self.world.found("company", new.client)
        given = {"contact": new.contact, "status": new.status, "summary": new.summary}
        row = self.world.open_ticket(
            self.world.api_member, board=new.board, client=new.client, reference=new.reference, **given
        )
        self._wrote("create_ticket", row.record)
        return row

    async def tickets_by_reference(self, reference: str) -> list[PsaTicket]:
        self._check("tickets_by_reference")
        return [row for _, row in sorted(self.world.tables["ticket"].items()) if row.reference == reference]

    async def patch_ticket(self, record: str, patch: PsaPatch, base: str) -> PsaTicket:
        self._check("patch_ticket")
        before: PsaTicket = self.world.found("ticket", record)
        if self._compares_base and before.revision != base:
            problem = "refused with 409 (the record has changed)"
            raise VendorRefused(VENDOR, f"change ticket {record}", problem, status=409)
        values: dict[str, Any] = dict(patch.values)
        if patch.technician is not None:
            values["technician"] = self.world.found("member", patch.technician).identifier
        elif patch.unassign:
            values["technician"] = None
        row = self.world.change(record, self.world.api_member, **values)
        self._wrote("patch_ticket", record)
        return row

    async def add_note(self, ticket: str, note: NewPsaNote, key: str) -> str:
        self._check("add_note")
        public = note.visibility == "public"
        written = self.world.write_note(ticket, self.world.api_member, note.text, public=public, key=key)
        self._wrote("add_note", ticket)
        return written.note

    async def find_note(self, ticket: str, key: str) -> NoteLookup:
        self._check("find_note")
        self.world.found("ticket", ticket)
        mine = (stored.note.note for stored in self.world.notes[int(ticket)] if stored.key == key and stored.note.ours)
        return NoteLookup(note=next(mine, None))

    async def attach_device(self, ticket: str, device: str) -> None:
        self._check("attach_device")
        self.world.found("ticket", ticket)
        if device not in self.world.attached[int(ticket)]:
            self.world.attached[int(ticket)].append(device)
        self._wrote("attach_device", ticket)

    def _wrote(self, operation: str, record: str) -> None:
        self.written.append((operation, record))
        self._check(operation, after=True)
