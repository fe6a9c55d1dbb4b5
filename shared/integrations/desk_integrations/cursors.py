"""Positions of feeds: by the stamps of records, and within a long list by their ids.

A vendor's `Date` header comes from its web server and the stamps from its database; only stamps are reliable positions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from desk.eventstore.table_writer import DbCursor
from desk_integrations.table_prefix import TablePrefix

TABLES = (
    "CREATE TABLE {prefix}_cursors (instance text, feed text, at timestamptz, position bigint NOT NULL DEFAULT 0,"
    " PRIMARY KEY (instance, feed)) WITH (fillfactor = 50)",
    "CREATE TABLE {prefix}_turns (instance text, feed text, began timestamptz NOT NULL, newest timestamptz,"
    " after bigint NOT NULL DEFAULT 0, PRIMARY KEY (instance, feed)) WITH (fillfactor = 50)",
)
"""The tables, for the owner's migration: positions of feeds, and passes that are not finished."""
SAVE = (
    "INSERT INTO {prefix}_cursors AS c (instance, feed, at, position) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (instance, feed) DO UPDATE SET at = greatest(c.at, excluded.at),"
    " position = greatest(c.position, excluded.position)"
)
POSITION = "SELECT at, position FROM {prefix}_cursors WHERE instance = %s AND feed = %s"
REWIND = "UPDATE {prefix}_cursors SET at = %s WHERE instance = %s AND feed = %s AND at > %s"
TURN = "SELECT began, newest, after FROM {prefix}_turns WHERE instance = %s AND feed = %s"
KEEP = (
    "INSERT INTO {prefix}_turns (instance, feed, began, newest, after) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (instance, feed) DO UPDATE SET began = excluded.began, newest = excluded.newest,"
    " after = excluded.after"
)
FINISH = "DELETE FROM {prefix}_turns WHERE instance = %s AND feed = %s"
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


class CursorRows:
    """Statements on the cursors and unfinished passes of one set of tables."""

    def __init__(self, prefix: TablePrefix) -> None:
        self._save, self._position, self._rewind = prefix(SAVE), prefix(POSITION), prefix(REWIND)
        self._turn, self._keep, self._finish = prefix(TURN), prefix(KEEP), prefix(FINISH)

    def position(self, cursor: DbCursor, instance: str, feed: str) -> FeedPosition:
        """The position of a feed; its beginning if it was never read."""
        return self.stored_position(cursor, instance, feed) or FeedPosition()

    def stored_position(self, cursor: DbCursor, instance: str, feed: str) -> FeedPosition | None:
        """The position of a feed; None if it was never read. A list that was empty has position 0."""
        row = cursor.execute(self._position, (instance, feed)).fetchone()
        return FeedPosition(*row) if row else None

    def save_position(self, cursor: DbCursor, instance: str, feed: str, now: FeedPosition) -> None:
        """Store a feed's position; it never moves back behind another process's."""
        cursor.execute(self._save, (instance, feed, now.at, now.position))

    def begin_pass(self, cursor: DbCursor, instance: str, feed: str, now: datetime) -> tuple[FeedPosition, ListPass]:
        """The feed's position, and its interrupted pass or a new one. A cursor ahead of our clock is set back."""
        cursor.execute(self._rewind, (now - BACK, instance, feed, now))
        row = cursor.execute(self._turn, (instance, feed)).fetchone()
        return self.position(cursor, instance, feed), ListPass(*row) if row else ListPass(now)

    def save_pass(self, cursor: DbCursor, instance: str, feed: str, turn: ListPass) -> None:
        """Store the pass, so that it resumes from there after an interruption."""
        cursor.execute(self._keep, (instance, feed, *turn))

    def finish_pass(self, cursor: DbCursor, instance: str, feed: str, turn: ListPass, now: datetime) -> None:
        """Store that the list was read to its end."""
        self.save_position(cursor, instance, feed, FeedPosition(turn.end(now)))
        cursor.execute(self._finish, (instance, feed))
