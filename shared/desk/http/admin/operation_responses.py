"""Responses of the operators' routes, as the API writes them and the command line reads them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class ParkedFact(msgspec.Struct, frozen=True, kw_only=True):
    """One parked fact. `number` names it in commands; `ownerseq` is 0 where the record could not be read."""

    id: int
    number: int
    aggregate: str
    cause: str
    detail: str
    owner: str
    ownerseq: int
    event_id: UUID | None
    parked: datetime
    tries: int
    state: str
    reason: str
    topic: str
    key: str | None


class ParkedFactWithBytes(ParkedFact, frozen=True, kw_only=True):
    """One parked fact with its bytes as text; bytes that are no UTF-8 are escaped."""

    value: str | None


class ParkedFacts(msgspec.Struct, frozen=True):
    """Facts that wait, oldest first."""

    items: list[ParkedFact]


class ParkedRetried(msgspec.Struct, frozen=True):
    """Counts of a retry: facts applied, facts that left the list, facts of the aggregate that still wait."""

    applied: int
    freed: int
    still_parked: int


class ParkedSkipped(msgspec.Struct, frozen=True):
    """Whether a tombstone now takes the skipped fact's place, so that the replica is incomplete."""

    tombstone: bool


class OutboundCall(msgspec.Struct, frozen=True, kw_only=True):
    """One outbound call. `refused`: since when the vendor refuses it without a break."""

    id: UUID
    aggregate: str
    kind: str
    client: str
    cause: UUID
    correlation: UUID
    traceparent: str
    state: str
    tries: int
    doubted: bool
    since: datetime
    next: datetime
    ended: datetime | None
    detail: str
    vendor_key: str
    refused: datetime | None


class CallStop(msgspec.Struct, frozen=True):
    """Calls that do not go out. Empty means every kind, every client."""

    kind: str
    client: str


class CallStops(msgspec.Struct, frozen=True):
    """All stops of a service."""

    stops: list[CallStop]


class OutboundCalls(msgspec.Struct, frozen=True):
    """Calls, open ones first, and the stops in force."""

    items: list[OutboundCall]
    stops: list[CallStop]
