"""Ids of PSA records: derived, so that all processes and machines agree without a lock."""

from __future__ import annotations

import re
from uuid import UUID, uuid5

from desk.contract.bounds import TICKET_ID
from desk_intake.imports import rows
from desk_integrations.receipts.decision_item import NAMESPACE

_TICKET_ID = re.compile(TICKET_ID)


def ticket_id(instance: str, record: str) -> str:
    """The id of a ticket created from this record; an import of the same source derives the same."""
    return str(rows.ticket_id(instance, record))


def ticket_reference(text: str) -> str | None:
    """The ticket id in an external reference, None if the text is no ticket id (monitoring and RMM write theirs).

    The caller must look up whether a ticket has that id.
    """
    found = text.strip()
    return found if _TICKET_ID.fullmatch(found) else None


def observation_id(instance: str, record: str, seq: int, revision: str) -> UUID:
    """The id of the fact that observes this revision of the record."""
    return uuid5(NAMESPACE, f"{instance}\0{record}\0{seq}\0{revision}")


def client_id(instance: str, company: str) -> str:
    return f"{instance}-c{company}"


def contact_id(instance: str, contact: str) -> str:
    return f"{instance}-p{contact}"


def device_id(instance: str, configuration: str) -> str:
    return f"{instance}-d{configuration}"


def agreement_id(instance: str, agreement: str) -> str:
    return f"{instance}-a{agreement}"


def staff_id(instance: str, member: str) -> str:
    return f"{instance}-m{member}"


def record_of(instance: str, ours: str | None) -> str | None:
    """The record in one of the ids above; None if it is not of this instance."""
    head, _, tail = (ours or "").rpartition("-")
    return tail[1:] if head == instance and tail[1:].isdigit() else None


def message_id(instance: str, note: str) -> str:
    """The message id of a PSA note."""
    return f"{instance}-note-{note}"


def entry_message_id(instance: str, entry: str) -> str:
    """The message id of a time entry's text. Notes and entries are numbered separately."""
    return f"{instance}-note-entry-{entry}"


def from_psa(message: str) -> bool:
    """Whether a message id is one of the two above: written in the PSA, so never written back."""
    return "-note-" in message
