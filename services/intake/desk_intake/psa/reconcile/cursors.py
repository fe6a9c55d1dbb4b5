"""Positions of the PSA's feeds: by the stamps of records, and within a long list by their ids.

A vendor's `Date` header comes from its web server and the stamps from its database; only stamps are reliable positions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from desk.eventstore.table_writer import DbCursor

SAVE = (
    "INSERT INTO psa_cursors (instance, feed, at, position) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (instance, feed) DO UPDATE SET at = greatest(psa_cursors.at, excluded.at),"
    " position = greatest(psa_cursors.position, excluded.position)"
)
REWIND = "UPDATE psa_cursors SET at = %s WHERE instance = %s AND feed = %s AND at > %s"
TURN = "SELECT began, newest, after FROM psa_turns WHERE instance = %s AND feed = %s"
KEEP = (
    "INSERT INTO psa_turns (instance, feed, began, newest, after) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (instance, feed) DO UPDATE SET began = excluded.began, newest = excluded.newest,"
    " after = excluded.after"
)
FINISH = "DELETE FROM psa_turns WHERE instance = %s AND feed = %s"
BACK = timedelta(days=1)
"""A cursor ahead of our clock is set back by this: changes since the clock jumped may have been missed."""


class FeedPosition(NamedTuple):
    """The stamp of the vendor's records, or the id, up to which a feed was read."""

    at: datetime | None = None
    position: int = 0


class ListPass(NamedTuple):
    """One pass over a list by ascending id: its start, the newest stamp so far, the id read up to."""

    began: datetime
    newest: datetime | None = None
    after: int = 0

    def seen(self, record: int, stamp: datetime | None) -> ListPass:
        """The pass after one more record. A stamp ahead of our clock is ignored as a position."""
        if stamp is None or stamp > self.began:
            return self._replace(after=max(self.after, record))
        newest = stamp if self.newest is None else max(self.newest, stamp)
        return self._replace(newest=newest, after=max(self.after, record))

    def end(self, now: datetime) -> datetime | None:
        """The stamp up to which the list is certainly read: changes behind the pass while it ran are later."""
        passed = max(now - self.began, timedelta())
        return None if self.newest is None else self.newest - passed


def feed_position(cursor: DbCursor, instance: str, feed: str) -> FeedPosition:
    """The position of a feed; its beginning if it was never read."""
    return stored_position(cursor, instance, feed) or FeedPosition()


def stored_position(cursor: DbCursor, instance: str, feed: str) -> FeedPosition | None:
    """The position of a feed; None if it was never read. A list that was empty has position 0."""
    query = "SELECT at, position FROM psa_cursors WHERE instance = %s AND feed = %s"
    row = cursor.execute(query, (instance, feed)).fetchone()
    return FeedPosition(*row) if row else None


def save_position(cursor: DbCursor, instance: str, feed: str, now: FeedPosition) -> None:
    """Store a feed's position; it never moves back behind another process's."""
    cursor.execute(SAVE, (instance, feed, now.at, now.position))


def begin_pass(cursor: DbCursor, instance: str, feed: str, now: datetime) -> tuple[FeedPosition, ListPass]:
    """The feed's position, and its interrupted pass or a new one. A cursor ahead of our clock is set back."""
    cursor.execute(REWIND, (now - BACK, instance, feed, now))
    row = cursor.execute(TURN, (instance, feed)).fetchone()
    return feed_position(cursor, instance, feed), ListPass(*row) if row else ListPass(now)


def save_pass(cursor: DbCursor, instance: str, feed: str, turn: ListPass) -> None:
    """Store the pass, so that it resumes from there after an interruption."""
    cursor.execute(KEEP, (instance, feed, *turn))


def finish_pass(cursor: DbCursor, instance: str, feed: str, turn: ListPass, now: datetime) -> None:
    """Store that the list was read to its end."""
    save_position(cursor, instance, feed, FeedPosition(turn.end(now)))
    cursor.execute(FINISH, (instance, feed))
