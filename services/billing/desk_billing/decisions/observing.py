"""Time entries of the PSA, which is master of those logged there: each revision becomes labour as billing knows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from desk.contract.bounds import EARLIEST, LATEST
from desk.contract.event import Draft, Event
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.billing.slice import Entry
from desk.contract.ticket.intake.psa import LeftOut, PsaTimeObserved
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_billing.decisions.plausible import doubt

BOUND: Mapping[LeftOut, datetime] = {"too-early": EARLIEST, "future": LATEST}


def observe_time(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Logged, corrected or removed; held where nobody can have worked so. A revision that changes nothing of the labour
    (only its note) records nothing.
    """
    seen: PsaTimeObserved = event.data
    if ticket.intake.imported:
        return []
    known = ticket.billing.entries.get(seen.entry)
    live = known is not None and known.state == "live"
    present = known is not None and known.state in ("live", "held")
    rev = known.rev + 1 if known else 1
    if seen.gone:
        return [Draft(data=f.TimeRemoved(entry=seen.entry, rev=rev, reason="deleted-at-source"))] if present else []
    labour = _labour(seen)
    if labour is None or (known is not None and present and _same(known, labour)):
        return []
    why = doubt(labour, ticket, event.recordedtime)
    if why is not None:
        return [Draft(data=f.TimeHeld(entry=seen.entry, rev=rev, labour=labour, why=why))]
    kind = f.TimeCorrected if live else f.TimeLogged
    return [Draft(data=kind(entry=seen.entry, rev=rev, labour=labour), time=min(labour.end, event.time))]


def _labour(seen: PsaTimeObserved) -> f.Labour | None:
    """None while the entry still runs: with neither an end nor hours there is nothing to rate.

    The PSA's hours count, not end minus start: breaks are deducted from them. A start beyond the bounds is read as the
    nearest instant inside them, so that the entry is held.
    """
    beyond = seen.left_out.get("start")
    start = seen.start if beyond is None else BOUND[beyond]
    if start is None or (beyond is None and seen.end is None and not seen.minutes):
        return None
    end = seen.end if seen.end is not None and beyond is None else start + timedelta(minutes=seen.minutes or 0)
    return f.Labour(
        technician=seen.technician or "",
        start=start,
        end=min(end, LATEST),
        minutes=whole_minutes(start, end) if seen.minutes is None else seen.minutes,
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
