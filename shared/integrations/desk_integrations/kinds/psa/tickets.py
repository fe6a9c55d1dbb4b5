"""A ticket of the PSA and what belongs to it: earlier states, notes, time entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk.contract.ticket.intake.psa import ServiceLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaTicket:
    """One state of a ticket's record. Ids and words are the vendor's, for policy `status-map` to interpret.

    `revision` begins with the stamp of the last change (`2026-01-15T14:57:50Z-...`) and differs whenever a field that
    the desk observes differs. `changed_by`, `created_by` and `technician` are members' identifiers. `reference` is the
    id that another system gave the record. `service_desk` is False for records that are not service tickets.
    `merged_into` names the record that this one was merged into; `absorbs`: others were merged into this one.
    `level` is None where the record has no SLA figures.
    """

    record: str
    revision: str
    changed_at: datetime
    changed_by: str
    created_at: datetime
    created_by: str
    board: str
    board_name: str
    status: str
    client: str
    summary: str
    type: str | None = None
    team: str | None = None
    priority: str | None = None
    impact: str = ""
    urgency: str = ""
    technician: str | None = None
    contact: str | None = None
    reference: str = ""
    url: str | None = None
    closed: bool = False
    service_desk: bool = True
    merged_into: str | None = None
    absorbs: bool = False
    level: ServiceLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaHistoryEntry:
    """A ticket's record as it was after one change. `position` orders the entries of an instance.

    A vendor that names statuses leaves `status` None and fills `status_name`. Entries that name no record, no board
    or no time are given as they are: they count for the position only.
    """

    position: int
    record: str | None
    board: str | None
    changed_at: datetime | None
    changed_by: str
    revision: str
    client: str
    status: str | None = None
    status_name: str = ""
    priority: str | None = None
    impact: str = ""
    urgency: str = ""
    technician: str | None = None
    contact: str | None = None
    summary: str = ""
    merged_into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaNote:
    """A note of a ticket, without our marker line.

    `written_at` and `changed_at` are None where the vendor gives no time. `author` is a member's identifier or a
    program's name; `by_member`: the record names a member; `by_client`: a contact or the customer wrote it. `public`:
    the client can read it. `resolution`: it belongs to the resolution only. `ours`: our own member wrote it, and it
    carries a marker of ours.
    """

    note: str
    text: str
    author: str
    written_at: datetime | None
    changed_at: datetime | None
    public: bool
    by_client: bool
    by_member: bool
    ours: bool
    resolution: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaEntryText:
    """The text that a time entry adds to its ticket, as `PsaNote` has it."""

    text: str
    author: str
    written_at: datetime
    changed_at: datetime
    public: bool
    ours: bool
    resolution: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaTimeEntry:
    """A time entry. `ticket` is None when it is charged to something else.

    `revision` is that of a ticket. `start` may lie beyond the bounds of a time. `minutes` are the minutes worked as the
    PSA counts them, None where that is all of `start` to `end`. `notes` carry no marker line. `text` is None where the
    entry adds nothing to the ticket.
    """

    record: str
    ticket: str | None
    revision: str
    changed_at: datetime
    changed_by: str
    technician: str | None
    start: datetime
    end: datetime | None
    minutes: int | None
    role: str | None
    work_type: str | None
    billable: str | None
    notes: str
    text: PsaEntryText | None = None
