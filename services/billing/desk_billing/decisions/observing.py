"""Converts time entries of the PSA to labour, revision by revision. The PSA is master of entries logged there."""

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


def observe_time(event: Event[PsaTimeObserved], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Log, correct or remove the entry, or hold it when it is implausible. A revision that leaves the labour unchanged,
    except its note, records nothing.
    """
    seen = event.data
    if ticket.intake.imported:
        return []
    recorded = ticket.billing.entries.get(seen.entry)
    live = recorded is not None and recorded.state == "live"
    present = recorded is not None and recorded.state in ("live", "held")
    rev = recorded.rev + 1 if recorded else 1
    if seen.gone:
        return [Draft(data=f.TimeRemoved(entry=seen.entry, rev=rev, reason="deleted-at-source"))] if present else []
    labour = _labour(seen)
    if labour is None or (recorded is not None and present and _same(recorded, labour)):
        return []
    why = doubt(labour, ticket, event.recordedtime)
    if why is not None:
        return [Draft(data=f.TimeHeld(entry=seen.entry, rev=rev, labour=labour, why=why))]
    kind = f.TimeCorrected if live else f.TimeLogged
    return [Draft(data=kind(entry=seen.entry, rev=rev, labour=labour), time=min(labour.end, event.time))]


def _labour(seen: PsaTimeObserved) -> f.Labour | None:
    """The labour of the entry; None while it still runs, with neither end nor hours.

    The PSA's hours count, not end minus start, because breaks are deducted from them. A start beyond the bounds is read
    as the nearest instant within them, so that the entry is held.
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
    """Whole minutes between two instants, half a minute rounded up; at least 1 for any length, 0 for none."""
    seconds = (end - start).total_seconds()
    return max(1, int(seconds + 30) // 60) if seconds > 0 else 0


def _same(recorded: Entry, labour: f.Labour) -> bool:
    return essence(recorded.labour) == essence(labour)


def essence(labour: f.Labour) -> tuple[object, ...]:
    """The fields of labour that ratings and confirmations depend on."""
    return (
        labour.technician,
        labour.start,
        labour.end,
        labour.minutes,
        labour.role,
        labour.work_type,
        labour.billable,
    )
