"""Our names of the PSA's records: the same on every machine, so that two processes agree without a lock."""

from __future__ import annotations

import re
from uuid import UUID, uuid5

from desk.contract.bounds import TICKET_ID
from desk_intake.imports import rows

NAMESPACE = UUID("c8f1b9be-3a54-5a0f-8d7c-51f2a7f0f4d2")
_TICKET_ID = re.compile(TICKET_ID)


def ticket_id(instance: str, record: str) -> str:
    """The ticket that was born as this record; the same that an import of the same source gives it."""
    return str(rows.ticket_id(instance, record))


def ticket_reference(text: str) -> str | None:
    """The ticket id that an external reference may be; None for a text that is no such id, as monitoring and RMM
    write theirs there. Whether a ticket has that id is for the caller to look up."""
    found = text.strip()
    return found if _TICKET_ID.fullmatch(found) else None


def observation_id(instance: str, record: str, seq: int, revision: str) -> UUID:
    """The fact that says what this revision of the record showed."""
    return uuid5(NAMESPACE, f"{instance}\0{record}\0{seq}\0{revision}")


def decision_id(*parts: str) -> UUID:
    """The id of a decision that nobody asked for: made from what it is about."""
    return uuid5(NAMESPACE, "\0".join(parts))


def client_id(instance: str, company: int) -> str:
    return f"{instance}-c{company}"


def contact_id(instance: str, contact: int) -> str:
    return f"{instance}-p{contact}"


def device_id(instance: str, configuration: int) -> str:
    return f"{instance}-d{configuration}"


def agreement_id(instance: str, agreement: int) -> str:
    return f"{instance}-a{agreement}"


def staff_id(instance: str, member: int) -> str:
    return f"{instance}-m{member}"


def record_of(instance: str, ours: str | None) -> int | None:
    """The record's number behind one of the ids above; None when it is not of this instance."""
    head, _, tail = (ours or "").rpartition("-")
    return int(tail[1:]) if head == instance and tail[1:].isdigit() else None


def message_id(instance: str, note: int) -> str:
    """A note of the PSA as a message of the ticket's conversation."""
    return f"{instance}-note-{note}"


def entry_message_id(instance: str, entry: int) -> str:
    """The text of a time entry as a message of the ticket's conversation. Notes and entries are numbered apart."""
    return f"{instance}-note-entry-{entry}"


def from_psa(message: str) -> bool:
    """One of the two above: it was said in the PSA, and is not written there."""
    return "-note-" in message
