"""What has to be recorded so that the ticket's stream says what its clocks say: the difference, as facts.

A clock that nothing has changed gives nothing. A verdict is never rewritten: it is taken back by a fact of its own.
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
from desk_sla.clocks.state import Judging
from desk_sla.decisions.clock_state import ClockState
from desk_sla.decisions.pausing import pauses
from desk_sla.decisions.selecting import select
from desk_sla.decisions.verdicts import vanished, verdicts
from desk_sla.engine.clock import Position, Revision
from desk_sla.engine.judge import Judged

GRACE = 60
"""A threshold found by a fact this many seconds after it passed is history: nobody is warned any more."""
CAUSES: Mapping[str, str] = {"agreement": "tier", "asset_class": "policy"}


class Finding(NamedTuple):
    """Why the clocks were looked at. `cause`: id of the fact heard, or of the timer. `timed`: a timer's moment."""

    context: DecisionContext
    cause: UUID
    timed: bool = False


def record(standing: ClockState, ticket: Judging, finding: Finding) -> list[Draft]:
    """All that the ticket's stream does not say yet, in the order: policy, then clock by clock."""
    cycle = len(standing.past.cycles)
    drafts = select(standing, ticket, cycle)
    current = {clock_key(one.name, one.cycle) for one in standing.clocks}
    for one in standing.clocks:
        drafts += _clock(one, ticket, standing, finding)
    for key, clock in ticket.sla.clocks.items():
        if key not in current:
            drafts += vanished(clock, standing.at, finding.cause)
    return _apart(drafts, finding.cause)


def _apart(drafts: list[Draft], cause: UUID) -> list[Draft]:
    """A cause that pauses the clocks of two cycles has one natural key: the second fact gets an id of its own."""
    seen: set[str] = set()
    found = []
    for draft in drafts:
        key = f"{draft.data.name}|{natural_key(draft)}"
        found.append(replace(draft, id=uuid5(cause, f"{key}|{draft.cycle}")) if key in seen else draft)
        seen.add(key)
    return found


def _clock(one: Judged, ticket: Judging, standing: ClockState, finding: Finding) -> Iterator[Draft]:
    stands, known = one.position, ticket.sla.clock(one.name, one.cycle)
    if known is None and stands.revision.target is None:
        return
    if known is not None and known.cancelled is not None and _runs_again(stands):
        yield _started(one, stands.revision, stands.due, stands.now)
        known = restarted(known, stands)
    elif known is None:
        yield _started(one, _first(stands), None, one.clock.starts_at)
    paused, due = pauses(one, known, ticket, standing.at)
    yield from paused
    yield from _retargeted(one, known, due, finding)
    if not ticket.intake.imported:
        yield from _thresholds(one, known, standing.at, finding)
    yield from verdicts(one, known, standing, finding.cause)


def _runs_again(stands: Position) -> bool:
    return stands.state != "cancelled" and stands.revision.target is not None


def restarted(known: Clock, stands: Position) -> Clock:
    """The clock as the slice holds it after it was started again."""
    rev = stands.revision
    due = None if stands.due is None else to_datetime(stands.due)
    return replace(known, due=due, seconds=rev.target or 0, rev=max(known.rev, rev.rev), cancelled=None)


def _started(one: Judged, rev: Revision, due: int | None, at: int) -> Draft:
    """`due` None: when the whole target has run from the start, before any pause."""
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


def _first(stands: Position) -> Revision:
    return next((rev for rev in stands.revisions if rev.target is not None), stands.revision)


def _retargeted(one: Judged, known: Clock | None, due: int | None, finding: Finding) -> Iterator[Draft]:
    """Each new revision; and when a late fact moved the due time without one, a revision that says so."""
    stands = one.position
    base = known.rev if known is not None else _first(stands).rev
    fresh = [rev for rev in stands.revisions if rev.rev > base and rev.mode != "extension" and rev.target is not None]
    old = due
    for rev in fresh:
        yield _revision(one, rev, rev.rev, old, finding)
        old = rev.due
    if not fresh and _moved(one, known, due):
        yield _revision(one, stands.revision, base + 1, due, finding, late=True)


def _moved(one: Judged, known: Clock | None, due: int | None) -> bool:
    stands = one.position
    if known is None or stands.revision.target is None or stands.stopped_at is not None or stands.state == "cancelled":
        return False
    seconds = stands.revision.mode != "extension" and known.seconds != stands.revision.target
    return seconds or (stands.state != "paused" and due != stands.due)


def _revision(
    one: Judged, rev: Revision, number: int, old: int | None, finding: Finding, *, late: bool = False
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
        cause_id=finding.cause,
    )
    return Draft(data=retargeted, cycle=one.cycle, time=to_datetime(one.position.now if late else rev.at))


def _thresholds(one: Judged, known: Clock | None, at: int, finding: Finding) -> Iterator[Draft]:
    told = {percent for percent, _ in known.thresholds} if known is not None else set()
    for reached in one.position.reached:
        if reached.percent not in told:
            past = not finding.timed and reached.at + GRACE < at
            data = f.ThresholdReached(clock=one.name, percent=reached.percent, rev=reached.rev, historic=past)
            yield Draft(data=data, cycle=one.cycle, time=to_datetime(reached.at))
