"""Records the difference between a ticket's recorded clocks and its clocks as judged now.

An unchanged clock gives no fact. A verdict is never rewritten: a fact of its own retracts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID, uuid5

from msgspec.structs import replace

from desk.calendars.times import to_datetime
from desk.contract.event import Draft, natural_key
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.sla.slice import Clock, clock_key
from desk.decision.context import DecisionContext
from desk_sla.clocks.state import TicketWithTimeline
from desk_sla.decisions.clock_state import ClockState
from desk_sla.decisions.pausing import pauses
from desk_sla.decisions.selecting import select
from desk_sla.decisions.verdicts import vanished, verdicts
from desk_sla.engine.clock import Position, Revision
from desk_sla.engine.judge import Judged

GRACE = 60
"""Seconds after which a threshold found by a fact is recorded as `historic`, and nobody is warned."""
CAUSES: Mapping[str, str] = {"agreement": "tier", "asset_class": "policy"}


class Trigger(NamedTuple):
    """The reason for judging the clocks. `cause`: id of the fact or timer. `timed`: a timer fired."""

    context: DecisionContext
    cause: UUID
    timed: bool = False


def record(state: ClockState, ticket: TicketWithTimeline, trigger: Trigger) -> list[Draft]:
    """Every change that is not recorded yet: the policy first, then clock by clock."""
    cycle = len(state.past.cycles)
    drafts = select(state, ticket, cycle)
    current = {clock_key(one.name, one.cycle) for one in state.clocks}
    for one in state.clocks:
        drafts += _clock(one, ticket, state, trigger)
    for key, clock in ticket.sla.clocks.items():
        if key not in current:
            drafts += vanished(clock, state.at, trigger.cause)
    return _apart(drafts, trigger.cause)


def _apart(drafts: list[Draft], cause: UUID) -> list[Draft]:
    """Give later facts with an equal natural key an id of their own: one cause may pause clocks of two cycles."""
    seen: set[str] = set()
    found = []
    for draft in drafts:
        key = f"{draft.data.name}|{natural_key(draft)}"
        found.append(replace(draft, id=uuid5(cause, f"{key}|{draft.cycle}")) if key in seen else draft)
        seen.add(key)
    return found


def _clock(one: Judged, ticket: TicketWithTimeline, state: ClockState, trigger: Trigger) -> Iterator[Draft]:
    position, recorded = one.position, ticket.sla.clock(one.name, one.cycle)
    if recorded is None and position.revision.target is None:
        return
    if recorded is not None and recorded.cancelled is not None and _runs_again(position):
        yield _started(one, position.revision, position.due, position.now)
        recorded = restarted(recorded, position)
    elif recorded is None:
        yield _started(one, _first(position), None, one.clock.starts_at)
    paused, due = pauses(one, recorded, ticket, state.at)
    yield from paused
    yield from _retargeted(one, recorded, due, trigger)
    if not ticket.intake.imported:
        yield from _thresholds(one, recorded, state.at, trigger)
    yield from verdicts(one, recorded, state, trigger.cause)


def _runs_again(position: Position) -> bool:
    return position.state != "cancelled" and position.revision.target is not None


def restarted(recorded: Clock, position: Position) -> Clock:
    """The clock in the slice after it was started again."""
    rev = position.revision
    due = None if position.due is None else to_datetime(position.due)
    return replace(recorded, due=due, seconds=rev.target or 0, rev=max(recorded.rev, rev.rev), cancelled=None)


def _started(one: Judged, rev: Revision, due: int | None, at: int) -> Draft:
    """`clock-started`; `due` None: the due time by the whole target, before any pause."""
    if due is None:
        due = rev.calendar.due_s(rev.origin, (rev.target or 0) - rev.carried)
    started = f.ClockStarted(
        clock=one.name,
        starts_at=to_datetime(one.clock.starts_at),
        due=to_datetime(due),
        seconds=rev.target or 0,
        rev=rev.rev,
    )
    return Draft(data=started, cycle=one.cycle, time=to_datetime(at))


def _first(position: Position) -> Revision:
    return next((rev for rev in position.revisions if rev.target is not None), position.revision)


def _retargeted(one: Judged, recorded: Clock | None, due: int | None, trigger: Trigger) -> Iterator[Draft]:
    """Each new revision, or one with cause `late-fact` when a late fact moved the due time without a revision."""
    position = one.position
    base = recorded.rev if recorded is not None else _first(position).rev
    fresh = [rev for rev in position.revisions if rev.rev > base and rev.mode != "extension" and rev.target is not None]
    old = due
    for rev in fresh:
        yield _revision(one, rev, rev.rev, old, trigger)
        old = rev.due
    if not fresh and _moved(one, recorded, due):
        yield _revision(one, position.revision, base + 1, due, trigger, late=True)


def _moved(one: Judged, recorded: Clock | None, due: int | None) -> bool:
    position = one.position
    if (
        recorded is None
        or position.revision.target is None
        or position.stopped_at is not None
        or position.state == "cancelled"
    ):
        return False
    seconds = position.revision.mode != "extension" and recorded.seconds != position.revision.target
    return seconds or (position.state != "paused" and due != position.due)


def _revision(
    one: Judged, rev: Revision, number: int, old: int | None, trigger: Trigger, *, late: bool = False
) -> Draft:
    cause = "late-fact" if late else CAUSES.get(rev.cause, rev.cause)
    retargeted = f.ClockRetargeted(
        clock=one.name,
        rev=number,
        seconds=rev.target or 0,
        cause=cause,  # type: ignore[arg-type]
        rule=rev.mode if rev.mode in ("forward", "retroactive", "reset") else "retroactive",
        old_due=None if old is None else to_datetime(old),
        new_due=None if rev.due is None else to_datetime(rev.due),
        cause_id=trigger.cause,
    )
    return Draft(data=retargeted, cycle=one.cycle, time=to_datetime(one.position.now if late else rev.at))


def _thresholds(one: Judged, recorded: Clock | None, at: int, trigger: Trigger) -> Iterator[Draft]:
    announced = {percent for percent, _ in recorded.thresholds} if recorded is not None else set()
    for reached in one.position.reached:
        if reached.percent not in announced:
            past = not trigger.timed and reached.at + GRACE < at
            data = f.ThresholdReached(clock=one.name, percent=reached.percent, rev=reached.rev, historic=past)
            yield Draft(data=data, cycle=one.cycle, time=to_datetime(reached.at))
