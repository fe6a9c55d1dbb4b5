"""Links a record to its ticket, and selects the states of callbacks that precede the current one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from desk.contract.event import Draft
from desk.contract.ticket.intake.psa_record import PsaDuplicateFound, PsaLinked
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_intake.psa.observed_record_types import ObservedTicket


def states_between(bodies: Sequence[ObservedTicket], fresh: ObservedTicket) -> list[ObservedTicket]:
    """States before the current one, oldest first, without our own writes.

    Stamps are whole seconds: of several states within one second, all true, the last to arrive is taken.
    """
    others = (body for body in bodies if not body.own and body.revision != fresh.revision and body.at < fresh.at)
    by_second = {body.at: body for body in others}
    return [by_second[at] for at in sorted(by_second)]


def link_record(instance: str, fresh: ObservedTicket, ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    """Link our ticket to the record. Of two records with its id the lower is linked, the other is a duplicate."""
    other = ticket.intake.record
    linked_now = PsaLinked(instance=instance, record=fresh.record, url=fresh.url)
    if other is None:
        return [Draft(data=linked_now)]
    if other == fresh.record or fresh.record in ticket.intake.duplicates:
        return []
    if int(fresh.record) > int(other):
        return [Draft(data=PsaDuplicateFound(record=fresh.record))]
    return [Draft(data=linked_now), Draft(data=PsaDuplicateFound(record=other))]
