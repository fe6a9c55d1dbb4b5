"""The PSA's own view of its SLA: dates, minutes and the display text `slaStatus`, set as a status is entered.

Coarse on purpose (hours of the priority, around the clock): the contract says to compute due times oneself.
"""

from datetime import datetime, timedelta

from desk_simulators.connectwise.clock import instant
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.table import Record, value_at

STAGES = {
    "NotResponded": ("Respond by", "respondHours"),
    "Responded": ("Plan by", "planWithin"),
    "ResolutionPlan": ("Resolve by", "resolutionHours"),
}
DISPLAY_OFFSET = timedelta(hours=-5)


def clocks(state: PsaState, draft: Record, status: Record, actor: Actor) -> Record:
    """The maintained SLA fields of a ticket that enters this status."""
    stage = status.get("escalationStatus", "NotResponded")
    now = state.now()
    entered = instant(value_at(draft, "_info/dateEntered")) if draft.get("_info") else now
    minutes = int((now - entered).total_seconds() // 60)
    responded = draft.get("dateResponded") or (None if stage == "NotResponded" else state.stamp())
    resolved = (draft.get("dateResolved") or state.stamp()) if stage == "Resolved" else None
    due = _due(state, draft, stage, entered)
    return {
        "dateResponded": responded,
        "respondedBy": (draft.get("respondedBy") or actor.identifier) if responded else None,
        "dateResolved": resolved,
        "resolvedBy": (draft.get("resolvedBy") or actor.identifier) if resolved else None,
        "respondMinutes": draft.get("respondMinutes") or (minutes if responded else 0),
        "resPlanMinutes": draft.get("resPlanMinutes") or 0,
        "resolveMinutes": minutes if resolved else 0,
        "isInSla": due is None or now <= due,
        "slaStatus": _text(stage, due),
    }


def _due(state: PsaState, draft: Record, stage: str, entered: datetime) -> datetime | None:
    if stage not in STAGES:
        return None
    wanted = value_at(draft, "priority/id")
    rows = state.table("sla_priority").find("sla/id", value_at(draft, "sla/id"))
    row = next((row for row in rows if value_at(row, "priority/id") == wanted), None)
    return entered + timedelta(hours=row[STAGES[stage][1]]) if row else None


def _text(stage: str, due: datetime | None) -> str:
    if stage in STAGES and due is not None:
        shown = due + DISPLAY_OFFSET
        hour = shown.strftime("%I").lstrip("0")
        return f"{STAGES[stage][0]} {shown:%a %m/%d} {hour}:{shown:%M %p} UTC-05"
    return "Resolved" if stage == "Resolved" else "Waiting"
