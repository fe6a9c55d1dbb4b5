"""The types of observed PSA records, as coded fields. Decisions on tickets see only these; `mapping` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.intake.psa import LeftOut, ServiceLevel, StatusClass, Via

Fields = Mapping[str, str | None]
"""Coded field -> value in the PSA; a record always has the same fields."""
PLACE = frozenset(("board", "queue", "status"))
"""Fields that a move to another board changes together."""
OUT_OF_SCOPE: StatusClass = "out-of-scope"
"""The class of statuses by which people take a record out of the service desk's work."""


class ObservedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a ticket's record. `at` is the time of its last change (UTC), `by` its actor (`psa-member:jdoe`).

    `own`: our own API member wrote it last. `summary` is free text; `fields` holds its keyed hash. `in_scope` is False
    on boards and in statuses outside the service desk. `xref` is the id that we gave it. `merged_into`: the record that
    it was merged into; `absorbs`: others were merged into it. `level`: the PSA's own SLA figures, or None.
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
    """One text of a record: a note, or the text that the time entry `entry` adds to the ticket.

    `at` is the time of writing, `edited` of the last change, `author` the PSA's name of its member or program.
    `by_client`: the contact wrote it. `ours`: it has one of our markers, and our own API member wrote it.
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
    """The time at which a record was created, and the member or program that created it."""

    at: datetime
    by: str


class ObservedTimeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One time entry that is charged to a record. Times in UTC.

    `minutes`: minutes worked as the PSA counts them, None if that is all from `start` to `end`. `left_out`: times of
    the record that are out of bounds, with the reason.
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
