"""Time entries of a record as facts of its ticket, for billing to interpret. Pure."""

from __future__ import annotations

from desk.contract.event import Actor, Draft
from desk.contract.ticket.intake.psa import PsaTimeObserved
from desk.contract.ticket.ticket import Ticket
from desk_intake.psa.port import TimeSeen


def time_entry(found: TimeSeen, ticket: Ticket) -> list[Draft]:
    """A time entry in a revision that is not known yet, or one that was taken for deleted and is there."""
    known = ticket.intake.times.get(found.entry, "")
    if not ticket.intake.exists or _same(found.revision, known) or _older(found.revision, known):
        return []
    data = PsaTimeObserved(
        entry=found.entry,
        revision=_revived(found.revision, known),
        technician=found.technician,
        start=found.start,
        end=found.end,
        minutes=found.minutes,
        role=found.role,
        work_type=found.work_type,
        billable=found.billable,
        notes=found.notes or None,
        left_out=dict(found.left_out),
    )
    return [Draft(data=data, time=found.at, mode="outside", actor=Actor.parse(found.by))]


def _same(revision: str, known: str) -> bool:
    return known.partition("+")[0] == revision


def _revived(revision: str, known: str) -> str:
    """A revision that was recorded before its entry was taken for deleted gets a number: it is another fact."""
    before, _, count = known.removeprefix("gone-").partition("+")
    return f"{revision}+{int(count or 0) + 1}" if before == revision else revision


def _older(revision: str, known: str) -> bool:
    """A revision begins with its stamp. What was read earlier and comes later is no news."""
    return not known.startswith("gone-") and revision.rpartition("-")[0] < known.rpartition("-")[0]


def time_gone(entry: str, ticket: Ticket) -> list[Draft]:
    """The entry was deleted in the PSA, or charged to something else."""
    before = ticket.intake.times.get(entry)
    if before is None or before.startswith("gone-"):
        return []
    return [Draft(data=PsaTimeObserved(entry=entry, revision=f"gone-{before}", gone=True), mode="outside")]
