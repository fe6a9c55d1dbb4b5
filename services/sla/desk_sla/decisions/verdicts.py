"""Records verdicts: met or breached, retracted when a late fact disproves them, cancelled when none is due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from uuid import UUID

from desk.calendars.times import to_datetime
from desk.contract.event import Draft
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.sla.slice import Clock
from desk_sla.clocks.history import cancelled
from desk_sla.decisions.clock_state import ClockState
from desk_sla.engine.judge import Judged
from desk_sla.engine.ledger import Entry, Recorded, entries
from desk_sla.engine.position import position

Reason = Literal["merged", "gone", "cancelled", "no-sla"]
LATE = "a fact that happened earlier was heard later"
GONE = "no answer was owed any more"


def verdicts(one: Judged, recorded: Clock | None, state: ClockState, cause: UUID) -> Iterator[Draft]:
    """Facts that bring the recorded verdicts in line with the clock."""
    stands = one.position
    for entry in entries(_recorded(recorded), stands):
        yield _entry(one, entry, cause)
    reason = _reason(one, state)
    if reason is not None and (recorded is None or recorded.cancelled is None) and stands.verdict == "none":
        yield _cancelled(one.name, one.cycle, reason, stands.until if reason != "no-sla" else stands.revision.at)


def vanished(clock: Clock, at: int, cause: UUID) -> Iterator[Draft]:
    """Retract the verdict of a clock that no rule or message calls for any more, and cancel the clock."""
    for one in _recorded(clock):
        yield _undone(clock.clock, clock.cycle, one.kind, one.id, at, cause, GONE)
    if clock.cancelled is None:
        yield _cancelled(clock.clock, clock.cycle, "no-sla", at)


def _recorded(recorded: Clock | None) -> list[Recorded]:
    return (
        [Recorded(str(v.id), v.kind) for v in recorded.verdicts if v.undone_by is None] if recorded is not None else []
    )


def _entry(one: Judged, entry: Entry, cause: UUID) -> Draft:
    if entry.verdict is not None:
        kind: Literal["met", "breached"] = "breached" if entry.step == "breach-retracted" else "met"
        return _undone(one.name, one.cycle, kind, entry.verdict, entry.at, cause, LATE)
    stands = one.position
    rev = stands.revision
    elapsed = stands.elapsed
    if entry.step == "clock-breached":
        rev = next(rev for rev in stands.revisions if rev.rev == stands.breached_rev)
        elapsed = stands.elapsed if entry.at >= stands.until else position(one.clock, one.calendar, entry.at).elapsed
    kind_of = f.ClockBreached if entry.step == "clock-breached" else f.ClockMet
    at, due = to_datetime(entry.at), to_datetime(entry.at if rev.due is None else rev.due)
    return Draft(data=kind_of(clock=one.name, at=at, elapsed=elapsed, due=due, rev=rev.rev), cycle=one.cycle, time=at)


def _undone(
    clock: str, cycle: int, kind: Literal["met", "breached"], verdict: str, at: int, cause: UUID, reason: str
) -> Draft:
    step = f.BreachRetracted if kind == "breached" else f.ClockReinstated
    data = step(clock=clock, verdict=UUID(verdict), late_fact=cause, reason=reason)
    return Draft(data=data, cycle=cycle, time=to_datetime(at))


def _reason(one: Judged, state: ClockState) -> Reason | None:
    if one.position.state == "cancelled":
        return cancelled(state.past, one.cycle)
    return "no-sla" if one.position.revision.target is None else None


def _cancelled(clock: str, cycle: int, reason: Reason, at: int) -> Draft:
    return Draft(data=f.ClockCancelled(clock=clock, reason=reason), cycle=cycle, time=to_datetime(at))
