"""The result of applying a batch of records."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from desk.inbox.record_validation import Cause


class BlockedAggregate(NamedTuple):
    """An aggregate at which a record was parked for a cause of its own (not merely behind another)."""

    aggregate: str
    owner: str
    ownerseq: int
    cause: Cause
    detail: str


class InboxResult:
    """Counts by owner; `stopped` lists the aggregates that are blocked now.

    Of a retry, `taken` counts records that are no longer parked, `parked` those that still are, and `refused` is set
    when the database refused the rows of one of them.
    """

    __slots__ = ("applied", "duplicates", "parked", "refused", "stopped", "taken", "unknown")

    def __init__(self) -> None:
        self.applied: Counter[str] = Counter()
        self.duplicates: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.parked = self.taken = 0
        self.refused = False
        self.stopped: list[BlockedAggregate] = []

    def add(self, other: InboxResult) -> None:
        """Add the counts of another result."""
        self.applied += other.applied
        self.duplicates += other.duplicates
        self.unknown += other.unknown
        self.parked += other.parked
        self.taken += other.taken
        self.stopped += other.stopped
