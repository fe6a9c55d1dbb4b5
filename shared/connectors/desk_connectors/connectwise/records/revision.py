"""Computes a ticket's revision: the stamp and a short hash of watched fields, because stamps are whole seconds."""

from __future__ import annotations

import hashlib
import hmac
import json

from desk_connectors.connectwise.records.reading import Reference
from desk_connectors.connectwise.records.ticket import Ticket
from desk_connectors.connectwise.records.times import stamp


def ticket_revision(record: Ticket, key: bytes = b"") -> str:
    """`2026-01-15T14:57:50Z-1a2b3c4d5e6f`. Two revisions of one ticket sort by time as text.

    The hash covers the summary. Give the instance's secret `key` if the revision leaves this process: without it a
    guessed summary could be confirmed.
    """
    content = json.dumps(watched(record), separators=(",", ":"), ensure_ascii=True).encode()
    digest = hmac.new(key, content, hashlib.sha256).hexdigest()
    return f"{stamp(record.info.last_updated)}-{digest[:12]}"


def watched(record: Ticket) -> list[int | str | bool | None]:
    """The values whose change is an observation, normalised: references by id, texts without outer blanks."""
    references = (
        record.board,
        record.status,
        record.priority,
        record.company,
        record.contact,
        record.site,
        record.type,
        record.sub_type,
        record.item,
        record.team,
        record.owner,
        record.agreement,
        record.sla,
    )
    texts = (record.record_type, record.summary, record.severity, record.impact, record.external_x_ref)
    merged = record.merged_parent_ticket.id if record.merged_parent_ticket else None
    return [
        *map(_id, references),
        *(text.strip() for text in texts),
        ",".join(sorted(record.members)),
        record.parent_ticket_id,
        merged,
        record.closed_flag,
    ]


def _id(reference: Reference | None) -> int | None:
    return reference.id if reference else None
