"""Keeps a policy book up to date with the policies stream of one service's event store, whichever process wrote it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from desk.eventstore.errors import LogError, error_location
from desk.eventstore.event_log import EventLog
from desk.eventstore.reads import Reads
from desk.eventstore.table_writer import AppliedEvent
from desk.policies.book import PolicyBook

EVERY = 1.0
"""Seconds between polls for facts of other processes."""
LAST = "SELECT coalesce(max(notification_id), 0) FROM stored_events"
STORED = (
    "SELECT notification_id, originator_id, owner, ownerseq, state"
    " FROM stored_events WHERE notification_id > %s AND topic NOT LIKE 'skipped:%%'"
    # no range of names: collation of a locale may ignore punctuation
    " AND originator_id LIKE 'policies:%%' ORDER BY notification_id"
)
log = structlog.get_logger(__name__)


class Row(NamedTuple):
    """A stored policy fact."""

    position: int
    aggregate: str
    owner: str
    ownerseq: int
    raw: bytes


class RefusedFact(NamedTuple):
    """A policy fact that this release cannot read or apply. It has no effect: the version before it stays in force. It
    is read again at the next start, because a later release may understand it."""

    policy: str
    owner: str
    ownerseq: int
    error: str

    @property
    def complaint(self) -> str:
        """A message for operators."""
        return (
            f"policy {self.policy}: fact {self.owner} {self.ownerseq} is not understood ({self.error});"
            " what was in force before it stays in force. Publish a new version."
        )


class Following:
    """Feeds the book from the event store by position: insert order is commit order, so each fact is applied exactly
    once.

    `start` and `stop` control polling; facts that this process commits are applied at once either way. A fact that the
    book refuses is listed in `refused`, and later ones are applied.
    """

    def __init__(self, book: PolicyBook, event_log: EventLog, every: float = EVERY) -> None:
        self._book, self._log, self._every = book, event_log, every
        self._position, self._alone = 0, threading.Lock()
        self.refused: tuple[RefusedFact, ...] = ()
        self._loop = event_log.loops.task("policies", self._look)

    def begin(self) -> None:
        """Apply all stored facts, and from then on every one that this process commits."""
        self.catch_up()
        self._log.listeners.append(self.committed)

    def catch_up(self) -> int:
        """Apply the policy facts recorded since the last call; returns their number. Thread-safe."""
        with self._alone:
            last, rows = self._log.store.read(self._stored)
            for row in rows:
                self._apply(row)
                self._position = row.position
            self._position = max(self._position, last)
            return len(rows)

    async def note(self) -> str | None:
        """The note of `/health/ready`; None when every fact was applied."""
        return " ".join(fact.complaint for fact in self.refused) or None

    def listed(self) -> list[dict[str, object]]:
        """Refused facts, for the status."""
        return [fact._asdict() for fact in self.refused]

    def _apply(self, row: Row) -> None:
        try:
            self._book.apply(self._log.language.decode(row.raw))
        except Exception as error:
            policy = row.aggregate.partition(":")[2]
            found = RefusedFact(policy, row.owner, row.ownerseq, error_location(error))
            self.refused = (*self.refused, found)
            log.error("a policy fact is refused", **found._asdict())

    async def start(self) -> None:
        self._loop.start()

    async def stop(self) -> None:
        await self._loop.cancel()

    def committed(self, changes: Sequence[AppliedEvent]) -> None:
        """Apply policy facts of a commit, for the very next decision. A listener of the event log."""
        if any(change.aggregate.startswith("policies:") for change in changes):
            self._tried()

    def _stored(self, reads: Reads) -> tuple[int, list[Row]]:
        (last,) = next(iter(reads.cursor.execute(LAST)))
        return last, [Row(*found) for found in reads.cursor.execute(STORED, (self._position,))]

    async def _look(self) -> float:
        await asyncio.to_thread(self.catch_up)
        return self._every

    def _tried(self) -> None:
        try:
            self.catch_up()
        except LogError as error:
            # the facts are stored: the next poll finds them
            log.warning("policies are not read", error=type(error).__name__)


def follow(book: PolicyBook, event_log: EventLog, every: float = EVERY) -> Following:
    """Apply all stored policy facts before the service starts, and from then on those committed here.

    Start the returned object to apply also those that other processes of the service commit.
    """
    following = Following(book, event_log, every)
    following.begin()
    return following
