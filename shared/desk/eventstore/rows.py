"""What reads of the log give back."""

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
        """Whether only the place of this fact counts: it was skipped by hand."""
        return self.topic.startswith(SKIPPED)


class NotificationRow(NamedTuple):
    """One stored fact with its place in the whole log."""

    position: int
    aggregate: str
    topic: str
    event_id: UUID
    ownerseq: int
    recorded: datetime
    raw: bytes


class SnapshotRow(NamedTuple):
    """A snapshot row."""

    aggregate: str
    version: int
    heads: bytes
    state: bytes


class CommandRow(NamedTuple):
    """What an earlier run of a command recorded."""

    fingerprint: str
    events: tuple[UUID, ...]
