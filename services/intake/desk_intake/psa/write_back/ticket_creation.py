"""Creates our own tickets in the PSA, with our reference in the record, so that a repeat finds it."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall, Outcome
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.mapping.patching import new_ticket
from desk_intake.psa.observed_record_types import ObservedTicket
from desk_intake.psa.write_back.outcomes import KEY_MISSING, SWITCHED_OFF, SyncResult
from desk_intake.psa.write_back.verify_write import after_writing
from desk_integrations.kinds.psa import PsaTicket


class TicketCreation:
    """Creates records in one instance."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._psa_instance, self._access = psa_instance, psa_instance.access

    async def call(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Create the record, or read the one that was linked meanwhile."""
        if ticket.intake.record is not None:
            found = await self._access.connection.psa.ticket(ticket.intake.record)
            return self._done(planned, await self._seen(found))
        current = await self._current(ticket)
        if current is None:
            return Outcome("failed", detail="the fact that opened the ticket is not in this store")
        if self._access.parts.lacks_key(current):
            return Outcome("wait", detail=KEY_MISSING)
        await self._psa_instance.people.ensure(current.client, current.contact)
        new = new_ticket(planned.aggregate, current, self._access.config, self._access.statuses, self._plain)
        if new is None:
            return Outcome("failed", detail="the client is no company of this PSA")
        if not self._access.may_write.permits(planned, current, ticket):
            return SWITCHED_OFF
        created = await self._access.connection.psa.create_ticket(new)
        with after_writing():
            return self._done(planned, await self._seen(created))

    async def ready(self, _planned: OutboundCall, ticket: Ticket) -> str | None:
        """The reason to wait: the key of the ticket's texts is missing."""
        current = await self._current(ticket) if ticket.intake.record is None else None
        return KEY_MISSING if current is not None and self._access.parts.lacks_key(current) else None

    async def query(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Look up by our reference whether a creation whose answer was lost was carried out."""
        found = await self._access.connection.psa.tickets_by_reference(planned.aggregate)
        if not found:
            return Outcome("retry", detail="it was not carried out")
        return self._done(planned, await self._seen(found[0]), tuple(double.record for double in found[1:]))

    async def _current(self, ticket: Ticket) -> TicketOpened | None:
        """The fact that opened the ticket, with current client, contact and problem; None if not in this store."""
        intake = ticket.intake
        event = await self._access.fact(intake.opening_id) if intake.opening_id is not None else None
        if event is None or not isinstance(event.data, TicketOpened):
            return None
        return replace(event.data, client=intake.client, contact=intake.contact, problem=intake.problem)

    async def _seen(self, found: PsaTicket) -> ObservedTicket:
        return await self._psa_instance.tickets.seen(found, "webhook")

    def _done(self, planned: OutboundCall, seen: ObservedTicket, doubles: tuple[str, ...] = ()) -> Outcome:
        created = {planned.aggregate: seen.record}
        result = SyncResult(seen.record, seen.url, seen.fields, seen.status_class, 0, seen.revision, created, doubles)
        return Outcome("done", seen.record, result=result._replace(level=seen.level, at=seen.at))

    def _plain(self, text: object) -> str | None:
        plain = self._access.parts.unseal(text)
        return plain if isinstance(plain, str) else None
