"""What became of a batch of records."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from desk.inbox.incoming import Cause


class Stopped(NamedTuple):
    """An aggregate at which a record was parked for a cause of its own (not merely behind another)."""

    aggregate: str
    owner: str
    ownerseq: int
    cause: Cause
    detail: str


class Tally:
    """Counts by owner; `stopped` names where something waits now.

    Of a retry, `taken` counts the parked records that are parked no more, `parked` those that still are, and `refused`
    says that the database refused the rows of one of them.
    """

    __slots__ = ("had", "heard", "parked", "refused", "stopped", "taken", "unknown")

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.had: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.parked = self.taken = 0
        self.refused = False
        self.stopped: list[Stopped] = []

    def add(self, other: Tally) -> None:
        """Take another's counts in."""
        self.heard += other.heard
        self.had += other.had
        self.unknown += other.unknown
        self.parked += other.parked
        self.taken += other.taken
        self.stopped += other.stopped
