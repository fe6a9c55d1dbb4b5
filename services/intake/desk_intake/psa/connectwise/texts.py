"""Converts texts of ConnectWise: notes, and the texts that time entries add to their tickets. Pure.

The author is the member or contact that the record names; its flags decide who can read it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from desk.contract.bounds import shortened
from desk_connectors.connectwise.marker import has_marker, unmarked
from desk_connectors.connectwise.records import Note, TimeEntry
from desk_intake.psa.config import PsaInstanceSettings
from desk_intake.psa.connectwise.normalise import actor_of
from desk_intake.psa.ids import entry_message_id, message_id
from desk_intake.psa.port import ObservedNote


def observed_note(
    note: Note, created_at: datetime, instance: PsaInstanceSettings, bots: Collection[str], members: Collection[str]
) -> ObservedNote:
    """Convert a note. `members` are all identifiers in lower case; an author who is no member or contact is a bot."""
    at = note.date_created or note.info.date_entered or note.info.last_updated or created_at
    author = _author_of(note)
    actor = actor_of(author, instance, bots)
    by_contact = note.member is None and _of_client(note)
    by_member = note.member is not None or author.lower() in members
    return ObservedNote(
        message=message_id(instance.id, note.id),
        at=at,
        edited=max(at, note.info.last_updated or at),
        by=str(actor),
        author=author,
        text=shortened(unmarked(note.text).strip()),
        public=_is_public(note),
        by_client=by_contact,
        bot=actor.kind != "psa-member" or not by_member,
        ours=has_marker(note.text) and written_by_us(note, instance),
        resolution=note.resolution_flag and not note.detail_description_flag,
    )


def written_by_us(note: Note, instance: PsaInstanceSettings) -> bool:
    """Whether our API member wrote the note, or nobody is named. A marker in another author's note is a quotation."""
    author = _author_of(note)
    by_member = not author or author.lower() == instance.api_member.lower()
    return by_member and not _of_client(note)


def _author_of(note: Note) -> str:
    return note.member.identifier if note.member else note.created_by or note.info.entered_by


def _of_client(note: Note) -> bool:
    """Whether the vendor names a contact, or flags the customer as author (unknown addresses have no contact)."""
    return note.contact is not None or note.customer_updated_flag


def _is_public(note: Note) -> bool:
    """Discussion notes are public; others by the vendor's flag. Without it a resolution is, an analysis is not."""
    if note.detail_description_flag:
        return True
    if note.external_flag is not None:
        return note.external_flag
    return note.resolution_flag and not (note.internal_analysis_flag or note.internal_flag)


def observed_entry_text(entry: TimeEntry, instance: PsaInstanceSettings, bots: Collection[str]) -> ObservedNote | None:
    """The text that the entry adds to its ticket, or None. The author is its member, whoever approved it."""
    displayed = entry.add_to_detail_description_flag or entry.add_to_resolution_flag
    mailed = entry.email_contact_flag and not entry.add_to_internal_analysis_flag
    text = shortened(unmarked(entry.notes).strip())
    if not text or not (displayed or mailed or entry.add_to_internal_analysis_flag):
        return None
    entered = entry.entered_by or entry.info.entered_by
    actor = actor_of(entry.member.identifier if entry.member else entered, instance, bots)
    at = entry.date_entered or entry.info.date_entered or entry.info.last_updated
    return ObservedNote(
        message=entry_message_id(instance.id, entry.id),
        at=at,
        edited=max(at, entry.info.last_updated),
        by=str(actor),
        author=actor.id,
        text=text,
        public=displayed or mailed,
        by_client=False,
        bot=actor.kind != "psa-member",
        ours=has_marker(entry.internal_notes) and actor_of(entered, instance, bots).kind == "service",
        resolution=entry.add_to_resolution_flag and not entry.add_to_detail_description_flag,
        entry=str(entry.id),
    )
