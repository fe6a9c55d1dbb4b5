"""What a PSA shows, in our terms. Decisions know nothing else; each vendor's records are turned into this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from desk.ticket.intake.facts import Kind
from desk.ticket.intake.psa import ServiceLevel, StatusClass, Via

Fields = Mapping[str, str | None]
"""Coded field -> value as the PSA shows it; a record always has the same fields."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
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
    in_scope: bool = True
    merged_into: str | None = None
    absorbs: bool = False
    level: ServiceLevel | None = None


class NoteSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One note of a record. `by_client`: the contact wrote it. `first`: the ticket's own description."""

    note: int
    at: datetime
    by: str
    text: str
    public: bool
    by_client: bool
    bot: bool
    first: bool
    ours: bool


class TimeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One time entry that is charged to a record. Times in UTC."""

    entry: str
    record: str
    revision: str
    at: datetime
    by: str
    technician: str | None
    start: datetime
    end: datetime | None
    role: str | None
    work_type: str | None
    billable: str | None
    notes: str
