"""A ticket, its timeline and its row of the list, as the API writes them and the command line reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from desk.contract.json_values import JsonObject
from desk.contract.read_text import ReadText
from desk.contract.ticket.docs.slice import Obligation
from desk.contract.ticket.sla.slice import Clock


class TicketRow(msgspec.Struct, frozen=True):
    """One ticket as of this replica. Times in UTC; resolved_at and closed_at are those of the current cycle.

    `technician` is the assignee when the current cycle was resolved, else the present assignee.
    """

    ticket_id: str
    source: str | None
    source_record: str | None
    kind: str
    origin: str
    status: str
    client: str
    contact: str | None
    opened_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    cycle: int
    reopen_count: int
    reassignment_count: int
    impact: str | None
    urgency: str | None
    priority: str | None
    queue: str | None
    technician: str | None
    flags: list[str]
    updated_at: datetime


class ClientTicketRow(msgspec.Struct, frozen=True):
    """One ticket in the list of its client's own IT: a `TicketRow` without the fields in `FOR_STAFF`."""

    ticket_id: str
    source_record: str | None
    kind: str
    status: str
    client: str
    contact: str | None
    opened_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    cycle: int
    reopen_count: int
    impact: str | None
    urgency: str | None
    priority: str | None
    updated_at: datetime


class WriteBackOfTicket(msgspec.Struct, frozen=True):
    """The level of write-back for a ticket, and the same as a sentence."""

    instance: str
    level: str
    says: str


class UndeliveredReply(msgspec.Struct, frozen=True):
    """A reply that did not reach the client."""

    message: str
    reason: str


class OpenGate(msgspec.Struct, frozen=True):
    """An open gate: its name, the service that owns it, and the remedy."""

    gate: str
    owner: str
    remedy: str


class TicketOpening(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a ticket from its opening, with its status."""

    ticket_id: str
    status: str
    cycle: int
    flags: Sequence[str]
    kind: str
    origin: str
    source: str | None
    source_record: str | None
    url: str | None
    client: str
    contact: str | None
    problem: ReadText
    symptom: str | None
    opened_at: datetime | None


class TicketDocument(TicketOpening, frozen=True, kw_only=True):
    """A ticket with its open gates. `waits`: wait -> who is waited for; `write_back`: None when it is in no PSA.

    `seen`: owner -> ownerseq of its last fact.
    """

    impact: str | None
    urgency: str | None
    priority: str | None
    queue: str | None
    technician: str | None
    device: str | None
    waits: Mapping[str, str]
    attempt: int
    resolved_at: datetime | None
    reopen_count: int
    reassignment_count: int
    clocks: list[Clock]
    obligations: list[Obligation]
    write_back: WriteBackOfTicket | None
    undelivered_replies: list[UndeliveredReply]
    open_gates: list[OpenGate]
    seen: Mapping[str, int]


class ClientTicketDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as its client's own IT reads it: a `TicketDocument` without the fields in `FOR_STAFF`.

    `clocks`: those agreed with the client.
    """

    ticket_id: str
    status: str
    cycle: int
    kind: str
    source_record: str | None
    client: str
    contact: str | None
    problem: ReadText
    symptom: str | None
    opened_at: datetime | None
    impact: str | None
    urgency: str | None
    priority: str | None
    device: str | None
    resolved_at: datetime | None
    reopen_count: int
    clocks: list[Clock]
    seen: Mapping[str, int]


FOR_STAFF = frozenset(
    (
        "attempt",
        "flags",
        "obligations",
        "open_gates",
        "origin",
        "queue",
        "reassignment_count",
        "source",
        "technician",
        "undelivered_replies",
        "url",
        "waits",
        "write_back",
    )
)
"""Fields of a ticket and of its row that its client's own IT does not read."""


class CausingFact(msgspec.Struct, frozen=True):
    """The fact that caused another one. `type` None: it is not a fact of this ticket."""

    id: UUID
    type: str | None


class TimelineFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact of the timeline."""

    id: UUID
    type: str
    time: datetime
    recordedtime: datetime
    owner: str
    ownerseq: int
    actor: str
    mode: str
    cycle: int | None
    attempt: int | None
    cause: CausingFact | None
    data: Annotated[
        JsonObject,
        msgspec.Meta(description="The fact's own fields. An `Unreadable` replaces each text that cannot be read."),
    ]


class TimelineDocument(msgspec.Struct, frozen=True):
    """The facts of one ticket, oldest first."""

    subject: str
    items: list[TimelineFact]
