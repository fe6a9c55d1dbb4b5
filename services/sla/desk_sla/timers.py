"""The next moment of every running clock as a timer: a threshold, or the due time. None while a clock is paused.

Keys are (clock, cycle, step, target revision). An own fact (and the adoption of an import) arms all of a ticket's
clocks again, so whatever it moved is moved. A due time has passed when its second is over: a stop in that second is in
time.
"""

from __future__ import annotations

from collections.abc import Mapping

from desk.calendars.times import to_datetime
from desk.contract.event import Event, Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.sla.slice import Clock
from desk.decision.planning import Arm, Cancel, DueHandler, TimerChange, Timers
from desk.policies.book import PolicyBook
from desk_sla.clocks.state import Judging
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
DUE: Mapping[str, DueHandler] = {CLOCK: expired}


def scheduling(book: PolicyBook) -> Mapping[type[Payload], tuple[Timers, ...]]:
    """The timers of own facts, by the documents of `book`."""
    rules = rules_of(book)

    def moved(event: Event, ticket: Judging) -> list[TimerChange]:
        return arm(ticket, rules)

    return dict.fromkeys(MOVES, (moved,))


def arm(ticket: Judging, rules: Rules) -> list[TimerChange]:
    """Forget the ticket's timers, and arm one for each clock that has a moment ahead."""
    if ticket.intake.imported:
        return []
    standing = clock_state(ticket, rules, ticket.timeline.latest)
    clocks = standing.clocks if standing is not None else ()
    found = (next_moment(one, ticket.sla.clock(one.name, one.cycle)) for one in clocks)
    return [Cancel(CLOCK), *(moment for moment in found if moment is not None)]


def next_moment(one: Judged, known: Clock | None) -> Arm | None:
    """When the clock wants to be looked at again; None when nothing can happen to it by itself.

    A threshold that was told is not told again, also when a late fact moved it.
    """
    stands, told = one.position, {percent for percent, _ in known.thresholds} if known is not None else set()
    steps = [
        (ahead.at + (ahead.percent == WHOLE), str(ahead.percent), ahead.rev)
        for ahead in stands.ahead
        if ahead.percent not in told
    ]
    if stands.verdict == "open" and stands.due is not None and stands.state != "paused":
        steps.append((stands.due + 1, "due", stands.revision.rev))
    if not steps:
        return None
    at, step, rev = min(steps)
    return Arm(CLOCK, f"{one.name}|{one.cycle}|{step}|{rev}", to_datetime(at))
