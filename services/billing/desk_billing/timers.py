"""The day by which confirmed labour should be billed: armed with the confirmation, moot when nothing is owed."""

from __future__ import annotations

from desk.deciding import Deciding
from desk.log.tables import DueHandler, Timers
from desk.log.timer_rows import Arm, Due, TimerChange
from desk.ticket.billing import facts as f
from desk.ticket.event import Draft, Event, Payload
from desk.ticket.ticket import Ticket
from desk_billing.decisions.unbilled import overdue

UNBILLED = "unbilled"


def _confirmed(event: Event, state: object) -> list[TimerChange]:
    data: f.TimeConfirmed = event.data
    return [] if data.bill_by is None else [Arm(UNBILLED, data.set_hash, data.bill_by)]


def _due(due: Due, ticket: Ticket, deciding: Deciding) -> list[Draft]:
    return overdue(due.key, ticket, deciding.now)


TIMERS: dict[type[Payload], Timers] = {f.TimeConfirmed: _confirmed}
DUE: dict[str, DueHandler] = {UNBILLED: _due}
