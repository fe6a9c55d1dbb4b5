"""Time entries of a record as facts of its ticket, for billing to interpret. Pure."""

from __future__ import annotations

from desk.ticket.event import Actor, Draft
from desk.ticket.intake.psa import PsaTimeObserved
from desk.ticket.ticket import Ticket
from desk_intake.psa.port import TimeSeen


def time_entry(found: TimeSeen, ticket: Ticket) -> list[Draft]:
    """A time entry in a revision that is not known yet."""
    known = ticket.intake.times.get(found.entry, "")
    if not ticket.intake.opened or known == found.revision or _older(found.revision, known):
        return []
    data = PsaTimeObserved(
        entry=found.entry,
        revision=found.revision,
        technician=found.technician,
        start=found.start,
        end=found.end,
        minutes=found.minutes,
        role=found.role,
        work_type=found.work_type,
        billable=found.billable,
        notes=found.notes or None,
    )
    return [Draft(data=data, time=found.at, mode="outside", actor=Actor.parse(found.by))]


def _older(revision: str, known: str) -> bool:
    """A revision begins with its stamp. What was read earlier and comes later is no news."""
    return not known.startswith("gone-") and revision.rpartition("-")[0] < known.rpartition("-")[0]


def time_gone(entry: str, ticket: Ticket) -> list[Draft]:
    """The entry was deleted in the PSA, or charged to something else."""
    before = ticket.intake.times.get(entry)
    if before is None or before.startswith("gone-"):
        return []
    return [Draft(data=PsaTimeObserved(entry=entry, revision=f"gone-{before}", gone=True), mode="outside")]
