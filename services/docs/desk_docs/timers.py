"""Arms a timer for each obligation when it is raised, and cancels it when it is met."""

from __future__ import annotations

from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.decision.planning import Arm, Cancel, Due, DueHandler, TimerChange, Timers
from desk.decision.registrar import TICKETS, table
from desk_docs.decisions.obligations import overdue

OBLIGATION = "obligation"


def _raised(event: Event[f.ObligationRaised], _ticket: Ticket) -> list[TimerChange]:
    return [Arm(OBLIGATION, f"{event.data.what}|{event.cycle}", event.data.due)]


def _met(event: Event[f.ObligationMet], _ticket: Ticket) -> list[TimerChange]:
    return [Cancel(OBLIGATION, f"{event.data.what}|{event.cycle}")]


def _due(due: Due, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    obligation = ticket.docs.obligations.get(due.key)
    return [] if obligation is None else overdue(obligation, ticket)


TIMERS: dict[type[Payload], tuple[Timers, ...]] = table(
    TICKETS.arm(f.ObligationRaised, _raised),
    TICKETS.arm(f.ObligationMet, _met),
)
DUE: dict[str, DueHandler] = dict((TICKETS.due(OBLIGATION, _due),))
