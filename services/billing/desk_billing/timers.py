"""Arms a timer for the day by which confirmed labour should be billed; it has no effect when nothing is owed."""

from __future__ import annotations

from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.decision.planning import Arm, Due, DueHandler, TimerChange, Timers
from desk.decision.registrar import TICKETS, table
from desk_billing.decisions.unbilled import overdue

UNBILLED = "unbilled"


def _confirmed(event: Event[f.TimeConfirmed], _ticket: Ticket) -> list[TimerChange]:
    data = event.data
    return [] if data.bill_by is None else [Arm(UNBILLED, data.set_hash, data.bill_by)]


def _due(due: Due, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    return overdue(due.key, ticket, context.now)


TIMERS: dict[type[Payload], tuple[Timers, ...]] = table(
    TICKETS.arm(f.TimeConfirmed, _confirmed),
)
DUE: dict[str, DueHandler] = dict((TICKETS.due(UNBILLED, _due),))
