"""Rules on PSA history that arrives after later acts were ruled: noted, without renumbering cycles."""

from __future__ import annotations

from datetime import datetime

from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends as en
from desk_triage.decisions.psa_visibility import OPEN, WAITS, PsaAct, Ruling


def overtaken(seen: PsaAct, ticket: Ticket) -> bool:
    """Whether a later act was already ruled, even if that ruling changed nothing."""
    s = ticket.triage
    return any(at is not None and at > seen.time for at in (s.last_cycle_change_at, s.ruled_at))


def rule_late(seen: PsaAct, ticket: Ticket) -> Ruling:
    """Note a transition that happened before acts already ruled. Cycles are never renumbered."""
    s, evidence = ticket.triage, str(seen.observation)
    if seen.status_class in OPEN and _was_ended(seen.time, ticket) and evidence not in s.missed:
        return Ruling([seen.draft(en.MissedReopenNoted(at=seen.time, evidence=evidence))], "none", "late: reopening")
    if seen.status_class in WAITS:
        return Ruling([seen.draft(en.MissedWaitNoted(at=seen.time, evidence=evidence))], "none", "late: wait")
    return Ruling([], "none", "late")


def _was_ended(at: datetime, ticket: Ticket) -> bool:
    """Whether the ticket was ended at that time: an earlier end that no earlier reopening undid."""
    undone = {r.undoes for r in ticket.triage.reopened if r.time <= at}
    return any(end.time <= at and end.id not in undone for end in ticket.triage.ends.values())
