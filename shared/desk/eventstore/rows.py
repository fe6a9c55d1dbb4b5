"""Rows that queries of the event store return."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from desk.eventstore.table_writer import SKIPPED


class EventRow(NamedTuple):
    """One stored fact of an aggregate, in the order in which this store recorded it."""

    aggregate: str
    version: int
    topic: str
    owner: str
    ownerseq: int
    raw: bytes

    @property
    def skipped(self) -> bool:
        """Whether this fact was skipped by hand: only its ownerseq counts."""
        return self.topic.startswith(SKIPPED)


class NotificationRow(NamedTuple):
    """One stored fact with its position in the whole event store."""

    position: int
    aggregate: str
    topic: str
    event_id: UUID
    ownerseq: int
    recorded: datetime
    raw: bytes
    signature: bytes | None = None


class SnapshotRow(NamedTuple):
    """A snapshot row."""

    aggregate: str
    version: int
    heads: bytes
    state: bytes


class CommandRow(NamedTuple):
    """The earlier result of a command."""

    fingerprint: str
    events: tuple[UUID, ...]
