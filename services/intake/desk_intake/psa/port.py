"""What a PSA shows, in our terms. Decisions know nothing else; each vendor's records are turned into this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.intake.psa import LeftOut, ServiceLevel, StatusClass, Via

Fields = Mapping[str, str | None]
"""Coded field -> value as the PSA shows it; a record always has the same fields."""


class ObservedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a ticket's record. `at` is when it changed last (UTC), `by` the actor (`psa-member:jdoe`).

    `own`: our own API member wrote it last. `summary` is free text; in `fields` stands its keyed hash.
    `in_scope` is False on boards that are no matter of the service desk. `xref` is the id that we gave it.
    `merged_into`: the record that it was merged into; `absorbs`: others were merged into it.
    `level`: the PSA's own SLA figures, None where this state does not tell them.
    """

    record: str
    revision: str
    at: datetime
    by: str
    own: bool
    fields: Fields
    status_class: StatusClass
    mapping_version: str
    summary: str
    opened_at: datetime
    kind: Kind
    via: Via
    xref: str = ""
    url: str | None = None
    created_by: str = ""
    in_scope: bool = True
    merged_into: str | None = None
    absorbs: bool = False
    level: ServiceLevel | None = None


class ObservedNote(msgspec.Struct, frozen=True, kw_only=True):
    """One text of a record: a note, or what the time entry `entry` adds to the ticket.

    `at` is when it was written, `edited` when it was changed last, `author` its member or program by the PSA's name.
    `by_client`: the contact wrote it. `ours`: it carries one of our markers, and our own API member wrote it.
    `resolution`: it belongs to the resolution only.
    """

    message: str
    at: datetime
    edited: datetime
    by: str
    author: str
    text: str
    public: bool
    by_client: bool
    bot: bool
    ours: bool
    resolution: bool = False
    entry: str | None = None


class RecordCreation(NamedTuple):
    """When a record was made, and by which member or program."""

    at: datetime
    by: str


class ObservedTimeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One time entry that is charged to a record. Times in UTC.

    `minutes`: what the PSA counts as worked, where that is not all from `start` to `end`. `left_out`: times that the
    record has beyond the bounds, which are no times.
    """

    entry: str
    record: str
    revision: str
    at: datetime
    by: str
    technician: str | None
    start: datetime | None
    end: datetime | None
    minutes: int | None
    role: str | None
    work_type: str | None
    billable: str | None
    notes: str
    left_out: Mapping[str, LeftOut] = {}
