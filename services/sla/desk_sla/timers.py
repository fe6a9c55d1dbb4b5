"""Arms a timer for every running clock at its next threshold or due time. A paused clock has none.

Keys are (clock, cycle, step, target revision). A transaction with an own fact, or with the adoption of an import, arms
all of a ticket's timers again, once. A due time has passed when its second is over: a stop in that second is in time.
"""

from __future__ import annotations

from collections.abc import Mapping

from desk.calendars.times import to_datetime
from desk.contract.event import Event, Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.sla.slice import Clock
from desk.decision.planning import Arm, Cancel, DueHandler, TimerChange, Timers
from desk.decision.registrar import table
from desk.policies.book import PolicyBook
from desk_sla.clocks.state import CLOCKED, TicketWithTimeline
from desk_sla.decisions.clock_state import clock_state
from desk_sla.decisions.on_fact import expired
from desk_sla.engine.judge import Judged
from desk_sla.policies import Rules, rules_of

CLOCK = "clock"
WHOLE = 100
MOVES: tuple[type[Payload], ...] = (
    f.PolicySelected,
    f.ClockStarted,
    f.ClockPaused,
    f.ClockResumed,
    f.ClockRetargeted,
    f.ThresholdReached,
    f.ClockMet,
    f.ClockBreached,
    f.BreachRetracted,
    f.ClockReinstated,
    f.ClockCancelled,
    f.TargetExtended,
    i.TicketAdopted,
)
DUE: Mapping[str, DueHandler] = dict((CLOCKED.due(CLOCK, expired),))


def scheduling(book: PolicyBook) -> Mapping[type[Payload], tuple[Timers, ...]]:
    """The timers after own facts, by the documents in `book`."""
    rules = rules_of(book)

    def moved(event: Event, ticket: TicketWithTimeline) -> list[TimerChange]:
        return arm(ticket, rules)

    return table(*(CLOCKED.arm(fact, moved) for fact in MOVES))


def arm(ticket: TicketWithTimeline, rules: Rules) -> list[TimerChange]:
    """Cancel the ticket's timers, and arm one for each clock that has a threshold or due time ahead."""
    if ticket.intake.imported:
        return []
    state = clock_state(ticket, rules, ticket.timeline.latest)
    clocks = state.clocks if state is not None else ()
    found = (next_moment(one, ticket.sla.clock(one.name, one.cycle)) for one in clocks)
    return [Cancel(CLOCK), *(moment for moment in found if moment is not None)]


def next_moment(one: Judged, recorded: Clock | None) -> Arm | None:
    """The next instant at which the clock changes by itself, or None.

    A threshold that was announced is not announced again, also when a late fact moved it.
    """
    position, announced = (
        one.position,
        {percent for percent, _ in recorded.thresholds} if recorded is not None else set(),
    )
    steps = [
        (ahead.at + (ahead.percent == WHOLE), str(ahead.percent), ahead.rev)
        for ahead in position.ahead
        if ahead.percent not in announced
    ]
    if position.verdict == "open" and position.due is not None and position.state != "paused":
        steps.append((position.due + 1, "due", position.revision.rev))
    if not steps:
        return None
    at, step, rev = min(steps)
    return Arm(CLOCK, f"{one.name}|{one.cycle}|{step}|{rev}", to_datetime(at))
