"""Converts the timeline to the engine's history."""

from __future__ import annotations

from typing import Literal

from desk_sla.clocks.timeline import Contract, Opening, Timeline
from desk_sla.engine.history import Absence, Cycle, History, Reply
from desk_sla.engine.policies.selection import Subject


def history(timeline: Timeline) -> History | None:
    """The ticket's history for the engine; None before `ticket-opened` was applied."""
    i, t = timeline.intake, timeline.triage
    if i.opening is None:
        return None
    return History(
        subject=_subject(i.opening, i.first or i.contract),
        cycles=tuple(_cycle(timeline, n, start) for n, start in enumerate((i.opening.at, *t.reopened), start=1)),
        changes=(*i.changes, *t.priorities),
        waits=(*i.holds, *t.waits.values()),
        messages=i.messages,
        replies=tuple(sorted((r for r in i.replies if r.message not in i.undelivered), key=_reply_order)),
        work_started=t.work_started,
        planned=t.planned,
        holders=t.holders,
        absences=tuple(Absence(away.start, away.end, away.reason) for away in i.aways),
        extensions=timeline.sla.extensions,
    )


def _subject(opening: Opening, contract: Contract) -> Subject:
    """The ticket's properties at opening that rules select by; its priority is not assessed yet."""
    return Subject(
        client=opening.client,
        tier=contract.tier,
        agreement=contract.agreement,
        calendar=contract.calendar,
        kind=opening.kind,
        zones=contract.zones,
    )


def _cycle(timeline: Timeline, number: int, start: int) -> Cycle:
    end, closed = timeline.triage.ends.get(number), timeline.docs.closed.get(number)
    if end is None:
        return Cycle(start)
    if end.kind == "cancelled":
        return Cycle(start, cancelled=end.at)
    return Cycle(start, resolved=end.at, closed=closed)


def _reply_order(reply: Reply) -> int:
    return reply.at


def cancelled(past: History, cycle: int) -> Literal["merged", "gone", "cancelled"]:
    """The earliest cause that cancelled the clocks of a cycle."""
    found: list[tuple[int, Literal["merged", "gone", "cancelled"]]] = [
        (absence.start, absence.reason) for absence in past.absences if absence.end is None
    ]
    at = past.cycles[cycle - 1].cancelled
    if at is not None:
        found.append((at, "cancelled"))
    return min(found)[1]
