"""Look-ups that intake's decisions make in its own read models."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.event import Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.reads import Lookup
from desk.eventstore.table_writer import DbCursor
from desk.service.parts import Parts
from desk_intake.decisions.opening import OPEN_TICKETS, OpenTicket

OPEN_OF_CONTACT = (
    "SELECT ticket_id FROM tickets WHERE contact = %s AND client = %s"
    " AND status NOT IN ('closed', 'cancelled', 'merged', 'gone') ORDER BY opened_at, ticket_id LIMIT 20"
)


def lookups(parts: Parts) -> Mapping[str, Lookup]:
    """`open_tickets`: open tickets of the same contact and symptom code, oldest first; none without both."""
    log = parts.service.log

    def open_tickets(body: OpenTicket, client: str) -> tuple[str, ...]:
        if body.contact is None or body.symptom is None:
            return ()

        def of_contact(cursor: DbCursor) -> list[str]:
            return [row[0] for row in cursor.execute(OPEN_OF_CONTACT, (body.contact, client))]

        return tuple(found for found in log.store.execute(of_contact) if _symptom(found) == body.symptom)

    def _symptom(ticket_id: str) -> str | None:
        ticket: Ticket = log.replica(Stream.TICKETS, ticket_id).state
        return ticket.intake.symptom

    return dict((OPEN_TICKETS.answered_by(open_tickets),))
