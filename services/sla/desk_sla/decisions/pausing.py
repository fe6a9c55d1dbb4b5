"""Records pauses: one pair of facts per cause; clocks count the union of the pauses."""

from __future__ import annotations

from collections.abc import Mapping

from desk.calendars.times import to_datetime, to_seconds
from desk.contract.event import Draft
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.sla.slice import Clock
from desk_sla.clocks.state import TicketWithTimeline
from desk_sla.engine.clock import Pause
from desk_sla.engine.judge import Judged

CAUSES: Mapping[str, f.PauseCause] = {"security": "hold", "gone": "hold", "merged": "merged"}
"""Every other cause is `waiting`, also that another team holds the ticket (for the clock of a team)."""


def pauses(one: Judged, recorded: Clock | None, ticket: TicketWithTimeline, at: int) -> tuple[list[Draft], int | None]:
    """Facts for the pauses that are not recorded yet, and the recorded due time after them (None: paused)."""
    by_cause = {pause.cause_id: pause for pause in recorded.pauses} if recorded is not None else {}
    drafts: list[Draft] = []
    counting: set[str] = set()
    for pause in _counting(one):
        cause, identity = CAUSES.get(pause.cause, "waiting"), _identity(pause, ticket)
        counting.add(identity)
        if identity not in by_cause:
            paused = f.ClockPaused(clock=one.name, cause=cause, cause_id=identity)
            drafts.append(Draft(data=paused, cycle=one.cycle, time=to_datetime(pause.start)))
        over = pause.end if pause.end is not None and pause.end <= one.position.until else None
        if over is not None and (identity not in by_cause or by_cause[identity].ended is None):
            drafts.append(_resumed(one, cause, identity, over))
    for identity, earlier in by_cause.items():
        if earlier.ended is None and identity not in counting:
            drafts.append(_resumed(one, earlier.cause, identity, at))
    drafts.sort(key=_when)
    return drafts, _as_recorded(one, recorded, drafts)


def _counting(one: Judged) -> list[Pause]:
    """Pauses within the clock's own time; one that begins at the stop belongs to the next cycle."""
    start, until = one.clock.starts_at, one.position.until
    last = until - 1 if one.position.stopped_at is not None or one.position.state == "cancelled" else until
    return [
        pause
        for pause in one.clock.pauses
        if pause.start <= last and (pause.end is None or (pause.end > start and pause.end > pause.start))
    ]


def _resumed(one: Judged, cause: f.PauseCause, identity: str, over: int) -> Draft:
    position = one.position
    due = None if position.state == "paused" or position.due is None else to_datetime(position.due)
    data = f.ClockResumed(clock=one.name, cause=cause, cause_id=identity, due=due)
    return Draft(data=data, cycle=one.cycle, time=to_datetime(over))


def _identity(pause: Pause, ticket: TicketWithTimeline) -> str:
    if pause.cause in ("merged", "gone"):
        aways = ticket.timeline.intake.aways
        return next((away.id for away in aways if (away.start, away.reason) == (pause.start, pause.cause)), pause.cause)
    return f"team:{pause.id or '-'}:{pause.start}" if pause.cause == "team" else pause.id


def _when(draft: Draft) -> tuple[object, bool]:
    """Sort by time; at one instant pauses begin before others end, so that the clock never runs in between."""
    return draft.time, isinstance(draft.data, f.ClockResumed)


def _as_recorded(one: Judged, recorded: Clock | None, drafts: list[Draft]) -> int | None:
    """The due time in the slice after these facts, in UTC seconds."""
    if not drafts:
        if recorded is None:
            return one.position.due
        return None if recorded.due is None else to_seconds(recorded.due)
    last = drafts[-1].data
    return to_seconds(last.due) if isinstance(last, f.ClockResumed) and last.due is not None else None
