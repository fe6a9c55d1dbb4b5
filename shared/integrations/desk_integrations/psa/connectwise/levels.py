"""ConnectWise's own SLA figures of a ticket, as in the record: nothing is computed, no display text is read."""

from __future__ import annotations

from desk.contract.ticket.intake.psa import Measured, ServiceLevel
from desk_connectors.connectwise.records import Ticket


def level_of(ticket: Ticket) -> ServiceLevel | None:
    """The figures; None if the record has no SLA. `slaStatus` is not read: it is for people and depends on a locale."""
    goals = (
        Measured("response", ticket.respond_minutes, ticket.responded_skipped_minutes, ticket.date_responded),
        Measured("plan", ticket.res_plan_minutes, ticket.resplan_skipped_minutes, ticket.date_resplan),
        Measured("resolution", ticket.resolve_minutes, None, ticket.date_resolved),
    )
    found = ServiceLevel(
        sla=str(ticket.sla.id) if ticket.sla else None,
        title=(ticket.sla.name or None) if ticket.sla else None,
        in_sla=ticket.is_in_sla,
        waiting=ticket.minutes_waiting,
        goals=tuple(goal for goal in goals if goal != Measured(goal.goal)),
    )
    return None if found == ServiceLevel() else found
