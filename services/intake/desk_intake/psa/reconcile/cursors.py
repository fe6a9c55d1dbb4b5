"""How far a feed of the PSA was read: by the stamps of its records, and within a long list by their ids.

A vendor's `Date` header comes from its web server and the stamps from its database; only the stamps say what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
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
"""How far a cursor goes back that lies ahead of our clock: nobody knows what was left out since it jumped."""


class FeedPosition(NamedTuple):
    """Up to which stamp of the vendor's records, or which id, a feed was read."""

    at: datetime | None = None
    position: int = 0


class ListPass(NamedTuple):
    """One pass over a list by ascending id: begun when, the newest stamp so far, read up to which id."""

    began: datetime
    newest: datetime | None = None
    after: int = 0

    def seen(self, record: int, stamp: datetime | None) -> ListPass:
        """With one more record. A stamp ahead of our clock says nothing about what was read."""
        if stamp is None or stamp > self.began:
            return self._replace(after=max(self.after, record))
        newest = stamp if self.newest is None else max(self.newest, stamp)
        return self._replace(newest=newest, after=max(self.after, record))

    def end(self, now: datetime) -> datetime | None:
        """Up to which stamp the list was read for certain: what changed behind the pass while it went on is later."""
        passed = max(now - self.began, timedelta())
        return None if self.newest is None else self.newest - passed


def feed_position(cursor: DbCursor, instance: str, feed: str) -> FeedPosition:
    """Where a feed is; at its beginning when it was never read."""
    return stored_position(cursor, instance, feed) or FeedPosition()


def stored_position(cursor: DbCursor, instance: str, feed: str) -> FeedPosition | None:
    """Where a feed is; None when it was never read. A list that was empty then has a place, with position 0."""
    query = "SELECT at, position FROM psa_cursors WHERE instance = %s AND feed = %s"
    row = cursor.execute(query, (instance, feed)).fetchone()
    return FeedPosition(*row) if row else None


def save_position(cursor: DbCursor, instance: str, feed: str, now: FeedPosition) -> None:
    """A feed was read up to there; never less far than another process has come."""
    cursor.execute(SAVE, (instance, feed, now.at, now.position))


def begin_pass(cursor: DbCursor, instance: str, feed: str, now: datetime) -> tuple[FeedPosition, ListPass]:
    """Where the feed is, and the pass that was interrupted or a new one. A cursor ahead of our clock goes back."""
    cursor.execute(REWIND, (now - BACK, instance, feed, now))
    row = cursor.execute(TURN, (instance, feed)).fetchone()
    return feed_position(cursor, instance, feed), ListPass(*row) if row else ListPass(now)


def save_pass(cursor: DbCursor, instance: str, feed: str, turn: ListPass) -> None:
    """The pass goes on from there when it is interrupted."""
    cursor.execute(KEEP, (instance, feed, *turn))


def finish_pass(cursor: DbCursor, instance: str, feed: str, turn: ListPass, now: datetime) -> None:
    """The list was read to its end."""
    save_position(cursor, instance, feed, FeedPosition(turn.end(now)))
    cursor.execute(FINISH, (instance, feed))


def unknown_revisions(cursor: DbCursor, instance: str, revisions: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of (record, revision) that were never seen."""
    query = (
        "SELECT u.record, u.revision FROM unnest(%s::text[], %s::text[]) AS u(record, revision)"
        " WHERE NOT EXISTS (SELECT FROM psa_revisions r WHERE r.instance = %s AND r.record = u.record"
        " AND r.revision = u.revision)"
    )
    records, names = [record for record, _ in revisions], [revision for _, revision in revisions]
    return set(cursor.execute(query, (records, names, instance)).fetchall())
