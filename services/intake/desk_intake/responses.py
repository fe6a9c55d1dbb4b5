"""Responses of intake's own routes, as the API writes them and the command line reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from desk.contract.json_values import JsonObject


class WithheldContent(msgspec.Struct, frozen=True):
    """Content of a withheld call. `fields`: field -> code, None for a text; `of`: name of the fact behind a note."""

    fields: Mapping[str, str | None] | None = None
    note: str | None = None
    of: str | None = None
    message: str | None = None
    record: str | None = None


class WithheldRow(msgspec.Struct, frozen=True):
    """A call to the PSA that policy `write-back` withheld. `what`: a WithheldContent, with the fields that it has.

    `number` orders calls of the same instant.
    """

    id: UUID
    at: datetime
    ticket_id: str
    instance: str
    record: str | None
    board: str | None
    client: str
    kind: str
    what: JsonObject
    needs: str
    permits: str
    cause: UUID | None
    number: int


class WithheldCall(WithheldRow, frozen=True, kw_only=True):
    """A withheld call with the reason as a sentence."""

    why: str


class Reconciled(msgspec.Struct, frozen=True):
    """Counts of a comparison with all PSA instances. `interrupted`: instance -> feeds that failed, if any."""

    instances: Sequence[str]
    read: int
    changed: int
    missing: int
    failed: int
    interrupted: Mapping[str, Sequence[str]] | msgspec.UnsetType = msgspec.UNSET


class FieldDifference(msgspec.Struct, frozen=True):
    """A field with another value in the PSA. `owner`: the service that owns it, `last_writer` the record's."""

    field: str
    ours: str | None
    theirs: str | None
    owner: str
    last_writer: str


class TicketReconciled(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison of one ticket. `changed`: facts recorded by it, `stopped`: the field for which writes are stopped.

    `released`: whether stopped writes resumed; absent when that was not requested.
    """

    ticket: str
    record: str
    changed: int
    released: bool | msgspec.UnsetType = msgspec.UNSET
    stopped: str | None
    gone: bool
    differences: Sequence[FieldDifference]
