"""Time entries of the PSA, which is master of those logged there: each revision becomes labour as billing knows it."""

from __future__ import annotations

from datetime import datetime

from desk.deciding import Deciding
from desk.ticket.billing import facts as f
from desk.ticket.billing.slice import Entry
from desk.ticket.event import Draft, Event
from desk.ticket.intake.psa import PsaTimeObserved
from desk.ticket.ticket import Ticket


def observe_time(event: Event, ticket: Ticket, deciding: Deciding) -> list[Draft]:
    """Logged, corrected or removed. A revision that changes nothing of the labour (only its note) records nothing."""
    seen: PsaTimeObserved = event.data
    if ticket.intake.imported:
        return []
    known = ticket.billing.entries.get(seen.entry)
    live = known is not None and known.state == "live"
    rev = known.rev + 1 if known else 1
    if seen.gone:
        return [Draft(data=f.TimeRemoved(entry=seen.entry, rev=rev, reason="deleted-at-source"))] if live else []
    labour = _labour(seen)
    if labour is None or (known is not None and live and _same(known, labour)):
        return []
    kind = f.TimeCorrected if live else f.TimeLogged
    return [Draft(data=kind(entry=seen.entry, rev=rev, labour=labour), time=min(labour.end, event.time))]


def _labour(seen: PsaTimeObserved) -> f.Labour | None:
    """None while the entry still runs: without an end there is nothing to rate."""
    if seen.start is None or seen.end is None:
        return None
    return f.Labour(
        technician=seen.technician or "",
        start=seen.start,
        end=seen.end,
        minutes=whole_minutes(seen.start, seen.end),
        role=seen.role or "",
        work_type=seen.work_type or "",
        source="psa",
        billable=seen.billable or "",
        note=seen.notes or "",
    )


def whole_minutes(start: datetime, end: datetime) -> int:
    """Whole minutes of a stretch, half a minute rounded up; at least one when it has any length, 0 when it has none."""
    seconds = (end - start).total_seconds()
    return max(1, int(seconds + 30) // 60) if seconds > 0 else 0


def _same(known: Entry, labour: f.Labour) -> bool:
    return essence(known.labour) == essence(labour)


def essence(labour: f.Labour) -> tuple[object, ...]:
    """Everything of the labour that a rating or a confirmation stands on."""
    return (
        labour.technician,
        labour.start,
        labour.end,
        labour.minutes,
        labour.role,
        labour.work_type,
        labour.billable,
    )
