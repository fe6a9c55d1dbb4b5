"""Keeps a policy book up with the policies stream of one service's log, whichever process of the service wrote it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import structlog

from desk.log.batch import Change, Cur
from desk.log.errors import LogError
from desk.log.opened import Log
from desk.policies.book import PolicyBook

EVERY = 1.0
"""Seconds between two looks at what other processes have recorded."""
LAST = "SELECT coalesce(max(notification_id), 0) FROM stored_events"
STORED = (
    "SELECT notification_id, state FROM stored_events WHERE notification_id > %s"
    # no range of names: where a locale sorts, it passes over punctuation
    " AND originator_id LIKE 'policies:%%' ORDER BY notification_id"
)
log = structlog.get_logger("desk.policies.following")


class Following:
    """Feeds the book from the log by position: insert order is commit order, so nothing is heard twice or passed over.

    `start` and `stop` begin and end the looking; what this process commits is heard at once either way.
    """

    def __init__(self, book: PolicyBook, opened: Log, every: float = EVERY) -> None:
        self._book, self._log, self._every = book, opened, every
        self._position, self._alone = 0, threading.Lock()
        self._loop = opened.loops.task("policies", self._look)

    def catch_up(self) -> int:
        """Hear every policy fact that was recorded since the last time; how many. Safe from any thread."""
        with self._alone:
            last, rows = self._log.store.execute(self._stored)
            for position, raw in rows:
                self._book.hear(self._log.language.decode(raw))
                self._position = position
            self._position = max(self._position, last)
            return len(rows)

    async def start(self) -> None:
        self._loop.start()

    async def stop(self) -> None:
        await self._loop.cancel()

    def committed(self, changes: Sequence[Change]) -> None:
        """This process committed something: a policy is in force in its very next decision."""
        if any(change.aggregate.startswith("policies:") for change in changes):
            self._tried()

    def _stored(self, cursor: Cur) -> tuple[int, list[tuple[int, bytes]]]:
        (last,) = next(iter(cursor.execute(LAST)))
        return last, list(cursor.execute(STORED, (self._position,)))

    async def _look(self) -> float:
        await asyncio.to_thread(self.catch_up)
        return self._every

    def _tried(self) -> None:
        try:
            self.catch_up()
        except LogError as error:
            # the facts are stored: the next look finds them
            log.warning("policies are not read", error=type(error).__name__)


def follow(book: PolicyBook, opened: Log, every: float = EVERY) -> Following:
    """Before the service starts: take in every policy fact that is stored, and from then on every one committed here.

    Start what is returned to hear also what other processes of the service commit.
    """
    following = Following(book, opened, every)
    following.catch_up()
    opened.listeners.append(following.committed)
    return following
