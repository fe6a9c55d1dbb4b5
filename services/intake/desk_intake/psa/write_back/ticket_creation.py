"""Creates our own tickets in the PSA: the reference is written with the record, so that a repeat is found."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall, Outcome
from desk_connectors.connectwise.records import Ticket as Record
from desk_intake.psa.connectwise.writing import new_ticket
from desk_intake.psa.instance import PsaInstance
from desk_intake.psa.port import Seen
from desk_intake.psa.write_back.cause_lookup import fact_of
from desk_intake.psa.write_back.outcomes import KEY_MISSING, SWITCHED_OFF, Synced
from desk_intake.psa.write_back.verify_write import after_writing


class TicketCreation:
    """Creation of records in one instance."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._psa_instances, self._desk = psa_instance, psa_instance.desk

    async def call(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Create the record, or read the one that was linked meanwhile."""
        if ticket.intake.record is not None:
            found = await self._desk.link.client.ticket(int(ticket.intake.record))
            return self._done(planned, await self._seen(found))
        current = await self._current(ticket)
        if current is None:
            return Outcome("failed", detail="the ticket's birth is not in this store")
        if self._desk.parts.lacks_key(current):
            return Outcome("wait", detail=KEY_MISSING)
        await self._psa_instances.people.ensure(current.client, current.contact)
        new = new_ticket(planned.aggregate, current, self._desk.config, self._desk.statuses, self._plain)
        if new is None:
            return Outcome("failed", detail="the client is no company of this PSA")
        if not self._desk.may_write.permits(planned, current, ticket):
            return SWITCHED_OFF
        created = await self._desk.link.client.create_ticket(new)
        with after_writing():
            return self._done(planned, await self._seen(created.ticket))

    async def ready(self, _planned: OutboundCall, ticket: Ticket) -> str | None:
        """A creation waits for the key of its texts."""
        current = await self._current(ticket) if ticket.intake.record is None else None
        return KEY_MISSING if current is not None and self._desk.parts.lacks_key(current) else None

    async def query(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Whether a creation whose answer was lost was carried out: the reference tells."""
        found = await self._desk.link.client.tickets_by_xref(planned.aggregate)
        if not found:
            return Outcome("retry", detail="it was not carried out")
        return self._done(planned, await self._seen(found[0]), tuple(str(double.id) for double in found[1:]))

    async def _current(self, ticket: Ticket) -> TicketOpened | None:
        """The ticket's birth with client, contact and problem as they are now; None when it is not in this store."""
        intake = ticket.intake
        event = await fact_of(self._desk, intake.opening_id) if intake.opening_id is not None else None
        if event is None or not isinstance(event.data, TicketOpened):
            return None
        return replace(event.data, client=intake.client, contact=intake.contact, problem=intake.problem)

    async def _seen(self, found: Record) -> Seen:
        return await self._psa_instances.tickets.seen(found, "webhook")

    def _done(self, planned: OutboundCall, seen: Seen, doubles: tuple[str, ...] = ()) -> Outcome:
        created = {planned.aggregate: seen.record}
        result = Synced(seen.record, seen.url, seen.fields, seen.status_class, 0, seen.revision, created, doubles)
        return Outcome("done", seen.record, result=result._replace(level=seen.level, at=seen.at))

    def _plain(self, text: object) -> str | None:
        opened = self._desk.parts.unseal(text)
        return opened if isinstance(opened, str) else None
