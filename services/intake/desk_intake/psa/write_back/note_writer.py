"""Writes replies, notes and notices as notes of the record, each once by its marker line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from desk.contract.event import Event, Payload
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.contract.ticket.triage.ends import ObservationRuled, OutsideClosureNoticed, OutsideResolutionContested
from desk.decision.planning import OutboundCall, Outcome
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.write_back.outcomes import KEY_MISSING, SWITCHED_OFF, SyncResult, undelivered
from desk_integrations.kinds.psa import NewPsaNote

MOVED_ON = Outcome("wait", detail="the ticket has moved on")
NOT_LINKED = "the ticket is not in the PSA yet"
NOTICES: Mapping[type, str] = {
    OutsideClosureNoticed: "Closed here while this was still open: {missing}. Please complete it: ticket {ticket}.",
    OutsideResolutionContested: "Not resolved yet, this is still open: {missing}.",
    ObservationRuled: "The ticket had been reopened before this status was set: {why}.",
}
DURING_HOLD = "The requester has left the client, so that the ticket is on hold. This status counts when the hold ends."
SET_BACK: Mapping[type, str] = {
    OutsideResolutionContested: " The status was set back once.",
    ObservationRuled: " The status was set back.",
}
"""Added only if the status may be written."""


class NoteWriter:
    """Writes notes on records of one instance."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._psa_instance, self._access = psa_instance, psa_instance.access

    async def call(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Add the note. `query` has checked that no earlier try added it."""
        event = await self._access.fact(planned.cause)
        ticket = await self._placed(event, ticket)
        record = ticket.intake.record
        if status(ticket) is Status.MERGED:
            return Outcome("failed", detail="the ticket was merged")
        if record is None:
            return Outcome("wait", detail=NOT_LINKED)
        if event is not None and self._access.parts.lacks_key(event.data):
            return Outcome("wait", detail=KEY_MISSING)
        note = self._note(event, ticket, planned.aggregate) if event is not None else None
        if note is None:
            return Outcome("failed", detail="the text cannot be read any more")
        if event is not None and ticket.intake.caller_hold and _to_client(event.data):
            return Outcome("failed", detail="the requester is on hold", result=undelivered(event, "caller_revoked"))
        stop = await self._forbidden(planned, event, record, ticket)
        if stop is not None:
            return stop
        written = await self._access.connection.psa.add_note(record, note, str(planned.id))
        return self._done(event, ticket, written) if event else Outcome("done")

    async def _forbidden(
        self, planned: OutboundCall, event: Event | None, record: str, ticket: Ticket
    ) -> Outcome | None:
        """The outcome if the note may not be written now after all, else None.

        The record is read first, because people may just have moved it to where policy `write-back` forbids it.
        """
        if self._access.may_write.by_place:
            await self._psa_instance.tickets.read(record, "webhook")
            ticket = await self._placed(event, await self._access.ticket(planned.aggregate))
            if ticket.intake.record != record or ticket.intake.gone is not None:
                return MOVED_ON
        permitted = self._access.may_write.permits(planned, event.data if event else None, ticket)
        return None if permitted else SWITCHED_OFF

    async def ready(self, planned: OutboundCall, ticket: Ticket) -> str | None:
        """The reason to wait: the ticket is not in the PSA yet, or the key of the text is missing."""
        event = await self._access.fact(planned.cause)
        placed = await self._placed(event, ticket)
        if placed.intake.record is None and status(placed) is not Status.MERGED:
            return NOT_LINKED
        return KEY_MISSING if event is not None and self._access.parts.lacks_key(event.data) else None

    async def query(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Look up whether a note whose answer was lost exists."""
        event = await self._access.fact(planned.cause)
        ticket = await self._placed(event, ticket)
        if ticket.intake.record is None:
            return Outcome("retry", detail=NOT_LINKED)
        found = await self._access.connection.psa.find_note(ticket.intake.record, str(planned.id))
        if found.note is not None:
            return self._done(event, ticket, found.note) if event else Outcome("done", found.note)
        if found.unreadable:
            return Outcome("unknown", detail=f"not found, but a note cannot be read: {found.unreadable[0]}"[:200])
        return Outcome("retry", detail="it was not carried out")

    async def _placed(self, event: Event | None, ticket: Ticket) -> Ticket:
        """The ticket whose record gets the note: the root, if a person's message is on a ticket merged meanwhile."""
        said = event is not None and isinstance(event.data, ReplySent | NoteAdded)
        root = ticket.intake.merged_into
        return await self._access.ticket(root) if root is not None and said else ticket

    def _done(self, event: Event, ticket: Ticket, number: str) -> Outcome:
        ours = getattr(event.data, "message", None) or getattr(event.data, "note", None) or str(event.id)
        created = {ours: number}
        written_back_seq, record = ticket.intake.written_back_seq, ticket.intake.record or ""
        return Outcome(
            "done", number, result=SyncResult(record, None, {}, None, written_back_seq, f"note-{number}", created)
        )

    def _note(self, event: Event, ticket: Ticket, ticket_id: str) -> NewPsaNote | None:
        data = event.data
        if isinstance(data, ReplySent | NoteAdded):
            text = self._access.parts.unseal(data.text) if data.text else None
            if not isinstance(text, str):
                return None
            visibility: Literal["public", "internal"] = "public" if _to_client(data) else "internal"
            return NewPsaNote(text=text, visibility=visibility, notify=isinstance(data, ReplySent))
        if isinstance(data, ObservationRuled) and data.outcome != "stale":
            return NewPsaNote(text=DURING_HOLD, visibility="internal")
        words = {
            "ticket": ticket_id,
            "missing": ", ".join(_missing(event, ticket)) or "nothing",
            "why": getattr(data, "why", ""),
        }
        text = NOTICES[type(data)].format(**words)
        text += SET_BACK.get(type(data), "") if self._access.may_write(ticket) else ""
        return NewPsaNote(text=text, visibility="internal")


def _missing(event: Event, ticket: Ticket) -> tuple[str, ...]:
    """The gates that the notice names; a resolution that was closed in the PSA lacks its code, too."""
    gates: tuple[str, ...] = getattr(event.data, "missing", ())
    end = ticket.triage.ends.get(event.cycle or ticket.cycle)
    coded = not isinstance(event.data, OutsideClosureNoticed) or end is None or end.kind == "cancelled"
    return gates if coded else (*gates, "code")


def _to_client(data: Payload) -> bool:
    """Whether the note of this fact is a message to the requester."""
    return isinstance(data, ReplySent) or (isinstance(data, NoteAdded) and not data.internal)
