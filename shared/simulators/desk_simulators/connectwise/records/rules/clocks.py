"""The PSA's own view of its SLA: dates, minutes and the display text `slaStatus`, set as a status is entered.

Coarse on purpose (hours of the priority, around the clock): the contract says to compute due times oneself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.clock import instant
from desk_simulators.kit.table import Record, value_at

STAGES = {
    "NotResponded": ("Respond by", "respondHours"),
    "Responded": ("Plan by", "planWithin"),
    "ResolutionPlan": ("Resolve by", "resolutionHours"),
}
WAITING = "NoEscalation"
DISPLAY_OFFSET = timedelta(hours=-5)


class Goal(NamedTuple):
    """The fields of one goal, and the stages in which it counts as reached."""

    date: str
    by: str
    minutes: str
    hours: str
    reached: tuple[str, ...]


GOALS = (
    Goal("dateResponded", "respondedBy", "respondMinutes", "respondHours", ("Responded", "ResolutionPlan", "Resolved")),
    Goal("dateResplan", "resplanBy", "resPlanMinutes", "planWithin", ("ResolutionPlan", "Resolved")),
    Goal("dateResolved", "resolvedBy", "resolveMinutes", "resolutionHours", ("Resolved",)),
)


def clocks(state: PsaState, draft: Record, status: Record, actor: Actor) -> Record:
    """The maintained SLA fields of a ticket that enters this status.

    Naive as shipped engines are: every change of status but into waiting is a response, hours go around the clock,
    waiting moves the due time by its wall-clock length.
    """
    stage = status.get("escalationStatus", "NotResponded")
    now = state.now()
    entered = instant(value_at(draft, "_info/dateEntered")) if draft.get("_info") else now
    waited = _waited(draft, stage, int((now - entered).total_seconds() // 60))
    counted = int((now - entered).total_seconds() // 60) - waited["minutesWaiting"]
    found: Record = dict(waited)
    for goal in GOALS:
        found |= _goal(state, draft, goal, stage, actor, counted)
    hours = _hours(state, draft)
    due = _due(hours, stage, entered + timedelta(minutes=waited["minutesWaiting"]))
    late = any(found[g.date] and found[g.minutes] > 60 * hours[g.hours] for g in GOALS if g.hours in hours)
    return {**found, "isInSla": not late and (due is None or now <= due), "slaStatus": _text(stage, due)}


def _waited(draft: Record, stage: str, minutes: int) -> Record:
    """Whole minutes spent waiting until now, and those that counted before the wait that begins or goes on."""
    before, waiting = draft.get("minutesBeforeWaiting"), draft.get("minutesWaiting") or 0
    if before is not None:
        waiting = minutes - before
    return {"minutesWaiting": waiting, "minutesBeforeWaiting": minutes - waiting if stage == WAITING else None}


def _goal(state: PsaState, draft: Record, goal: Goal, stage: str, actor: Actor, counted: int) -> Record:
    """A goal that was reached stays so, except that a reopened ticket is not resolved any more."""
    kept = draft.get(goal.date) if goal.date != "dateResolved" or stage == "Resolved" else None
    date = kept or (state.stamp() if stage in goal.reached else None)
    return {
        goal.date: date,
        goal.by: (draft.get(goal.by) or actor.identifier) if date else None,
        goal.minutes: (draft.get(goal.minutes) if kept else counted) if date else 0,
    }


def _hours(state: PsaState, draft: Record) -> Mapping[str, float]:
    wanted = value_at(draft, "priority/id")
    rows = state.table("sla_priority").find("sla/id", value_at(draft, "sla/id"))
    row = next((row for row in rows if value_at(row, "priority/id") == wanted), {})
    return {goal.hours: float(row[goal.hours]) for goal in GOALS if goal.hours in row}


def _due(hours: Mapping[str, float], stage: str, start: datetime) -> datetime | None:
    if stage not in STAGES or STAGES[stage][1] not in hours:
        return None
    return start + timedelta(hours=hours[STAGES[stage][1]])


def _text(stage: str, due: datetime | None) -> str:
    if stage in STAGES and due is not None:
        local = due + DISPLAY_OFFSET
        hour = local.strftime("%I").lstrip("0")
        return f"{STAGES[stage][0]} {local:%a %m/%d} {hour}:{local:%M %p} UTC-05"
    return "Resolved" if stage == "Resolved" else "Waiting"
