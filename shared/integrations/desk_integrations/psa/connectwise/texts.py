"""Texts of ConnectWise as records of the port: notes, and the text that a time entry adds to its ticket. Pure.

The author of a text is the member or contact that the record names. Its readers follow from the record's flags.
"""

from __future__ import annotations

from desk_connectors.connectwise.marker import has_marker, unmarked
from desk_connectors.connectwise.records import Note, TimeEntry
from desk_integrations.kinds.psa import PsaEntryText, PsaNote
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance


def note_of(note: Note, instance: ConnectWiseInstance) -> PsaNote:
    """One note."""
    return PsaNote(
        note=str(note.id),
        text=unmarked(note.text).strip(),
        author=_author_of(note),
        written_at=note.date_created or note.info.date_entered or note.info.last_updated,
        changed_at=note.info.last_updated,
        public=_is_public(note),
        by_client=note.member is None and _of_client(note),
        by_member=note.member is not None,
        ours=has_marker(note.text) and written_by_us(note, instance),
        resolution=note.resolution_flag and not note.detail_description_flag,
    )


def written_by_us(note: Note, instance: ConnectWiseInstance) -> bool:
    """Whether our API member wrote the note, as far as the record names an author. Other markers are quotations."""
    author = _author_of(note)
    return (not author or instance.is_api_member(author)) and not _of_client(note)


def _author_of(note: Note) -> str:
    return note.member.identifier if note.member else note.created_by or note.info.entered_by


def _of_client(note: Note) -> bool:
    """Whether a contact or the customer wrote it: an address that is no contact's has no name."""
    return note.contact is not None or note.customer_updated_flag


def _is_public(note: Note) -> bool:
    """The discussion is. The vendor's own flag decides on the others; without it a resolution is, an analysis not."""
    if note.detail_description_flag:
        return True
    if note.external_flag is not None:
        return note.external_flag
    return note.resolution_flag and not (note.internal_analysis_flag or note.internal_flag)


def entry_text_of(entry: TimeEntry, instance: ConnectWiseInstance) -> PsaEntryText | None:
    """The text that the entry adds to its ticket; None when it adds none. It is its member's, whoever approved it."""
    discussed = entry.add_to_detail_description_flag or entry.add_to_resolution_flag
    mailed = entry.email_contact_flag and not entry.add_to_internal_analysis_flag
    text = unmarked(entry.notes).strip()
    if not text or not (discussed or mailed or entry.add_to_internal_analysis_flag):
        return None
    entered = entry.entered_by or entry.info.entered_by
    return PsaEntryText(
        text=text,
        author=entry.member.identifier if entry.member else entered,
        written_at=entry.date_entered or entry.info.date_entered or entry.info.last_updated,
        changed_at=entry.info.last_updated,
        public=discussed or mailed,
        ours=has_marker(entry.internal_notes) and instance.is_api_member(entered),
        resolution=entry.add_to_resolution_flag and not entry.add_to_detail_description_flag,
    )
