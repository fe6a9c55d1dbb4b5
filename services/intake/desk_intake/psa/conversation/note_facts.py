"""Turns notes and time entry texts of a record into facts of its ticket, each message once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from desk.contract.event import Actor, Draft, Payload
from desk.contract.ticket.intake.conversation import ClientReplied, NoteAdded, ReplySent
from desk.contract.ticket.intake.slice import Reply
from desk.contract.ticket.ticket import Ticket
from desk_intake.psa.conversation.mail.auto_reply_detection import is_automatic
from desk_intake.psa.observed_record_types import ObservedNote, RecordCreation
from desk_integrations.kinds.psa import stamp
from desk_integrations.plain_text import lines_of

CHANNEL = "psa-note"
AT_ONCE = timedelta(seconds=5)
"""A public note written within this time of the ticket's creation is its description, not a reply."""
SECOND_CALL = timedelta(minutes=1)
"""Until then the creator's first public note is a description that a tool added by a second call."""
SAVED_TWICE = timedelta(minutes=2)
"""The PSA may save a time entry's text also as a note; both are written within this time."""


def message_ids(ticket: Ticket) -> frozenset[str]:
    """Ids of the messages in the ticket's conversation."""
    return frozenset(reply.message for reply in ticket.intake.messages)


def note_drafts(
    found: Sequence[ObservedNote], creation: RecordCreation, ticket: Ticket, elsewhere: frozenset[str]
) -> list[Draft]:
    """Facts for messages written in the PSA itself.

    `elsewhere` are messages that we wrote there or recorded on other tickets, because a merge moves notes.
    """
    drafts: list[Draft] = []
    descriptions = _descriptions(found, creation)
    for note in sorted(found, key=lambda note: note.at):
        if note.ours or note.message in elsewhere or not (note.text or note.by_client):
            continue
        published = note.public and not note.by_client and note.message in ticket.intake.internal_notes
        if note.message in message_ids(ticket) or (note.message in ticket.intake.notes and not published):
            continue
        at = note.edited if published or _added_later(note, ticket) else note.at
        data = _said(note, note.message in descriptions and not published)
        drafts.append(Draft(data=data, time=at, mode="outside", actor=Actor.parse(note.by)))
    return drafts


def _added_later(note: ObservedNote, ticket: Ticket) -> bool:
    """Whether the time entry was recorded before it had this text."""
    entry_revision = ticket.intake.times.get(note.entry or "", "gone-")
    return not entry_revision.startswith("gone-") and entry_revision.rpartition("-")[0] < stamp(note.edited)


def _descriptions(found: Sequence[ObservedNote], creation: RecordCreation) -> frozenset[str]:
    """Ids of the notes that describe the ticket's problem."""
    notes = [note for note in found if note.entry is None and not note.ours and (note.public or note.by_client)]
    at_once = frozenset(note.message for note in notes if abs(note.at - creation.at) <= AT_ONCE and note.public)
    if at_once or not notes:
        return at_once
    first = min(notes, key=lambda note: note.at)
    by_opener = bool(creation.by) and first.author.lower() == creation.by.lower()
    return frozenset((first.message,)) if by_opener and may_describe(first, creation) else frozenset()


def may_describe(note: ObservedNote, creation: RecordCreation) -> bool:
    """Whether the note can be the description: public, by the MSP, and within `SECOND_CALL` of the creation."""
    soon = timedelta(0) <= note.at - creation.at < SECOND_CALL
    return soon and note.public and not (note.by_client or note.resolution or note.ours or note.entry)


def _said(note: ObservedNote, described: bool) -> Payload:
    if described:
        return NoteAdded(note=note.message, internal=False, text=note.text)
    if note.by_client:
        return ClientReplied(message=note.message, text=note.text or None, auto=is_automatic(note.text))
    if note.public:
        return ReplySent(
            message=note.message,
            author="bot" if note.bot else "human",
            audience="public",
            to_requester=True,
            channel=CHANNEL,
            text=note.text,
        )
    return NoteAdded(note=note.message, internal=True, text=note.text)


def saved_as_note(entry: ObservedNote, notes: Sequence[ObservedNote]) -> ObservedNote:
    """The note as which the PSA also saved the entry's text, else the entry's own text."""
    same = (note for note in notes if not note.by_client and note.author.lower() == entry.author.lower())
    near = (note for note in same if abs(note.at - entry.at) <= SAVED_TWICE)
    return next((note for note in near if lines_of(note.text) == lines_of(entry.text)), entry)


def repeat_on_root(reply: Reply) -> Payload:
    """Repeat a message of a merged ticket on the root of its chain. Its text stays on the merged ticket."""
    if reply.by_client:
        return ClientReplied(message=reply.message, auto=reply.auto)
    return ReplySent(
        message=reply.message,
        author="human" if reply.counts else "bot",
        audience="public",
        to_requester=True,
        channel=CHANNEL,
    )


def recorded_elsewhere(messages: Mapping[str, tuple[str, bool]], ticket: str) -> frozenset[str]:
    """From rows message -> (ticket, ours), the messages that we wrote or that are recorded on another ticket."""
    return frozenset(message for message, (other, ours) in messages.items() if ours or other != ticket)
