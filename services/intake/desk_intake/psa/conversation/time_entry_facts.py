"""Turns time entries of a record into facts of its ticket, which billing interprets. Pure."""

from __future__ import annotations

from desk.contract.event import Actor, Draft
from desk.contract.ticket.intake.psa import PsaTimeObserved
from desk.contract.ticket.ticket import Ticket
from desk_intake.psa.observed_record_types import ObservedTimeEntry


def time_entry(found: ObservedTimeEntry, ticket: Ticket) -> list[Draft]:
    """Record a new revision of a time entry, or one that was recorded as deleted and exists again."""
    recorded = ticket.intake.times.get(found.entry, "")
    if not ticket.intake.exists or _same(found.revision, recorded) or _older(found.revision, recorded):
        return []
    data = PsaTimeObserved(
        entry=found.entry,
        revision=_revived(found.revision, recorded),
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


def _same(revision: str, recorded: str) -> bool:
    return recorded.partition("+")[0] == revision


def _revived(revision: str, recorded: str) -> str:
    """The revision, with a number if it was recorded before its entry was deleted: that makes it another fact."""
    before, _, count = recorded.removeprefix("gone-").partition("+")
    return f"{revision}+{int(count or 0) + 1}" if before == revision else revision


def _older(revision: str, recorded: str) -> bool:
    """Whether the revision, which begins with its stamp, is older than the recorded one."""
    return not recorded.startswith("gone-") and revision.rpartition("-")[0] < recorded.rpartition("-")[0]


def time_gone(entry: str, ticket: Ticket) -> list[Draft]:
    """Record that the entry was deleted in the PSA or charged to something else."""
    before = ticket.intake.times.get(entry)
    if before is None or before.startswith("gone-"):
        return []
    return [Draft(data=PsaTimeObserved(entry=entry, revision=f"gone-{before}", gone=True), mode="outside")]
