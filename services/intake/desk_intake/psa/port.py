"""What the gateway needs from a PSA, in our terms. One adapter per vendor implements it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from desk.ticket.intake.facts import Kind
from desk.ticket.intake.psa import StatusClass, Via

Fields = Mapping[str, str | None]
"""Coded field -> value as the PSA shows it; a record always has the same fields."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a ticket's record. `at` is when it changed last (UTC), `by` the actor (`psa-member:jdoe`).

    `own`: our own API member wrote it last. `summary` is free text; in `fields` stands its keyed hash.
    `in_scope` is False on boards that are no matter of the service desk. `xref` is the id that we gave it.
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


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """A callback whose signature was verified, or why nothing can be said of it."""

    type: str
    record: str
    action: Literal["added", "updated", "deleted"]
    dedup: str
    member: str = ""


class Written(msgspec.Struct, frozen=True):
    """The record after a write: what it shows, and its revision."""

    seen: Seen
    doubles: tuple[str, ...] = ()
    found: bool = False


class Psa(Protocol):
    """The PSA's records. Errors are those of `desk_connectors.http`; `RecordGone` for a record that is not there."""

    async def read(self, record: str, via: Via) -> Seen: ...

    async def gone(self, record: str) -> tuple[str, ...]:
        """The look-ups that prove that the record is not there; empty when it may be there after all."""

    def changed_since(self, since: datetime) -> AsyncIterator[Seen]: ...

    async def by_xref(self, xref: str) -> Sequence[Seen]: ...

    async def write(self, before: Seen, fields: Fields, summary: str | None) -> Seen: ...

    async def notes(self, seen: Seen) -> Sequence[NoteSeen]: ...
