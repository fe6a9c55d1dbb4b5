"""Notes and time entries of the port in the desk's terms. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from desk.contract.bounds import EARLIEST, in_bounds, shortened
from desk.contract.ticket.intake.psa import LeftOut
from desk_intake.psa.ids import entry_message_id, message_id
from desk_intake.psa.mapping.ticket_mapping import actor_of
from desk_intake.psa.observed_record_types import ObservedNote, ObservedTimeEntry
from desk_integrations.instances.psa_document import PsaInstanceSettings
from desk_integrations.kinds.psa import PsaNote, PsaTimeEntry


def observed_note(
    note: PsaNote, created_at: datetime, instance: PsaInstanceSettings, bots: Collection[str], members: Collection[str]
) -> ObservedNote:
    """One note. `members` are all identifiers in lower case: an author who is neither member nor contact is a program.

    `created_at` stands for the time of a note that has none.
    """
    at = note.written_at or created_at
    actor = actor_of(note.author, instance, bots)
    member = note.by_member or note.author.lower() in members
    return ObservedNote(
        message=message_id(instance.id, note.note),
        at=at,
        edited=max(at, note.changed_at or at),
        by=str(actor),
        author=note.author,
        text=shortened(note.text),
        public=note.public,
        by_client=note.by_client,
        bot=actor.kind != "psa-member" or not member,
        ours=note.ours,
        resolution=note.resolution,
    )


def observed_entry_text(
    entry: PsaTimeEntry, instance: PsaInstanceSettings, bots: Collection[str]
) -> ObservedNote | None:
    """The text that a time entry adds to its ticket; None when it adds none."""
    text = entry.text
    if text is None:
        return None
    actor = actor_of(text.author, instance, bots)
    return ObservedNote(
        message=entry_message_id(instance.id, entry.record),
        at=text.written_at,
        edited=max(text.written_at, text.changed_at),
        by=str(actor),
        author=actor.id,
        text=shortened(text.text),
        public=text.public,
        by_client=False,
        bot=actor.kind != "psa-member",
        ours=text.ours,
        resolution=text.resolution,
        entry=entry.record,
    )


def observed_time_entry(
    entry: PsaTimeEntry, instance: PsaInstanceSettings, bots: Collection[str]
) -> ObservedTimeEntry | None:
    """A time entry on a ticket; None when it is charged to something else."""
    if entry.ticket is None:
        return None
    left_out = _left_out(entry)
    return ObservedTimeEntry(
        entry=entry.record,
        record=entry.ticket,
        revision=entry.revision,
        at=entry.changed_at,
        by=str(actor_of(entry.changed_by, instance, bots)),
        technician=entry.technician,
        start=None if left_out else entry.start,
        end=entry.end,
        minutes=entry.minutes,
        role=entry.role,
        work_type=entry.work_type,
        billable=entry.billable,
        notes=shortened(entry.notes),
        left_out=left_out,
    )


def _left_out(entry: PsaTimeEntry) -> dict[str, LeftOut]:
    if in_bounds(entry.start):
        return {}
    return {"start": "too-early" if entry.start < EARLIEST else "future"}
