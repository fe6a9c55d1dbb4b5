"""Notes and time entries of a record as facts of its ticket. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from desk.ticket.event import Actor, Draft, Payload
from desk.ticket.intake import facts as f
from desk.ticket.intake.psa import PsaTimeObserved
from desk.ticket.ticket import Ticket
from desk_intake.psa.ids import message_id
from desk_intake.psa.port import NoteSeen, TimeSeen

AUTOMATIC = re.compile(
    r"\A\s*(?:auto(?:matic)?[- ]?(?:reply|response)|automatische antwort|out of (?:the )?office|undeliverable|"
    r"delivery (?:status notification|has failed)|mail delivery)",
    re.IGNORECASE,
)
CHANNEL = "psa-note"


def said(ticket: Ticket) -> frozenset[str]:
    """Messages and notes that the ticket knows."""
    return ticket.intake.notes.union(reply.message for reply in ticket.intake.messages)


def notes(
    found: Sequence[NoteSeen], instance: str, ticket: Ticket, elsewhere: frozenset[str] = frozenset()
) -> list[Draft]:
    """What was said in the PSA itself. What we wrote there is no news, nor what is known here or `elsewhere`: a merge
    moves the loser's notes.
    """
    known = said(ticket) | elsewhere
    drafts: list[Draft] = []
    for note in found:
        message = message_id(instance, note.note)
        if not note.ours and message not in known and note.text:
            drafts.append(Draft(data=_said(note, message), time=note.at, mode="outside", actor=Actor.parse(note.by)))
    return drafts


def _said(note: NoteSeen, message: str) -> Payload:
    if note.first:
        return f.NoteAdded(note=message, internal=False, text=note.text)
    if note.by_client:
        return f.ClientReplied(message=message, text=note.text, auto=AUTOMATIC.match(note.text) is not None)
    if note.public:
        return f.ReplySent(
            message=message,
            author="bot" if note.bot else "human",
            audience="public",
            to_requester=True,
            channel=CHANNEL,
            text=note.text,
        )
    return f.NoteAdded(note=message, internal=True, text=note.text)


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
