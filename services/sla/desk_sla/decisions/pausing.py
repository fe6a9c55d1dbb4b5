"""Pauses as facts: one per cause, from when it began to when it ended; what counts is their union."""

from __future__ import annotations

from collections.abc import Mapping

from desk.calendars.times import to_datetime, to_seconds
from desk.contract.event import Draft
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.sla.slice import Clock
from desk_sla.clocks.state import Judging
from desk_sla.engine.clock import Pause
from desk_sla.engine.judge import Judged

CAUSES: Mapping[str, f.PauseCause] = {"security": "hold", "gone": "hold", "merged": "merged"}
"""Every other cause is a wait; while another team has the ticket, a team's clock waits for it."""


def pauses(one: Judged, known: Clock | None, ticket: Judging, at: int) -> tuple[list[Draft], int | None]:
    """The pauses that are not recorded as they were, and the due time that the record then shows (None: paused)."""
    recorded = {pause.cause_id: pause for pause in known.pauses} if known is not None else {}
    drafts: list[Draft] = []
    counting: set[str] = set()
    for pause in _counting(one):
        cause, identity = CAUSES.get(pause.cause, "waiting"), _identity(pause, ticket)
        counting.add(identity)
        if identity not in recorded:
            paused = f.ClockPaused(clock=one.name, cause=cause, cause_id=identity)
            drafts.append(Draft(data=paused, cycle=one.cycle, time=to_datetime(pause.start)))
        over = pause.end if pause.end is not None and pause.end <= one.position.until else None
        if over is not None and (identity not in recorded or recorded[identity].ended is None):
            drafts.append(_resumed(one, cause, identity, over))
    for identity, told in recorded.items():
        if told.ended is None and identity not in counting:
            drafts.append(_resumed(one, told.cause, identity, at))
    drafts.sort(key=_when)
    return drafts, _as_recorded(one, known, drafts)


def _counting(one: Judged) -> list[Pause]:
    """Pauses of the clock's own time: one that begins when the clock stops is the next cycle's."""
    start, until = one.clock.starts_at, one.position.until
    last = until - 1 if one.position.stopped_at is not None or one.position.state == "cancelled" else until
    return [
        pause
        for pause in one.clock.pauses
        if pause.start <= last and (pause.end is None or (pause.end > start and pause.end > pause.start))
    ]


def _resumed(one: Judged, cause: f.PauseCause, identity: str, over: int) -> Draft:
    stands = one.position
    due = None if stands.state == "paused" or stands.due is None else to_datetime(stands.due)
    data = f.ClockResumed(clock=one.name, cause=cause, cause_id=identity, due=due)
    return Draft(data=data, cycle=one.cycle, time=to_datetime(over))


def _identity(pause: Pause, ticket: Judging) -> str:
    if pause.cause in ("merged", "gone"):
        aways = ticket.timeline.intake.aways
        return next((away.id for away in aways if (away.start, away.reason) == (pause.start, pause.cause)), pause.cause)
    return f"team:{pause.id or '-'}:{pause.start}" if pause.cause == "team" else pause.id


def _when(draft: Draft) -> tuple[object, bool]:
    """In order of time; at one instant a pause begins before another ends, so that the clock never runs between."""
    return draft.time, isinstance(draft.data, f.ClockResumed)


def _as_recorded(one: Judged, known: Clock | None, drafts: list[Draft]) -> int | None:
    """The due time that the slice holds after these facts."""
    if not drafts:
        if known is None:
            return one.position.due
        return None if known.due is None else to_seconds(known.due)
    last = drafts[-1].data
    return to_seconds(last.due) if isinstance(last, f.ClockResumed) and last.due is not None else None
